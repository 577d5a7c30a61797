"""Reading an input's fields: which are wrong, and why, and which there are none of here.

All that are wrong are named, where msgspec names the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from itertools import islice
from math import isfinite
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from bakureserve.domain.errors import FieldProblem, Invalid

LARGEST_INTEGER = 2**63 - 1
"""The largest number a database column holds."""

MOST_NAMED, LONGEST_NAMED = 20, 64
"""How many ignored fields an answer names, and how many characters each may have."""

_TOKEN = re.compile(rf"[!#$%&'*+.^_`|~0-9A-Za-z-]{{1,{LONGEST_NAMED}}}")
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_DECIMAL = re.compile(r"-?[0-9]{1,19}\.[0-9]{1,19}")

_PLACE = re.compile(r"(?s)(?P<rule>.*?)(?: - at `(?P<where>.*)`)?")
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), code)
    for pattern, code in (
        (r"Object missing required field `(?P<name>.*)`", "field_missing"),
        (r"Object contains unknown field `(?P<name>.*)`", "field_unknown"),
        (r"Expected `\w+` of length >= (?P<shortest>\d+)", "field_too_short"),
        (r"Expected `\w+` of length <= (?P<longest>\d+)", "field_too_long"),
        (r"Expected `\w+` >=? (?P<smallest>\S+)", "field_too_small"),
        (r"Expected `\w+` <=? (?P<largest>\S+)", "field_too_large"),
        (r"Expected `\w+` that's a multiple of (?P<step>\S+)", "field_not_a_multiple"),
        (r"Expected `\w+` matching regex '(?P<pattern>.*)'", "field_wrong_form"),
        (r"Expected `\w+` with a timezone component", "field_needs_offset"),
        (r"Invalid enum value .*", "field_not_a_choice"),
        (r"Integer value out of range", "field_out_of_range"),
        (r"(Invalid RFC3339 encoded |Expected `)datetime.*", "field_not_a_timestamp"),
        (r"(Invalid RFC3339 encoded |Expected `)date\b.*", "field_not_a_date"),
        (r"(Invalid RFC3339 encoded |Expected `)time\b.*", "field_not_a_time"),
        (r"(Invalid UUID|Expected `uuid).*", "field_not_a_uuid"),
        (r"Expected `int( \| null)?`.*", "field_not_an_integer"),
        (r"Expected `(int \| )?float( \| null)?`.*", "field_not_a_number"),
        (r"Expected `str( \| null)?`.*", "field_not_text"),
        (r"Expected `bool( \| null)?`.*", "field_not_a_boolean"),
        (r"Expected `array( \| null)?`.*", "field_not_a_list"),
        (r"Expected `object( \| null)?`.*", "field_not_an_object"),
    )
)


class Shape(msgspec.Struct, frozen=True):
    """A struct type to read input as, with a struct of one field for each of its fields.

    `empty` is the struct of an input without fields, if there may be one. `names` are its fields
    as attributes and on the wire: looked up once, since msgspec works them out anew from the
    annotations at every asking. `alike` leads from a field's name without case, hyphens and
    underscores to the name itself. `numbers` are the fields that hold a number and no text.
    """

    whole: type[msgspec.Struct]
    empty: msgspec.Struct | None
    names: tuple[tuple[str, str], ...]
    parts: tuple[type[msgspec.Struct], ...]
    choices: Mapping[str, tuple[Any, ...]]
    known: frozenset[str]
    alike: Mapping[str, str]
    numbers: tuple[str, ...]


def shape_of(whole: type[msgspec.Struct]) -> Shape:
    """Prepare `whole` for `read_fields`; done once, when the endpoints are set up."""
    fields = msgspec.structs.fields(whole)
    return Shape(
        whole=whole,
        empty=None if any(field.required for field in fields) else whole(),
        names=tuple((field.name, field.encode_name) for field in fields),
        parts=tuple(_part(field) for field in fields),
        choices={field.encode_name: tuple(_choices(field.type)) for field in fields},
        known=frozenset(field.encode_name for field in fields),
        alike={bare(field.encode_name): field.encode_name for field in fields},
        numbers=tuple(field.encode_name for field in fields if _is_number(field.type)),
    )


def unknown_fields(raw: object, shape: Shape) -> tuple[str, ...]:
    """The input's fields that `shape` has not, in their order.

    Raises Invalid (field_misspelt) for one that differs from a field of the shape only in case,
    hyphens or underscores: whoever sent it meant that field, and would lose what it says.
    """
    if not isinstance(raw, dict) or raw.keys() <= shape.known:
        return ()
    unknown = tuple(name for name in raw if name not in shape.known)
    misspelt = [
        FieldProblem(name, "field_misspelt", {"right": right})
        for name in unknown
        if (right := shape.alike.get(bare(name)))
    ]
    if misspelt:
        raise wrong_fields(misspelt)
    return unknown


def bare(name: str) -> str:
    """The name as it is compared with others: without case, hyphens and underscores."""
    return name.casefold().replace("-", "").replace("_", "")


def nameable(names: Iterable[str]) -> list[str]:
    """The first MOST_NAMED of them that a header can name: tokens of RFC 9110, not too long."""
    return list(islice((name for name in names if _TOKEN.fullmatch(name)), MOST_NAMED))


def read_fields(raw: object, shape: Shape, *, strict: bool) -> Any:
    """`raw` as the shape's struct; raises Invalid that lists every field that is wrong.

    Numbers may come as text; if not `strict`, so may booleans, as they do in a query.
    """
    try:
        value = msgspec.convert(raw, shape.whole, strict=strict)
    except msgspec.ValidationError as error:
        if strict and (numbered := _with_numbers(raw, shape)) is not raw:
            return read_fields(numbered, shape, strict=True)
        raise wrong_fields(list(_problems(raw, shape, strict, str(error)))) from None
    unstorable = [
        FieldProblem(encode_name, "field_out_of_range")
        for name, encode_name in shape.names
        if not is_storable(getattr(value, name))
    ]
    if unstorable:
        raise wrong_fields(unstorable)
    return value


def wrong_fields(problems: list[FieldProblem]) -> Invalid:
    """The error for these fields: the one problem itself, or the list under a common code."""
    if len(problems) == 1:
        only = problems[0]
        return Invalid(only.code, problems=problems, **only.params)
    return Invalid("fields_wrong", problems=problems, count=len(problems))


def is_storable(value: object) -> bool:
    """Whether a value, if it is a number, fits a column: no NaN, no infinity, 64 bits."""
    if isinstance(value, float):
        return isfinite(value)
    return not isinstance(value, int) or abs(value) <= LARGEST_INTEGER


def _is_number(kind: Any) -> bool:
    parts = set(_kinds(kind))
    return not parts.isdisjoint({int, float}) and str not in parts


def _kinds(kind: Any) -> Iterator[Any]:
    """The plain types that a field's type is made of."""
    parts = get_args(kind)
    if not parts or get_origin(kind) is Literal:
        yield kind
    elif get_origin(kind) in {Annotated, Union, UnionType}:
        for part in parts[:1] if get_origin(kind) is Annotated else parts:
            yield from _kinds(part)


def _with_numbers(raw: Any, shape: Shape) -> Any:
    """`raw` with numbers where number fields hold them as text; itself if none does."""
    if not isinstance(raw, dict):
        return raw
    found = {
        name: number
        for name in shape.numbers
        if isinstance(text := raw.get(name), str) and (number := _number(text)) is not None
    }
    return raw | found if found else raw


def _number(text: str) -> int | float | None:
    if _INTEGER.fullmatch(text):
        return int(text)
    if not _DECIMAL.fullmatch(text):
        return None
    number = float(text)
    return int(number) if number.is_integer() else number


def _problems(raw: object, shape: Shape, strict: bool, first: str) -> Iterator[FieldProblem]:
    wrong = _part_problems(raw, shape, strict) if isinstance(raw, dict) else []
    yield from wrong or [_problem(first, shape)]


def _part_problems(raw: object, shape: Shape, strict: bool) -> list[FieldProblem]:
    found = []
    for part in shape.parts:
        try:
            msgspec.convert(raw, part, strict=strict)
        except msgspec.ValidationError as error:
            found.append(_problem(str(error), shape))
    return found


def _problem(message: str, shape: Shape) -> FieldProblem:
    place = _PLACE.fullmatch(message)
    rule, where = (place["rule"], place["where"]) if place else (message, None)
    field = (where or "").removeprefix("$").removeprefix(".")
    for pattern, code in _RULES:
        if match := pattern.fullmatch(rule):
            return _explained(field, code, match.groupdict(), shape)
    return FieldProblem(field, "field_wrong")


def _explained(field: str, code: str, found: dict[str, Any], shape: Shape) -> FieldProblem:
    params = dict(found)
    if code in {"field_missing", "field_unknown"}:
        field = f"{field}.{params['name']}" if field else params["name"]
    if code == "field_not_a_choice":
        choices = shape.choices.get(field, ())
        return FieldProblem(field, code if choices else "field_wrong", {"choices": choices})
    return FieldProblem(field, code, params)


def _part(field: msgspec.structs.FieldInfo) -> type[msgspec.Struct]:
    named: tuple[Any, ...] = (field.name, field.type)
    if not field.required:
        default: Any = field.default
        if default is msgspec.NODEFAULT:
            default = msgspec.field(default_factory=field.default_factory)
        named = (*named, default)
    return msgspec.defstruct("Part", [named], rename={field.name: field.encode_name})


def _choices(kind: Any) -> Iterator[Any]:
    if get_origin(kind) is Literal:
        yield from get_args(kind)
    elif isinstance(kind, type) and issubclass(kind, Enum):
        yield from (member.value for member in kind)
    else:
        for part in get_args(kind):
            yield from _choices(part)
