"""What health checks find: database, keys, Redis, map services, and whether mail can go out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from msgspec.structs import replace

from bakureserve.cli.doctor_checks import Finding, Level, fault, fine, note
from bakureserve.cli.exits import sentence_of
from bakureserve.cli.session import warnings_on_stderr
from bakureserve.health_setup import examining_alone
from bakureserve.locale import say
from bakureserve.notify import DeliveryFailed
from bakureserve.notify.mail import mail_server
from bakureserve.services.health.check import Condition, Health
from bakureserve.services.notifications.retry import why
from bakureserve.settings import Settings
from bakureserve.settings.commands import quoted
from bakureserve.store.maintenance.restore import is_missing

REMEDIES = {
    "database": "bakureserve check",
    "auth": "see what else keeps this machine busy, then check again",
    "osrm": "see that OSRM_BASE_URL names a router that runs and has Baku on its map",
    "gomap": "see GOMAP_BASE_URL, and that GOMAP_GUID is still accepted",
    "redis": "see that Redis runs, and that REDIS_URL names it",
    "mail": "bakureserve outbox test ADDRESS; then bakureserve outbox retry --dead",
}
"""By health check. Doctor's own checks say more than those that have none here."""
_REMEDIES_OF_CODES = {
    "auth_cannot_hash": "have the sandbox allow setpriority, and 64 MB of memory for each hash",
    "auth_keys_unusable": "chmod 600 {keys}; or remove a damaged one, and everyone logs in again",
    "database_busy": "fuser on the database file finds the process that writes",
    "database_full": "free some space on the disk of the database",
    "database_long_change": "wait until the import or other long change is done",
    "database_of_another_version": "bakureserve migrate up, or install the newer version",
    "database_read_only": "correct what is reported about files and folders",
    "database_slow": "see what else uses the disk",
    "redis_not_installed": "pip install bakureserve[redis]",
    "redis_url_unreadable": "write REDIS_URL as redis://HOST:PORT/NUMBER",
}

_MAIL = "mail"


def check_health(settings: Settings) -> Iterator[Finding]:
    with warnings_on_stderr():
        found = asyncio.run(_examined(settings))
    for name, seen in found.checks.items():
        if name in REMEDIES and not _is_covered(settings, name, seen.condition):
            finding = _finding(name, seen.condition, seen.latency_ms)
            keys = quoted(settings.signing_keys_path)
            yield replace(finding, remedy=finding.remedy.replace("{keys}", keys))


def _is_covered(settings: Settings, name: str, condition: Condition) -> bool:
    """Whether there is nothing to report, or another check reports it."""
    if name == "database":
        return is_missing(settings.database_path)
    return condition.status == "disabled" or (name == "mail" and condition.status == "ok")


async def _examined(settings: Settings) -> Health:
    async with examining_alone(settings) as examiner:
        return await examiner.examine()


def _finding(name: str, condition: Condition, latency_ms: float) -> Finding:
    if condition.status == "ok":
        return Finding("ok", name, f"it answers in {latency_ms:.0f} ms")
    level: Level = "fault" if condition.status == "error" else "note"
    told = say(condition.code, condition.params, "en")
    if condition.reason is not None:
        told += f" {say(condition.reason.code, condition.reason.params, 'en')}"
    return Finding(level, name, told, _REMEDIES_OF_CODES.get(condition.code, REMEDIES[name]))


def check_mail(settings: Settings) -> Iterator[Finding]:
    server = mail_server(settings)
    if not settings.notify_enabled:
        yield note(_MAIL, "no notices are sent (NOTIFY_ENABLED)", "unset NOTIFY_ENABLED")
    elif server is not None:
        try:
            asyncio.run(server.greet())
        except DeliveryFailed as failed:
            told = sentence_of(why(failed.failure.code))
            yield fault(_MAIL, f"{server.name}: {told}", "see SMTP_…; bakureserve outbox test")
        else:
            yield fine(_MAIL, f"{server.name} accepts the login")
    elif settings.notify_files:
        folder = settings.data_dir / "outbox"
        yield note(_MAIL, f"e-mails are written to files in {folder}", "set SMTP_HOST to send them")
    else:
        yield fault(
            _MAIL, "e-mails go nowhere: NOTIFY_FILES is off", "set SMTP_HOST, or NOTIFY_FILES=on"
        )
