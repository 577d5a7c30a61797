"""Settings: what wins, what is refused and in which words, and what is secret."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.places.estimate import TrafficFactors
from bakureserve.settings import (
    TABLE,
    Setting,
    Settings,
    SettingsError,
    check_together,
    load_settings,
    settings_markdown,
)
from bakureserve.settings.checks import WITHOUT_EFFECT
from tests.kit.owners import give_away, succeeds_for_another

SECRET = "s3cr3t-key"
PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"


def from_environment(**environ: str) -> Settings:
    return load_settings(None, environ, None).settings


def refusal(**environ: str) -> str:
    with pytest.raises(SettingsError) as refused:
        from_environment(**environ)
    return str(refused.value)


@pytest.fixture
def dotenv(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def test_a_flag_beats_the_environment_beats_the_file_beats_the_default(dotenv: Path) -> None:
    dotenv.write_text("PORT=1\nHOST=file\nCURRENCY=EUR\n")
    loaded = load_settings({"port": 3}, {"PORT": "2", "HOST": "environment"}, dotenv)
    for field, value, source in [
        ("port", 3, "flag"),
        ("host", "environment", "environment (HOST)"),
        ("currency", "EUR", ".env (CURRENCY)"),
        ("log_level", "info", "default"),
    ]:
        assert (getattr(loaded.settings, field), loaded.sources[field]) == (value, source)


def test_the_data_folders_own_file_beats_the_one_of_this_folder(
    dotenv: Path, tmp_path: Path
) -> None:
    (own := tmp_path / "data" / ".env").parent.mkdir()
    own.write_text("CURRENCY=USD\nPORT=2\n")
    dotenv.write_text(f"DATA_DIR={own.parent}\nCURRENCY=EUR\nPORT=1\nHOST=here\n")
    loaded = load_settings({}, {"PORT": "3"}, dotenv)
    settings = loaded.settings
    assert (settings.port, settings.host, settings.currency) == (3, "here", "USD")
    assert loaded.sources["currency"] == f"{own} (CURRENCY)"
    assert loaded.files == (own, dotenv)


def test_the_data_folders_own_file_may_name_that_folder_and_no_other(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    for named in (real, link, "."):
        (real / ".env").write_text(f"DATA_DIR={named}\nPORT=1\n")
        loaded = load_settings({"data_dir": link}, {}, None)
        assert (loaded.settings.data_dir, loaded.settings.port) == (link, 1)
    (real / ".env").write_text("DATA_DIR=/elsewhere\n")
    with pytest.raises(SettingsError, match="names another folder, /elsewhere"):
        load_settings({"data_dir": real}, {}, None)


def test_a_file_that_lies_in_both_folders_is_read_once(dotenv: Path, tmp_path: Path) -> None:
    (link := tmp_path / "link").symlink_to(tmp_path)
    dotenv.write_text(f"DATA_DIR={tmp_path}\nCURRENCY=USD\n")
    loaded = load_settings({}, {}, dotenv)
    assert loaded.files == (dotenv,)
    assert loaded.sources["currency"] == ".env (CURRENCY)"
    dotenv.write_text("CURRENCY=USD\n")
    assert load_settings({"data_dir": link}, {}, dotenv).files == (dotenv,)


@pytest.mark.parametrize("blank", ["", "   ", "\t"])
def test_a_blank_value_means_unset_everywhere(blank: str, dotenv: Path) -> None:
    dotenv.write_text("PORT=\nHOST\nCURRENCY=EUR\n")
    environ = {"PORT": blank, "CURRENCY": blank}
    loaded = load_settings({"port": blank, "host": None}, environ, dotenv)
    assert loaded.settings == replace(Settings(), currency="EUR")
    assert loaded.sources["port"] == "default"


def test_a_false_flag_is_given_not_blank() -> None:
    loaded = load_settings({"dev": False}, {"DEV": "true"}, None)
    assert (loaded.settings.dev, loaded.sources["dev"]) == (False, "flag")


def test_older_names_of_a_setting_still_work_and_the_present_one_beats_them() -> None:
    for name in ("DEV", "AUTH_BYPASS", "AUTH0_BYPASS"):
        loaded = load_settings(None, {name: "true"}, None)
        assert (loaded.settings.dev, loaded.sources["dev"]) == (True, f"environment ({name})")
    assert from_environment(AUTH0_BYPASS="true", DEV="false").dev is False


def test_unknown_variables_are_ignored_and_unknown_flags_a_mistake(dotenv: Path) -> None:
    dotenv.write_text("EXPO_TOKEN=abc\nnot a line\n")
    assert load_settings(None, {"PATH": "/bin"}, dotenv).settings == Settings()
    with pytest.raises(TypeError, match="colour"):
        load_settings({"colour": "red"}, {}, None)


def test_a_missing_file_and_a_folder_of_that_name_are_no_file(dotenv: Path) -> None:
    assert load_settings(None, {}, dotenv).settings == Settings()
    dotenv.mkdir()
    assert load_settings(None, {}, dotenv).settings == Settings()


def test_a_file_may_have_quotes_comments_exports_and_a_byte_order_mark(dotenv: Path) -> None:
    dotenv.write_text('\ufeffPORT="9000" # ours\nexport CURRENCY=EUR\n', encoding="utf-8")
    before = dict(os.environ)
    settings = load_settings(None, {}, dotenv).settings
    assert (settings.port, settings.currency) == (9000, "EUR")
    assert dict(os.environ) == before


def test_a_file_in_a_closed_folder_is_passed_over_by_who_names_the_data_folder(
    dotenv: Path,
) -> None:
    dotenv.write_text("PORT=9000")
    dotenv.parent.chmod(0o600)
    named = {"DATA_DIR": "/no/such/folder"}
    assert succeeds_for_another(lambda: load_settings(None, named, dotenv))
    assert not succeeds_for_another(lambda: load_settings(None, {}, dotenv))
    dotenv.parent.chmod(0o700)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PORT=\xff\xfe", r"\.env cannot be read: it is not UTF-8 text\. Save"),
        (b"PORT=eighty", r'^PORT in \.env is "eighty", and it must be'),
    ],
)
def test_what_is_wrong_in_a_file_is_said_to_be_there(
    content: bytes, said: str, dotenv: Path
) -> None:
    dotenv.write_bytes(content)
    with pytest.raises(SettingsError, match=said):
        load_settings(None, {}, dotenv)


def test_another_accounts_file_is_not_believed(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dotenv.write_text("PORT=9000")
    assert load_settings(None, {}, dotenv).settings.port == 9000
    give_away(dotenv, monkeypatch)
    with pytest.raises(SettingsError, match=r"\.env belongs to .* chown \S+ .*\.env\.$"):
        load_settings(None, {}, dotenv)


READ: dict[str, dict[str, object]] = {
    "PORT": {"0": 0, "65535": 65535, " 80 ": 80, "80.0": 80},
    "HOST": {name: name for name in ("::1", "fe80::1%eth0", "book.example")},
    "RATE_LIMIT_ENABLED": {"no": False},
    "RATE_LIMIT_WINDOW_SECONDS": {"1.5": 1.5},
    "LEGACY_ROUTES": {"off": False, "ON": True},
    "LOG_LEVEL": {"WARNING": "warning"},
    "BACKUP_INTERVAL": {"6h": 21_600.0, "OFF": 0.0},
    "CORS_ALLOW_ORIGINS": {
        "*": ("*",),
        "https://Book.example/, http://localhost:3000,": (
            "https://book.example",
            "http://localhost:3000",
        ),
    },
    "TRUSTED_PROXIES": {
        "127.0.0.1, 10.1.2.3/8, ::1": tuple(map(ip_network, ("127.0.0.1", "10.0.0.0/8", "::1")))
    },
    "REDIS_URL": {"unix:///run/redis.sock": "unix:///run/redis.sock"},
    "OSRM_BASE_URL": {"https://osrm.example/": "https://osrm.example"},
    "AUTH0_DOMAIN": {
        url: url
        for url in ("https://baku.eu.auth0.com/", "http://127.0.0.1:9000/a", "http://[::1]:9000")
    },
    "DATA_DIR": {"/srv/baku": Path("/srv/baku")},
    "GOMAP_GUID": {"5a-5b": "5a-5b"},
    "MAP_DISTANCE_TOLERANCE": {"0.3": 0.3},
    "TRAFFIC_DELAY_FACTORS": {
        "Severe=2, heavy:1.5": TrafficFactors(heavy=1.5, severe=2.0),
        '{"smooth": 1.1}': TrafficFactors(smooth=1.1),
    },
}


def test_text_becomes_a_value() -> None:
    for name, texts in READ.items():
        for text, value in texts.items():
            assert getattr(from_environment(**{name: text}), name.lower()) == value, (name, text)


A_PORT = "a whole number from 0 to 65535"
A_WINDOW = "a number of seconds from 1 to 86400, or 0"
FACTORS = "factors from 1 to 10 like smooth=1"
THIS_MACHINE = "http:// only for this machine itself"
REFUSED = {
    "PORT": [(A_PORT, ["65536", "-1", "8_000", "٨٠", "9" * 5000, "80.5"])],
    "HOST": [("an IP address or a host name", ["two hosts", "http://host"])],
    "RATE_LIMIT_ENABLED": [("true or false", ["maybe"])],
    "RATE_LIMIT_REQUESTS": [("a whole number from 0 to", ["-1"])],
    "RATE_LIMIT_WINDOW_SECONDS": [(A_WINDOW, ["nan", "inf", "0.5"])],
    "SHUTDOWN_TIMEOUT_SECONDS": [("a number of seconds from 0 to 300", ["soon"])],
    "LOG_LEVEL": [("one of debug, info, warning, error, critical", ["loud"])],
    "BACKUP_INTERVAL": [
        ("off, or a whole number of d, h, m or s from 1m to 366d", ["86400"]),
        ("such as 1d or 90m", ["30s", "-1d"]),
    ],
    "BACKUP_KEEP": [("a whole number from 1 to", ["0"])],
    "BACKUP_COMMAND": [("words with spaces between them", ["rsync 'half"])],
    "LOG_FORMAT": [("one of auto, json, human", ["xml"])],
    "CORS_ALLOW_ORIGINS": [("origins like", ["book.example", "https://book.example/path"])],
    "TRUSTED_PROXIES": [("IP addresses or networks", ["10.0.0.0/33"])],
    "CURRENCY": [("three capitals", ["manat"])],
    "REDIS_URL": [("begins with redis:// or rediss:// or unix://", ["localhost:6379"])],
    "DATABASE_URL": [
        ("sqlite:///relative.db or sqlite:////absolute.db", ["sqlite://file.db"]),
        (
            "this version stores in SQLite",
            ["postgresql://db/baku", "sqlite:///", "sqlite:///:memory:", "sqlite:////srv/"],
        ),
    ],
    "DATA_DIR": [("the path of a folder", ["~no-such-user-here/x"])],
    "PAYMENTS_MODE": [("one word", ["a b"])],
    "AUTH0_DOMAIN": [
        (THIS_MACHINE, ["http://baku.eu.auth0.com", "http://localhost.evil.example"]),
        (THIS_MACHINE, ["http://127.0.0.1.evil.example"]),
    ],
    "FALLBACK_CITY_SPEED_KMH": [("a number from 1 to 160 km/h", ["0"])],
    "FALLBACK_DETOUR_FACTOR": [("a number from 1 to 5", ["nan"])],
    "TRAFFIC_DELAY_FACTORS": [(FACTORS, ["severe", "jammed=2", "severe=0.5", "severe=nan"])],
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_value_is_refused_in_one_sentence(name: str) -> None:
    for allowed, texts in REFUSED[name]:
        for text in texts:
            sentence = refusal(**{name: text})
            assert sentence.startswith(f'{name} is "{text[:20]}')
            assert allowed in sentence.partition(", and it must be ")[2]
            assert (sentence[-1], "\n" in sentence) == (".", False)
            assert len(sentence) < 300


def test_a_bad_flag_is_named_as_it_was_typed_on_one_line() -> None:
    with pytest.raises(SettingsError, match=r'^--port is "70000"'):
        load_settings({"port": 70_000}, {}, None)
    assert "\n" not in refusal(HOST="a\nb")


@given(st.sampled_from(TABLE), st.text(max_size=40))
def test_any_text_is_either_read_or_refused_by_name(row: Setting, text: str) -> None:
    try:
        value = getattr(from_environment(**{row.name: text}), row.field)
    except SettingsError as refused:
        said = str(refused)
        assert said.startswith(f"{row.name} is ")
    else:
        shown = row.kind.show(value)
        assert not shown or row.kind.read(shown) == value


def test_every_default_is_an_allowed_value() -> None:
    for row in TABLE:
        shown = row.kind.show(row.default)
        read = shown and row.kind.show(row.kind.read(shown))
        assert read.endswith(shown.removeprefix("~")), row.field


def test_no_two_settings_share_a_variable() -> None:
    names = [name for row in TABLE for name in row.names]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////srv/a.db", Path("/srv/a.db")),
        ("sqlite:///a.db", Path("a.db")),
        ("sqlite:///~/a.db", Path.home() / "a.db"),
        ("sqlite:////srv/a@b/c.db", Path("/srv/a@b/c.db")),
        ("", Path("/elsewhere/bakureserve.db")),
    ],
)
def test_the_database_lies_in_the_data_folder_unless_told_otherwise(url: str, path: Path) -> None:
    """Three slashes are relative, and four absolute."""
    settings = from_environment(DATABASE_URL=url, DATA_DIR="/elsewhere")
    assert settings.database_path == path
    assert settings.shown()["database_url"] == f"sqlite:///{path}"


def test_the_default_folder_is_under_home() -> None:
    usual = Path.home() / ".baku-reserve-data"
    assert Settings().data_dir == from_environment().data_dir == usual


def test_a_secret_is_neither_shown_nor_named_when_refused() -> None:
    for row in TABLE:
        if row.secret:
            settings = from_environment(**{row.name: SECRET})
            assert getattr(settings, row.field) == SECRET
            assert SECRET not in repr(settings)
            assert settings.shown()[row.field] == "set"
            assert Settings().shown()[row.field] == "unset"
            assert SECRET not in refusal(**{row.name: f"{SECRET} two"})


def test_a_password_inside_a_url_is_masked() -> None:
    for url in (f"//user:{SECRET}@host", f"//:{SECRET}@host", f"//h?password={SECRET}"):
        assert SECRET not in repr(from_environment(REDIS_URL=f"redis:{url}"))
        assert SECRET not in refusal(DATABASE_URL=f"postgresql:{url}")


OLD_ENV = """
DEBUG=true
DATA_DIR=/var/lib/baku
CORS_ALLOW_ORIGINS="https://bakureserve.az,https://app.bakureserve.az"
PREP_NOTIFY_ENABLED=t
PAYMENTS_MODE=mock
PAYMENT_PROVIDER=azericard
GOMAP_GUID="s3cr3t-key"
GOMAP_BASE_URL=https://api.gomap.az/Main.asmx
GOMAP_TIMEOUT_SECONDS=4.0
GOMAP_CIRCUIT_BREAKER_THRESHOLD=5
AUTH0_BYPASS=false
RATE_LIMIT_REQUESTS=300.0
RATE_LIMIT_WINDOW_SECONDS=60.0
TRUSTED_PROXIES=127.0.0.1
OPENAI_API_KEY=s3cr3t-key
CONCIERGE_WEIGHTS="alpha=1.0,beta=1.2"
SENTRY_TRACES_SAMPLE_RATE=0.2
ETA_BUFFER_MINUTES=0
ETA_HEAVY_BUFFER_MINUTES=2.0
GOMAP_TRAFFIC_UPDATE_INTERVAL_SECONDS=300.0
LOCATION_PING_MIN_DISTANCE_METERS=99.5
LOCATION_PING_MIN_INTERVAL_SECONDS=30.0
TRAFFIC_DELAY_FACTORS="smooth=1.0,moderate=1.12,heavy=1.25,severe=1.4"
REDIS_ENABLED=false
"""


def test_the_old_servers_file_starts_this_one_and_what_has_no_effect_is_named(
    dotenv: Path,
) -> None:
    dotenv.write_text(OLD_ENV)
    loaded = load_settings(None, {}, dotenv)
    settings = loaded.settings
    check_together(settings)
    assert (settings.rate_limit_requests, settings.rate_limit_window_seconds) == (300, 60.0)
    assert settings.location_ping_min_distance_meters == 99.5
    assert (settings.eta_heavy_buffer_minutes, settings.prep_notify_enabled) == (2, True)
    assert loaded.without_effect.keys() == {
        "CONCIERGE_WEIGHTS",
        "DEBUG",
        "ETA_BUFFER_MINUTES",
        "GOMAP_CIRCUIT_BREAKER_THRESHOLD",
        "GOMAP_TIMEOUT_SECONDS",
        "OPENAI_API_KEY",
        "REDIS_ENABLED",
        "SENTRY_TRACES_SAMPLE_RATE",
    }
    assert "s3cr3t" not in repr(loaded.without_effect)


def test_in_the_environment_names_of_other_programs_are_left_alone() -> None:
    environ = {"DEBUG": "1", "OPENAI_API_KEY": "x", "SENTRY_RELEASE": "1"}
    environ |= {"CONCIERGE_MODE": "ai", "AI_SCORE_FLOOR": " "}
    assert load_settings(None, environ, None).without_effect.keys() == {"CONCIERGE_MODE"}
    assert WITHOUT_EFFECT.keys().isdisjoint(name for row in TABLE for name in row.names)


@pytest.mark.parametrize("name", ["RATE_LIMIT_REQUESTS", "RATE_LIMIT_WINDOW_SECONDS"])
def test_a_limit_of_0_is_no_limit(name: str) -> None:
    assert from_environment().limits_rates
    assert not from_environment(**{name: "0"}).limits_rates


@pytest.mark.parametrize("name", ["TRUSTED_PROXIES", "METRICS_ALLOW"])
@pytest.mark.parametrize("text", ["*", "127.0.0.1,*"])
def test_a_star_for_addresses_is_explained(name: str, text: str) -> None:
    assert "with commas between them: * would mean everybody" in refusal(**{name: text})


def test_settings_that_go_together() -> None:
    for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST"):
        check_together(Settings(dev=True, host=host))
    check_together(Settings(host="0.0.0.0"))
    check_together(Settings(auth0_domain="baku.eu.auth0.com", auth0_audience="api"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        *(
            ({"dev": True, "host": host}, rf"HOST {host}: listen on 127\.0\.0\.1")
            for host in ("0.0.0.0", "::", "192.168.1.5", "book.example")
        ),
        (
            {"dev": True, "trusted_proxies": (ip_network("127.0.0.1/32"),)},
            "refused with TRUSTED_PROXIES",
        ),
        ({"auth0_domain": "baku.eu.auth0.com"}, r"auth0\.com, but AUTH0_AUDIENCE is not set"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        check_together(Settings(**fields))


def test_the_documentation_is_the_table_with_every_variable() -> None:
    table = settings_markdown()
    assert table in PAGE.read_text(encoding="utf-8")
    for row, line in zip(TABLE, table.splitlines()[2:], strict=True):
        assert all(f"`{name}`" in line for name in row.names)


def test_importing_reads_no_environment_and_creates_nothing(tmp_path: Path) -> None:
    program = (
        "import os; os.environ.clear(); os.environ['PORT'] = 'bad'; import bakureserve.settings"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []
