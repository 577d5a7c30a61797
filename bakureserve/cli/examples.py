"""The examples at the end of `--help`: a line or two for every verb."""

from __future__ import annotations

_RESTAURANT = "das-nerdivan"
_GUEST = "aysel@example.az"
_RESERVATION = "019ab3c2-7d10-7c55-9a0e-52f6a1b8e2d4"
_DELIVERY = "01a21458-ed38-76c7-b37a-c92a097165ff"

EXAMPLES: dict[str, tuple[str, ...]] = {
    "help": ("help restaurants import", "help operations"),
    "version": ("version", "version --json"),
    "serve": ("serve", "serve --data-dir /srv/baku --port 8080"),
    "demo": ("demo", "demo --speed 120 --restaurant sebeke-sufresi --seed 7"),
    "health": ("health", "health --watch --every 5"),
    "status": ("status", "status --json"),
    "top": ("top --every 2",),
    "doctor": ("doctor", "doctor --json"),
    "service install": ("service install", "service install --user baku --write"),
    "cache stats": ("cache stats",),
    "cache sweep": ("cache sweep",),
    "cache clear": ("cache clear", "cache clear directory"),
    "limiter stats": ("limiter stats",),
    "limiter top": ("limiter top --limit 20",),
    "limiter show": ("limiter show 192.0.2.7",),
    "limiter reset": ("limiter reset 192.0.2.7", "limiter reset --all --yes"),
    "breakers list": ("breakers list",),
    "breakers reset": ("breakers reset", "breakers reset osrm"),
    "restaurants list": ("restaurants list", "restaurants list --search 'tea old'"),
    "restaurants show": (f"restaurants show {_RESTAURANT}",),
    "restaurants import": (
        "restaurants import restaurants.json --dry-run",
        "restaurants import - < restaurants.json",
    ),
    "restaurants export": (
        "restaurants export --output restaurants.json",
        f"restaurants export {_RESTAURANT}",
    ),
    "restaurants validate": ("restaurants validate restaurants.json",),
    "restaurants remove": (f"restaurants remove {_RESTAURANT}",),
    "reservations list": (
        f"reservations list --restaurant {_RESTAURANT} --date 2026-12-05",
        "reservations list --status booked --csv",
    ),
    "reservations show": (f"reservations show {_RESERVATION}",),
    "reservations cancel": (f"reservations cancel {_RESERVATION}",),
    "reservations export": ("reservations export --format jsonl --output december.jsonl",),
    "reservations close-day": (
        "reservations close-day --dry-run",
        f"reservations close-day --restaurant {_RESTAURANT} --date 2026-12-05 --all-came",
    ),
    "arrivals list": (f"arrivals list {_RESTAURANT}",),
    "arrivals sweep": ("arrivals sweep",),
    "privacy sweep": ("privacy sweep --dry-run",),
    "users add": (f"users add --email {_GUEST} --name Aysel", "users add --admin"),
    "users list": ("users list", "users list --csv"),
    "users show": (f"users show {_GUEST}",),
    "users disable": (f"users disable {_GUEST}",),
    "users enable": (f"users enable {_GUEST}",),
    "users passwd": (f"users passwd {_GUEST}",),
    "users verify": (f"users verify {_GUEST}",),
    "users grant": (f"users grant {_GUEST} {_RESTAURANT}", f"users grant {_GUEST} --admin"),
    "users revoke": (f"users revoke {_GUEST} {_RESTAURANT}",),
    "users sessions": (f"users sessions {_GUEST}", f"users sessions {_GUEST} --end"),
    "users erase": (f"users erase {_GUEST}",),
    "token issue": (f"token issue --for {_GUEST} --ttl 12h",),
    "keys rotate": ("keys rotate", "keys rotate --at-once"),
    "outbox list": ("outbox list --dead",),
    "outbox retry": (f"outbox retry {_DELIVERY}", "outbox retry --dead"),
    "outbox drop": ("outbox drop --dead --yes",),
    "outbox test": ("outbox test you@example.az",),
    "outbox secret": (f"outbox secret {_RESTAURANT}",),
    "seed": ("seed --dry-run",),
    "eta way": (f"eta gənclik {_RESTAURANT}", f"eta 40.4093,49.8671 {_RESTAURANT} --debug"),
    "eta accuracy": ("eta accuracy",),
    "eta fit": ("eta fit --dry-run",),
    "openapi": ("openapi --output openapi.json",),
    "config show": ("config show",),
    "backup create": ("backup", "backup /mnt/copies", "backup - | ssh HOST 'cat > baku.db'"),
    "backup list": ("backup list",),
    "check": ("check", "check --repair"),
    "migrate status": ("migrate status",),
    "migrate up": ("migrate up --dry-run",),
    "migrate down": ("migrate down --steps 1",),
    "migrate compact": ("migrate compact",),
    "migrate create": ("migrate create add_photos",),
    "migrate-json": ("migrate-json /srv/old --dry-run",),
    "restore": ("restore backups/bakureserve-20261125T192019Z.db",),
}
"""By noun and verb, without the program's name."""


def in_help(lines: tuple[str, ...]) -> str:
    """Lines as the end of a help text. Text after `\\b` is never wrapped."""
    return "\n".join(("\b", "Examples:", *(f"  bakureserve {line}" for line in lines)))


def first_of_each(noun: str) -> tuple[str, ...]:
    """An example of each of the noun's verbs."""
    return tuple(lines[0] for verb, lines in EXAMPLES.items() if verb.partition(" ")[0] == noun)
