"""Where code can be changed so that it is wrong, and a random sample of such mutants.

A site is an operator, number, condition, result or statement. Text, annotations, logging,
assertions, migrations and options without effect on behaviour (`frozen=True`, `maxsize=…`) are not.
"""

from __future__ import annotations

import ast
import copy
import random
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

PACKAGES = ("domain", "services", "store", "limits", "eta", "server")
SKIPPED_CODE = ("store/migrations/",)
INVISIBLE_OPTIONS = {
    "cache_hash", "eq", "frozen", "gc", "kw_only", "maxsize", "order", "repr", "slots", "strict",
    "stacklevel", "weakref", "weakref_slot",
}  # fmt: skip
LOGGERS = {"log", "_log", "logger", "_logger", "LOG", "_LOG", "logging"}
SWAPS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
}
TWINS = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass
class Site:
    """A place where the code can be changed, and its possible mutants."""

    path: str
    node: ast.expr | ast.stmt
    mutants: list[ast.AST]
    function: str
    statement: ast.stmt
    at_import: bool
    related: set[str] = field(default_factory=set)
    """For code that runs at import: the names whose users show what it does."""


class Finder(ast.NodeVisitor):
    """Collects the sites of one module."""

    def __init__(self, path: str) -> None:
        self.sites: list[Site] = []
        self._path = path
        self._scopes: list[str] = []
        self._function_depth = 0
        self._statement: ast.stmt | None = None
        self._related: set[str] = set()

    def visit(self, node: ast.AST) -> None:
        if not isinstance(node, ast.stmt):
            super().visit(node)
            return
        before = self._statement, self._related
        self._statement = node
        if not self._function_depth:
            self._related = defined(node) | set(self._scopes[-1:])
        super().visit(node)
        self._statement, self._related = before

    # What is looked at

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in (*node.decorator_list, *node.args.defaults, *node.args.kw_defaults):
            if part is not None:
                self.visit(part)
        self._scopes.append(node.name)
        self._function_depth += 1
        for statement in node.body:
            self.visit(statement)
        self._function_depth -= 1
        self._scopes.pop()

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - a name of ast's

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in (*node.decorator_list, *node.keywords):
            self.visit(part)
        self._scopes.append(node.name)
        for statement in node.body:
            self.visit(statement)
        self._scopes.pop()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None and ast.unparse(node.annotation) != "TypeAlias":
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        names = {target.id for target in node.targets if isinstance(target, ast.Name)}
        if not names & {"__all__", "__slots__"} and not self._is_type(node.value):
            self.visit(node.value)

    def visit_Assert(self, node: ast.Assert) -> None:
        """Narrows a type for mypy."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Text, whose parts have no position before Python 3.12."""

    def visit_Expr(self, node: ast.Expr) -> None:
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        if not isinstance(call, ast.Call) or _is_logging(call):
            return
        if self._function_depth and ast.unparse(call.func) != "super().__init__":
            self._add(node, ast.Pass())
        self.visit(node.value)

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is None:
            return
        if not isinstance(node.value, ast.Constant) or node.value.value:  # else the same to most
            self._add(node.value, ast.Constant(None))
        self.visit(node.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._add(node, ast.Pass())
        self.generic_visit(node)

    def visit_Continue(self, node: ast.Continue) -> None:
        self._add(node, ast.Break())

    def visit_Break(self, node: ast.Break) -> None:
        self._add(node, ast.Continue())

    def visit_If(self, node: ast.If | ast.While | ast.IfExp) -> None:
        if ast.unparse(node.test) == "TYPE_CHECKING":
            return
        if not isinstance(node.test, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.Constant):
            self._add(node.test, ast.UnaryOp(ast.Not(), node.test))
        self.generic_visit(node)

    visit_While = visit_IfExp = visit_If  # noqa: N815 - names of ast's

    def visit_Compare(self, node: ast.Compare) -> None:
        for index, operator in enumerate(node.ops):
            swapped = []
            for other in SWAPS[type(operator)]:
                mutant = copy.deepcopy(node)
                mutant.ops[index] = other()  # type: ignore[call-overload]
                swapped.append(mutant)
            self._add(node, *swapped)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self._add_swapped(node)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if not _is_text(node.left) and not _is_text(node.right) and not self._is_type(node):
            self._add_swapped(node)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if not _is_text(node.value):
            self._add_swapped(node)
        self.visit(node.value)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        self._add(node, node.operand)
        if not isinstance(node.operand, ast.Constant):
            self.visit(node.operand)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._add(node, ast.Constant(not node.value))
        elif isinstance(node.value, int | float):
            self._add(node, ast.Constant(node.value + 1), ast.Constant(node.value - 1))

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in {"cast", "TypeVar", "NewType"} or _is_logging(node):
            return
        if name in TWINS:
            mutant = copy.deepcopy(node)
            mutant.func = ast.Name(TWINS[name], ast.Load())
            self._add(node, mutant)
        before = self._related
        if not self._function_depth:
            self._related = before | {each.id for each in node.args if isinstance(each, ast.Name)}
        self.generic_visit(node)
        self._related = before

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg not in INVISIBLE_OPTIONS:
            self.visit(node.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if not self._is_type(node):
            self.generic_visit(node)

    def _is_type(self, node: ast.expr) -> bool:
        """Whether this is an alias of a type, as far as its shape shows."""
        if isinstance(node, ast.BinOp):
            parts = (node.left, node.right)
            return isinstance(node.op, ast.BitOr) and any(
                (isinstance(part, ast.Constant) and part.value is None) or self._is_type(part)
                for part in parts
            )
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            name = node.value.id
            return name in {"dict", "list", "set", "frozenset", "tuple", "type"} or (
                name[:1].isupper() and not name.isupper() and not self._function_depth
            )
        return isinstance(node, ast.Name) and node.id in {"int", "str", "float", "bytes", "bool"}

    # What is found

    def _add(self, node: ast.expr | ast.stmt, *mutants: ast.AST) -> None:
        assert self._statement is not None
        self.sites.append(
            Site(
                self._path,
                node,
                list(mutants),
                ".".join(self._scopes),
                self._statement,
                at_import=not self._function_depth,
                related=set(self._related),
            )
        )

    def _add_swapped(self, node: ast.BoolOp | ast.BinOp | ast.AugAssign) -> None:
        mutants = []
        for other in SWAPS.get(type(node.op), ()):
            mutant = copy.deepcopy(node)
            mutant.op = other()  # type: ignore[assignment]
            mutants.append(mutant)
        if mutants:
            self._add(node, *mutants)


def defined(statement: ast.stmt) -> set[str]:
    """The names that a statement outside of functions defines."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    targets = [statement.target] if isinstance(statement, ast.AnnAssign) else []
    targets = statement.targets if isinstance(statement, ast.Assign) else targets
    return {
        node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)
    }


def _is_logging(call: ast.Call) -> bool:
    called = ast.unparse(call.func)
    return called.startswith("structlog.") or bool(LOGGERS & set(called.split(".")))


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )


@dataclass
class Mutant:
    """One change of the code, and the verdict on it."""

    number: int
    package: str
    path: str
    line: int
    function: str
    before: str
    after: str
    source: str
    lines: set[int]
    statement_lines: set[int]
    """Where the lines of an expression are not known to the tracer, those of its statement."""
    related: set[str]
    at_import: bool
    tests: list[str] = field(default_factory=list)
    verdict: str = ""
    """`killed`, `hung` (which kills as well), `survived` or `uncovered`."""
    killer: str = ""
    seconds: float = 0.0

    def as_row(self) -> dict[str, Any]:
        row = asdict(self)
        for name in ("source", "lines", "statement_lines", "related"):
            del row[name]
        return row


def draw(checkout: Path, sample: int, seed: int) -> list[Mutant]:
    """A sample of mutants; every site has the same chance."""
    sites = []
    for path in _modules(checkout):
        finder = Finder(path)
        finder.visit(ast.parse((checkout / path).read_text()))
        sites += finder.sites
    print(f"{len(sites)} sites")
    chance = random.Random(seed)
    chance.shuffle(sites)
    mutants: list[Mutant] = []
    for site in sites:
        changed = chance.choice(site.mutants)
        source = _spliced((checkout / site.path).read_text(), site.node, changed)
        if source is not None:
            mutants.append(_mutant(len(mutants), site, changed, source))
        if len(mutants) == sample:
            break
    return mutants


def _modules(checkout: Path) -> list[str]:
    found = []
    for package in PACKAGES:
        for path in sorted((checkout / "bakureserve" / package).rglob("*.py")):
            inside = path.relative_to(checkout / "bakureserve").as_posix()
            if not inside.startswith(SKIPPED_CODE):
                found.append(f"bakureserve/{inside}")
    return found


def _mutant(number: int, site: Site, changed: ast.AST, source: str) -> Mutant:
    statement = site.statement
    first_lines = range(statement.lineno, _header_end(statement) + 1)
    own_lines = range(site.node.lineno, (site.node.end_lineno or site.node.lineno) + 1)
    return Mutant(
        number=number,
        package=site.path.split("/")[1],
        path=site.path,
        line=site.node.lineno,
        function=site.function,
        before=ast.unparse(site.node),
        after=ast.unparse(changed),
        source=source,
        lines=set(own_lines) if isinstance(site.node, ast.expr) else set(first_lines),
        statement_lines=set(first_lines),
        related=site.related,
        at_import=site.at_import,
    )


def _header_end(statement: ast.stmt) -> int:
    """The last line of a statement without the block under it."""
    body = getattr(statement, "body", None)
    end = statement.end_lineno or statement.lineno
    return max(statement.lineno, body[0].lineno - 1) if body else end


def _spliced(source: str, node: ast.expr | ast.stmt, changed: ast.AST) -> str | None:
    """The source with one node replaced; None where that makes other code than was meant."""
    data = source.encode()
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    start = starts[node.lineno - 1] + node.col_offset
    end = starts[node.end_lineno - 1] + node.end_col_offset
    text = ast.unparse(changed)
    if isinstance(node, ast.expr):
        text = f"({text})"
    spliced = (data[:start] + text.encode() + data[end:]).decode()
    wanted = _Replacing(node, changed).visit(ast.parse(source))
    try:
        made = ast.parse(spliced)
    except SyntaxError:
        return None
    return spliced if ast.dump(made) == ast.dump(wanted) != ast.dump(ast.parse(source)) else None


class _Replacing(ast.NodeTransformer):
    def __init__(self, node: ast.expr | ast.stmt, changed: ast.AST) -> None:
        self._place, self._kind, self._changed = _place(node), type(node), changed

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if type(node) is self._kind and _place(node) == self._place:
            return self._changed
        return super().generic_visit(node)


def _place(node: ast.AST) -> tuple[int, int, int, int]:
    return (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
