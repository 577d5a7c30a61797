"""Kinds of values: what is allowed, in words, and how the text of a variable becomes a value.

`read` raises `ValueError` for text that is not allowed. `show` is its inverse for people: numbers
without noise, lists with commas, and never a password inside a URL.
"""

from __future__ import annotations

import re
import shlex
from abc import ABC, abstractmethod
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from bakureserve.domain.places.estimate import TrafficFactors

T = TypeVar("T")
Network = IPv4Network | IPv6Network

SQLITE = "sqlite:///"
DAY = 86_400
"""In seconds."""
_UNITS = {"d": DAY, "h": 3_600, "m": 60, "s": 1}
_PERIOD = re.compile(r"([0-9]{1,9})([dhms])")
_WHOLE = re.compile(r"([+-]?[0-9]+)(\.0*)?")
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#@,]+")
_ON = frozenset({"true", "1", "yes", "on", "t", "y"})
_OFF = frozenset({"false", "0", "no", "off", "f", "n"})
_LARGEST_FACTOR = 10.0
_JSON_MARKS = re.compile(r"[{}\"'\s]")


class Kind(ABC, Generic[T]):
    """What a setting may be. `allowed` completes the sentence "it must be …"."""

    allowed: str

    @abstractmethod
    def read(self, text: str) -> T:
        """The value that `text` stands for; `ValueError` when it is not allowed."""

    def show(self, value: T) -> str:
        """The value as an operator would write it."""
        return str(value)

    def why_not(self, text: str) -> str:
        """Why a common mistake is not allowed; empty for other values."""
        return ""


class Switch(Kind[bool]):
    """On or off, in any of the usual words."""

    allowed = "true or false (also 1/0, yes/no, on/off)"

    def read(self, text: str) -> bool:
        word = text.lower()
        if word not in _ON | _OFF:
            raise ValueError(text)
        return word in _ON

    def show(self, value: bool) -> str:
        return "true" if value else "false"


@dataclass(frozen=True)
class Whole(Kind[int]):
    """A whole number between two bounds, both included; `60.0` is one as well."""

    low: int
    high: int

    @property
    def allowed(self) -> str:  # type: ignore[override]
        return f"a whole number from {self.low} to {self.high}"

    def read(self, text: str) -> int:
        found = _WHOLE.fullmatch(text)
        if found is None:
            raise ValueError(text)
        return _between(self.low, int(found[1]), self.high)


@dataclass(frozen=True)
class Seconds(Kind[float]):
    """A length of time between two bounds, both included; fractions are allowed.

    With `or_zero`, 0 is allowed below the lower bound.
    """

    low: float
    high: float
    or_zero: bool = False

    @property
    def allowed(self) -> str:  # type: ignore[override]
        zero = ", or 0" if self.or_zero else ""
        return f"a number of seconds from {self.low:g} to {self.high:g}{zero}"

    def read(self, text: str) -> float:
        seconds = float(text)
        if self.or_zero and not seconds:
            return 0.0
        return _between(self.low, seconds, self.high)

    def show(self, value: float) -> str:
        return f"{value:g}"


@dataclass(frozen=True)
class Interval(Kind[float]):
    """How often something is done, in seconds; 0 stands for never."""

    low: int
    high: int

    @property
    def allowed(self) -> str:  # type: ignore[override]
        return (
            f"off, or a whole number of d, h, m or s from {self.show(self.low)} to "
            f"{self.show(self.high)}, such as 1d or 90m"
        )

    def read(self, text: str) -> float:
        if text.lower() == "off":
            return 0.0
        found = _PERIOD.fullmatch(text.lower())
        if found is None:
            raise ValueError(text)
        return float(_between(self.low, int(found[1]) * _UNITS[found[2]], self.high))

    def show(self, value: float) -> str:
        if not value:
            return "off"
        unit = next(unit for unit, length in _UNITS.items() if value % length == 0)
        return f"{value / _UNITS[unit]:g}{unit}"


@dataclass(frozen=True)
class Number(Kind[float]):
    """A number between two bounds, both included; fractions are allowed."""

    low: float
    high: float
    unit: str = ""

    @property
    def allowed(self) -> str:  # type: ignore[override]
        unit = f" {self.unit}" if self.unit else ""
        return f"a number from {self.low:g} to {self.high:g}{unit}"

    def read(self, text: str) -> float:
        return _between(self.low, float(text), self.high)

    def show(self, value: float) -> str:
        return f"{value:g}"


class Choice(Kind[str]):
    """One of a few words, in capitals or not."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.allowed = "one of " + ", ".join(words)

    def read(self, text: str) -> str:
        if text.lower() not in self.words:
            raise ValueError(text)
        return text.lower()


@dataclass(frozen=True)
class Shaped(Kind[str]):
    """Text of a given form."""

    form: str
    allowed: str = "printable text"

    def read(self, text: str) -> str:
        if not re.fullmatch(self.form, text):
            raise ValueError(text)
        return text


class Words(Kind[tuple[str, ...]]):
    """A command line, split as a shell would; no shell runs it."""

    allowed = "words with spaces between them, in quotes where one holds a space"

    def read(self, text: str) -> tuple[str, ...]:
        words = tuple(shlex.split(text))
        if not words or not text.isprintable():
            raise ValueError(text)
        return words

    def show(self, value: tuple[str, ...]) -> str:
        return shlex.join(value)


class Folder(Kind[Path]):
    """A folder's path. It is neither checked nor created here."""

    allowed = "the path of a folder, absolute, relative or from ~"

    def read(self, text: str) -> Path:
        if not text.isprintable():
            raise ValueError(text)
        try:
            return Path(text).expanduser().absolute()
        except (RuntimeError, OSError) as error:
            raise ValueError(text) from error

    def why_not(self, text: str) -> str:
        no_home = text.startswith("~") and text.isprintable()
        return "no home folder is known here, so name one from /" if no_home else ""


class FolderOrUnset(Kind[Path | None]):
    """A folder's path, or unset."""

    allowed = Folder.allowed

    def read(self, text: str) -> Path | None:
        return Folder().read(text)

    def show(self, value: Path | None) -> str:
        return str(value) if value else ""


class Url(Kind[str]):
    """An address with one of the given schemes."""

    def __init__(self, *schemes: str) -> None:
        self.schemes = schemes
        self.allowed = "a URL that begins with " + " or ".join(f"{each}://" for each in schemes)

    def read(self, text: str) -> str:
        scheme, _, rest = text.partition("://")
        if scheme.lower() not in self.schemes or not re.fullmatch(r"[!-~]+", rest):
            raise ValueError(text)
        return text.rstrip("/")

    def show(self, value: str) -> str:
        return without_password(value)


class SqliteUrl(Kind[str]):
    """Where the database file is; three slashes before a relative path, four before an absolute."""

    allowed = "sqlite:///relative.db or sqlite:////absolute.db, as this version stores in SQLite"

    def read(self, text: str) -> str:
        path = text.removeprefix(SQLITE)
        if path == text or not path.isprintable() or path.endswith(("/", ":memory:")) or not path:
            raise ValueError(text)
        return text


class Origins(Kind[tuple[str, ...]]):
    """Web origins, as browsers send them."""

    allowed = "origins like https://book.example, with commas between them, or * for any"

    def read(self, text: str) -> tuple[str, ...]:
        origins = tuple(part.lower().rstrip("/") for part in _parts(text))
        for origin in origins:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(origin)
        return origins

    def show(self, value: tuple[str, ...]) -> str:
        return ",".join(value)


class Networks(Kind[tuple[Network, ...]]):
    """IP addresses and networks."""

    allowed = "IP addresses or networks like 10.0.0.0/8, with commas between them"

    def read(self, text: str) -> tuple[Network, ...]:
        return tuple(ip_network(part, strict=False) for part in _parts(text))

    def show(self, value: tuple[Network, ...]) -> str:
        return ",".join(str(network) for network in value)

    def why_not(self, text: str) -> str:
        if "*" not in _parts(text):
            return ""
        return "* would mean everybody, so name the addresses, such as 127.0.0.1 for this machine"


class DelayFactors(Kind[TrafficFactors]):
    """Factors by traffic condition, also as a JSON object; those left out keep their defaults."""

    allowed = "factors from 1 to 10 like smooth=1,moderate=1.12,heavy=1.25,severe=1.4"

    def read(self, text: str) -> TrafficFactors:
        parts = filter(None, _JSON_MARKS.sub("", text.lower()).split(","))
        named = dict(_named_factor(part) for part in parts)
        if not named.keys() <= set(TrafficFactors.__struct_fields__):
            raise ValueError(text)
        return TrafficFactors(**named)

    def show(self, value: TrafficFactors) -> str:
        factors = msgspec.structs.asdict(value)
        return ",".join(f"{name}={factor:g}" for name, factor in factors.items())


def without_password(url: str) -> str:
    """The URL with credentials and any `password=` replaced by asterisks."""
    url = re.sub(r"(?<=://).*@", "***@", url)
    return re.sub(r"(?i)(password=)[^&]*", r"\1***", url)


def _named_factor(part: str) -> tuple[str, float]:
    name, text = re.split("[=:]", part, maxsplit=1)
    return name, _between(1.0, float(text), _LARGEST_FACTOR)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


N = TypeVar("N", int, float)


def _between(low: N, number: N, high: N) -> N:
    if not low <= number <= high:  # written so that NaN is refused as well
        raise ValueError(number)
    return number
