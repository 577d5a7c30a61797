"""Which fields of an input are wrong, and why: all of them, where msgspec names the first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from math import isfinite
from typing import Any, Literal, get_args, get_origin

import msgspec

from bakureserve.domain.errors import FieldProblem, Invalid

LARGEST_INTEGER = 2**63 - 1
"""The largest number a database column holds."""

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
    annotations at every asking.
    """

    whole: type[msgspec.Struct]
    empty: msgspec.Struct | None
    names: tuple[tuple[str, str], ...]
    parts: tuple[type[msgspec.Struct], ...]
    choices: Mapping[str, tuple[Any, ...]]


def shape_of(whole: type[msgspec.Struct]) -> Shape:
    """Prepare `whole` for `read_fields`; done once, when the endpoints are set up."""
    fields = msgspec.structs.fields(whole)
    return Shape(
        whole=whole,
        empty=None if any(field.required for field in fields) else whole(),
        names=tuple((field.name, field.encode_name) for field in fields),
        parts=tuple(_part(field) for field in fields),
        choices={field.encode_name: tuple(_choices(field.type)) for field in fields},
    )


def read_fields(raw: object, shape: Shape, *, strict: bool) -> Any:
    """`raw` as the shape's struct; raises Invalid that lists every field that is wrong.

    Not `strict`: numbers and booleans may come as text, as they do in a query.
    """
    try:
        value = msgspec.convert(raw, shape.whole, strict=strict)
    except msgspec.ValidationError as error:
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
