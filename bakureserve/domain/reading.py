"""Read untrusted JSON as a type and report every problem in it, not only the first.

A valid value costs one call of msgspec. Only a value that msgspec refuses is searched, part by part
along the type's annotations; each problem is a path such as ``areas[0].tables[2].capacity`` and an
error code. A type can bring its own code (`worded`); otherwise the code follows from the constraint
that is broken.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sized
from math import inf, isfinite
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec import Meta, UnsetType, inspect

from bakureserve.domain.errors import BadRequest, FieldProblem, Invalid

LARGEST_INTEGER = 2**63 - 1
"""The largest number a database column holds."""

DEEPEST = 32
"""Levels of nesting; nothing the server understands needs more than a handful."""

MOST_PROBLEMS = 100
"""A refusal reports at most this many problems, so that it stays short."""

_INTEGER = re.compile(r"-?[0-9]{1,19}")
_DECIMAL = re.compile(r"-?[0-9]{1,19}\.[0-9]{1,19}")
_DIGITS = re.compile(r"-?[0-9]+")

_PLAIN: dict[type[inspect.Type], tuple[Any, str]] = {
    inspect.IntType: (int, "field_not_an_integer"),
    inspect.FloatType: (float, "field_not_a_number"),
    inspect.StrType: (str, "field_not_text"),
    inspect.BoolType: (bool, "field_not_a_boolean"),
    inspect.DateTimeType: (dt.datetime, "field_not_a_timestamp"),
    inspect.DateType: (dt.date, "field_not_a_date"),
    inspect.TimeType: (dt.time, "field_not_a_time"),
    inspect.UUIDType: (uuid.UUID, "field_not_a_uuid"),
    inspect.ListType: (list, "field_not_a_list"),
    inspect.VarTupleType: (list, "field_not_a_list"),
    inspect.DictType: (dict, "field_not_an_object"),
    inspect.StructType: (dict, "field_not_an_object"),
}
"""What a value must be before its constraints are checked, and the code if it is not."""


class Shape(msgspec.Struct, frozen=True):
    """A struct type to read input as.

    `empty` is the struct of an input without fields, if there may be one. `known` are its fields'
    names on the wire, and `alike` leads to them from `bare` names. `numbers` are the attributes
    that hold a number. All are computed once, because msgspec would compute them at every call.
    """

    kind: type[msgspec.Struct]
    empty: msgspec.Struct | None
    known: frozenset[str]
    alike: Mapping[str, str]
    numbers: tuple[str, ...]


def shape_of(kind: type[msgspec.Struct]) -> Shape:
    """Prepare `kind` for `read_body` and `read_query`."""
    fields = msgspec.structs.fields(kind)
    return Shape(
        kind=kind,
        empty=None if any(field.required for field in fields) else kind(),
        known=frozenset(field.encode_name for field in fields),
        alike={bare(field.encode_name): field.encode_name for field in fields},
        numbers=tuple(field.name for field in fields if _is_number(field.type)),
    )


def read_body(raw: Any, shape: Shape) -> tuple[Any, tuple[str, ...]]:
    """Parsed JSON as the shape's struct, and the names of its unknown fields, in order.

    Numbers may be text, and an integer may be written 4.0. Raises Invalid with every problem,
    including NULs, numbers that no column holds, and misspelt fields, which would otherwise be
    ignored. Raises BadRequest (body_too_deep) for nesting beyond DEEPEST.
    """
    problems: list[FieldProblem] = []
    tidy = _tidied(raw, "", 0, problems)
    return _read(tidy, shape, problems, strict=True)


def read_query(raw: dict[str, str], shape: Shape) -> tuple[Any, tuple[str, ...]]:
    """Like `read_body` for the texts of a query, in which booleans are text too."""
    problems = [FieldProblem(name, "field_bad_character") for name in raw if "\0" in raw[name]]
    return _read(raw, shape, problems, strict=False)


def read_loosely(value: Any, kind: Any) -> tuple[Any, bool]:
    """`value` as `kind`, and whether it had to be converted, as "4" or 4.0 to 4.

    For data written by older programs, which cannot be sent again. Raises Invalid.
    """
    try:
        return msgspec.convert(value, kind), False
    except msgspec.ValidationError:
        problems: list[FieldProblem] = []
        turned = Search(problems, strict=False).converted(value, kind, "")
    if problems:
        raise wrong_fields(problems)
    return turned, True


def bare(name: str) -> str:
    """A field name without case, hyphens and underscores, for finding misspelt ones."""
    return name.casefold().replace("-", "").replace("_", "")


def worded(kind: Any, code: str, **params: Any) -> Any:
    """`kind` with an error code that is reported for anything wrong with a value."""
    return Annotated[kind, Meta(extra={"code": code, "params": params})]


class Search:
    """Finds the problems in one input and appends them to `problems`.

    Unless `strict`, booleans may be text; with `text_numbers`, numbers may. The search stops at
    `most` problems.
    """

    def __init__(
        self,
        problems: list[FieldProblem],
        *,
        strict: bool = True,
        text_numbers: bool = False,
        most: float = inf,
    ) -> None:
        self.problems = problems
        self.strict = strict
        self._text_numbers = text_numbers
        self._most = most

    def note(self, path: str, code: str, /, **params: Any) -> None:
        """Note a problem with the value at `path`."""
        self.problems.append(FieldProblem(path, code, params))

    def converted(self, value: Any, kind: Any, path: str, default: Any = None) -> Any:
        """`value` as `kind`, or `default` when something is wrong with it, which is noted."""
        try:
            if is_storable(found := msgspec.convert(value, kind, strict=self.strict)):
                return found
        except msgspec.ValidationError:
            pass
        before = len(self.problems)
        result = self._part(value, kind, path)
        if len(self.problems) > before:
            return default
        try:
            return msgspec.convert(result, kind, strict=self.strict)
        except msgspec.ValidationError:  # a rule that only the type as a whole knows
            self.note(path, "field_wrong")
            return default

    def _part(self, value: Any, kind: Any, path: str) -> Any:
        """`value` with numeric text as numbers; notes what is wrong in it."""
        if len(self.problems) >= self._most:
            return value
        if self._text_numbers and isinstance(value, str) and _is_number(kind):
            value = _number(value)
        try:
            found = msgspec.convert(value, kind, strict=self.strict)
        except msgspec.ValidationError:
            return self._refused(value, kind, path)
        if not is_storable(found):
            if isinstance(found, msgspec.Struct):
                return self._refused(value, kind, path)
            self.note(path, "field_out_of_range")
        return value

    def _refused(self, value: Any, kind: Any, path: str) -> Any:
        before = len(self.problems)
        if wording := _peeled(kind)[1]:
            self.note(path, wording["code"], **wording["params"])
            return value
        result = self._inside(value, kind, path)
        if len(self.problems) == before and not self._fits(result, kind):
            code, params = _fault(result, kind, self.strict)
            self.note(path, code, **params)
        return result

    def _inside(self, value: Any, kind: Any, path: str) -> Any:
        """Search the parts of an object or a list, and its length; other values have no parts."""
        plain, _ = _peeled(kind)
        origin, parts = get_origin(plain), get_args(plain)
        if isinstance(value, Mapping):
            if isinstance(plain, type) and issubclass(plain, msgspec.Struct):
                return self._object(value, plain, path)
            if origin is dict:
                self._note_length(value, kind, path)
                return {
                    name: self._part(item, parts[1], _below(path, str(name)))
                    for name, item in value.items()
                }
        if isinstance(value, list | tuple) and (kinds := _kinds_of_items(plain, len(value))):
            self._note_length(value, kind, path)
            return [
                self._part(item, each, f"{path}[{index}]")
                for index, (item, each) in enumerate(zip(value, kinds, strict=True))
            ]
        return value

    def _note_length(self, value: Sized, kind: Any, path: str) -> None:
        for code, params in _broken_lengths(value, _node_of(kind)):
            self.note(path, code, **params)

    def _object(self, value: Mapping[str, Any], kind: type[msgspec.Struct], path: str) -> Any:
        result = dict(value)
        fields = msgspec.structs.fields(kind)
        for field in fields:
            name = field.encode_name
            if name in value:
                result[name] = self._part(value[name], field.type, _below(path, name))
            elif field.required:
                self.note(_below(path, name), "field_missing", name=name)
        if kind.__struct_config__.forbid_unknown_fields:
            for name in value.keys() - {field.encode_name for field in fields}:
                self.note(_below(path, name), "field_unknown", name=name)
        return result

    def _fits(self, value: Any, kind: Any) -> bool:
        try:
            msgspec.convert(value, kind, strict=self.strict)
        except msgspec.ValidationError:
            return False
        return True


def wrong_fields(problems: Iterable[FieldProblem]) -> Invalid:
    """The error for these problems: the only one itself, or all of them as `fields_wrong`.

    Each field is named once, with its first problem, and at most MOST_PROBLEMS fields are.
    """
    firsts: dict[str, FieldProblem] = {}
    for problem in problems:
        firsts.setdefault(problem.field, problem)
    if len(firsts) == 1:
        (only,) = firsts.values()
        return Invalid(only.code, problems=[only], **only.params)
    named = list(firsts.values())[:MOST_PROBLEMS]
    return Invalid("fields_wrong", problems=named, count=len(named))


def is_storable(value: object) -> bool:
    """Whether a number, or each number of a struct, fits a column: finite, within 64 bits."""
    if isinstance(value, float):
        return isfinite(value)
    if isinstance(value, msgspec.Struct):
        return all(is_storable(getattr(value, name)) for name in value.__struct_fields__)
    return not isinstance(value, int) or abs(value) <= LARGEST_INTEGER


def _read(
    raw: Any, shape: Shape, problems: list[FieldProblem], *, strict: bool
) -> tuple[Any, tuple[str, ...]]:
    unknown: tuple[str, ...] = ()
    misspelt: dict[str, str] = {}
    if isinstance(raw, dict) and not raw.keys() <= shape.known:
        unknown = tuple(name for name in raw if name not in shape.known)
        misspelt = {name: right for name in unknown if (right := shape.alike.get(bare(name)))}
    if not problems and not misspelt:
        try:
            value = msgspec.convert(raw, shape.kind, strict=strict)
        except msgspec.ValidationError:
            pass
        else:
            if all(is_storable(getattr(value, name)) for name in shape.numbers):
                return value, unknown
    search = Search(problems, strict=strict, text_numbers=strict, most=MOST_PROBLEMS)
    for name, right in misspelt.items():
        search.note(name, "field_misspelt", right=right)
    value = search.converted(raw, shape.kind, "")
    meant = set(misspelt.values())
    wrong = [each for each in problems if each.code != "field_missing" or each.field not in meant]
    if wrong:
        raise wrong_fields(wrong)
    return value, unknown


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _tidied(value: Any, path: str, depth: int, problems: list[FieldProblem]) -> Any:
    """`value` with 4.0 as 4; appends what cannot be stored to `problems`."""
    if depth > DEEPEST:
        raise BadRequest("body_too_deep")
    if isinstance(value, dict):
        return {
            _tidied_leaf(key, path, problems): _tidied(
                item, f"{path}.{key}" if path else key, depth + 1, problems
            )
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [
            _tidied(item, f"{path}[{index}]", depth + 1, problems)
            for index, item in enumerate(value)
        ]
    return _tidied_leaf(value, path, problems)


def _tidied_leaf(value: Any, path: str, problems: list[FieldProblem]) -> Any:
    if isinstance(value, str) and "\0" in value:
        problems.append(FieldProblem(path.replace("\0", ""), "field_bad_character"))
    elif isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_INTEGER:
        return int(value)
    elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        problems.append(FieldProblem(path, "field_out_of_range"))
    return value


def _number(text: str) -> int | float | str:
    """The number that the text holds, or the text itself."""
    if _INTEGER.fullmatch(text):
        return int(text)
    if not _DECIMAL.fullmatch(text):
        return text
    number = float(text)
    return int(number) if number.is_integer() else number


def _peeled(kind: Any) -> tuple[Any, Mapping[str, Any] | None]:
    """The type without annotations, null and UNSET, and the code that an annotation names."""
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *metas = get_args(kind)
        for meta in reversed(metas):
            if isinstance(meta, Meta) and meta.extra and "code" in meta.extra:
                return inner, meta.extra
        return _peeled(inner)
    if origin in {Union, UnionType}:
        said = [part for part in get_args(kind) if part not in {NoneType, UnsetType}]
        return _peeled(said[0]) if len(said) == 1 else (kind, None)
    return kind, None


def _is_number(kind: Any) -> bool:
    plain, _ = _peeled(kind)
    if get_origin(plain) in {Union, UnionType}:
        return {_peeled(part)[0] for part in get_args(plain)} <= {int, float, NoneType, UnsetType}
    return plain is int or plain is float


def _kinds_of_items(plain: Any, length: int) -> list[Any] | None:
    """The type of each item of a list of this length; None unless `plain` is such a list."""
    origin, parts = get_origin(plain), get_args(plain)
    if origin is list or (origin is tuple and parts[1:] == (Ellipsis,)):
        return [parts[0]] * length
    return list(parts) if origin is tuple and len(parts) == length else None


def _fault(value: Any, kind: Any, strict: bool) -> tuple[str, dict[str, Any]]:
    """The code and parameters of why `value` is no `kind`, when all its parts are right."""
    node = _node_of(kind)
    if isinstance(node, inspect.LiteralType):
        stated = get_args(_peeled(kind)[0])  # in declared order, which msgspec loses
        return _fault_of_choice(value, stated, strict)
    if isinstance(node, inspect.EnumType):
        return _fault_of_choice(value, tuple(member.value for member in node.cls), strict)
    if isinstance(node, inspect.TupleType):
        return "field_not_a_list", {}
    if isinstance(node, inspect.UnionType):
        return ("field_not_a_number" if _is_number(kind) else "field_wrong"), {}
    plain, code = _PLAIN.get(type(node), (Any, ""))
    try:
        found = msgspec.convert(value, plain, strict=strict)
    except msgspec.ValidationError:
        is_long = (
            plain is int and isinstance(value, str) and not strict and _DIGITS.fullmatch(value)
        )
        return ("field_out_of_range" if is_long else code), {}
    return next(_broken_constraints(found, node), ("field_wrong", {}))


def _node_of(kind: Any) -> inspect.Type:
    node = inspect.type_info(kind)
    while isinstance(node, inspect.Metadata | inspect.UnionType):
        if isinstance(node, inspect.Metadata):
            node = node.type
            continue
        said = [part for part in node.types if not isinstance(part, inspect.NoneType)]
        if len(said) != 1:
            return node
        node = said[0]
    return node


def _fault_of_choice(
    value: Any, choices: tuple[Any, ...], strict: bool
) -> tuple[str, dict[str, Any]]:
    kinds = {type(choice) for choice in choices}
    if len(kinds) == 1:
        (kind,) = kinds
        try:
            msgspec.convert(value, kind, strict=strict)
        except msgspec.ValidationError:
            return ("field_not_text" if kind is str else "field_not_an_integer"), {}
    elif type(value) not in kinds:
        return "field_wrong", {}
    return "field_not_a_choice", {"choices": choices}


def _broken_constraints(value: Any, node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, inspect.IntType | inspect.FloatType):
        yield from _broken_bounds(value, node)
    elif isinstance(node, inspect.DateTimeType):
        yield "field_needs_offset", {}
    else:
        yield from _broken_lengths(value, node)
        if isinstance(node, inspect.StrType) and node.pattern is not None:
            yield "field_wrong_form", {"pattern": node.pattern}


def _broken_lengths(value: Sized, node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if (least := getattr(node, "min_length", None)) is not None and len(value) < least:
        yield "field_too_short", {"shortest": str(least)}
    if (most := getattr(node, "max_length", None)) is not None and len(value) > most:
        yield "field_too_long", {"longest": str(most)}


def _broken_bounds(
    value: float, node: inspect.IntType | inspect.FloatType
) -> Iterator[tuple[str, dict[str, Any]]]:
    kind, step = (int, 1) if isinstance(node, inspect.IntType) else (float, 0)
    if node.ge is not None and value < node.ge:
        yield "field_too_small", {"smallest": str(kind(node.ge))}
    if node.gt is not None and value <= node.gt:
        yield "field_too_small", {"smallest": str(kind(node.gt) + step)}
    if node.le is not None and value > node.le:
        yield "field_too_large", {"largest": str(kind(node.le))}
    if node.lt is not None and value >= node.lt:
        yield "field_too_large", {"largest": str(kind(node.lt) - step)}
    if node.multiple_of is not None:
        yield "field_not_a_multiple", {"step": str(kind(node.multiple_of))}
