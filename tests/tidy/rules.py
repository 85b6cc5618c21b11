"""The shape that import contracts cannot see. Each rule takes parsed sources and yields one line per finding."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import PurePosixPath
from statistics import median

MONEY_ROOMS = {"tariffs", "ledger", "billing", "payments", "settlement", "offers"}
ROOMS = MONEY_ROOMS | {"kernel", "stations", "planning", "revenue", "drivers", "notices", "reservations", "sessions", "ocpi", "datex"}
INSTANTS = {"start", "end", "at", "issued_at", "made_at"}
CLOCK_READS = {"now", "today", "utcnow", "time_ns", "monotonic", "perf_counter"}
MACHINE_PATH = re.compile(r"(?<![\w.~])/(?:wor" r"k|far" r"m|roo" r"t|home/\w+|Users/\w+)/")
REGISTRY_HOST = re.compile(r"https?://[^\s\"'<>)]*(?:/sim" r"ple/|regis" r"try\.|/pack" r"ages/)")


@dataclass(frozen=True)
class Source:
    """A Python file: its path below src/forecourt (`tariffs/rating.py`) and its text."""

    path: PurePosixPath
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @property
    def room(self) -> str:
        return self.path.parts[0]

    @property
    def is_pure(self) -> bool:
        return self.room in ROOMS | {"flows"} or self.path.parts[:2] in {("gateway", "wire"), ("gateway", "dialects")}

    @property
    def is_generated(self) -> bool:
        return self.path.name.endswith("_schema.py")

    @cached_property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        return [node for node in self.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    def at(self, node: ast.AST, what: str) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)} {what}"


def called(node: ast.AST) -> str:
    """`f` for the call f(…), `.f` for x.f(…), nothing for anything else."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute):
        return f".{node.func.attr}"
    return node.func.id if isinstance(node.func, ast.Name) else ""


def clock_reads(source: Source) -> Iterator[str]:
    if source.is_pure:
        for node in source.nodes:
            if called(node).removeprefix(".") in CLOCK_READS:
                yield source.at(node, "reads a clock: time is an argument")


def floats_in_money(source: Source) -> Iterator[str]:
    """Asking whether something read is a float, to refuse or convert it, is allowed; having one is not."""
    if source.room in MONEY_ROOMS:
        asked = {id(inner) for node in source.nodes if called(node) == "isinstance" for inner in ast.walk(node)}
        for node in source.nodes:
            is_float = isinstance(node, ast.Constant) and isinstance(node.value, float)
            if is_float or (isinstance(node, ast.Name) and node.id == "float" and id(node) not in asked):
                yield source.at(node, "float in a money room: use Decimal or integer minor units")


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    given = function.args
    named = [argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([name for name in named if name not in {"self", "cls"}]) + bool(given.vararg) + bool(given.kwarg)


def is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A command's parameters are the options of the public surface, each declared in a decorator of its own."""
    return any(called(decorator) in {".command", ".group"} for decorator in function.decorator_list)


def sizes(source: Source) -> Iterator[str]:
    lines = len(source.text.splitlines())
    if lines > 400 and not source.is_generated:
        yield f"{source.path}:1 has {lines} lines (400 are allowed)"
    if (imports := _imports(source)) > 20 and source.path.name != "__init__.py":
        yield f"{source.path}:1 has {imports} imports (20 are allowed)"
    for function in source.functions:
        if length(function) > 60:
            yield source.at(function, f"{function.name} has {length(function)} lines (60 are allowed)")
        if parameters(function) > 6 and not is_command(function):
            yield source.at(function, f"{function.name} has {parameters(function)} parameters (6 are allowed)")


def _imports(source: Source) -> int:
    """Each counts, but the doors of flows together: they are one room, with a door for each step."""
    nodes = [node for node in source.nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    doors = [node for node in nodes if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("forecourt.flows")]
    return len(nodes) - max(0, len(doors) - 1)


def prints(source: Source) -> Iterator[str]:
    if source.room != "cli":
        yield from (source.at(node, "prints outside cli") for node in source.nodes if called(node) == "print")


def months_of_utc(source: Source) -> Iterator[str]:
    """Instants are UTC; their month is that of some zone (`kernel.month_name`)."""
    for node in source.nodes:
        instant = isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.Attribute) and node.value.attr in INSTANTS
        if instant and isinstance(node, ast.FormattedValue) and node.format_spec and "%Y-%m'" in ast.unparse(node.format_spec):
            yield source.at(node, "names the month of an instant in UTC")


def dynamic_imports(source: Source) -> Iterator[str]:
    for node in source.nodes:
        if called(node).removeprefix(".") in {"import_module", "__import__"}:
            yield source.at(node, "imports by name at run time: no contract can see it")


def broad_excepts(source: Source) -> Iterator[str]:
    if source.is_pure:
        for node in source.nodes:
            if isinstance(node, ast.ExceptHandler) and _is_broad(node.type):
                yield source.at(node, "catches everything: name the error")


def _is_broad(caught: ast.expr | None) -> bool:
    kinds = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"}) for kind in kinds)


PER_FILE = (clock_reads, floats_in_money, sizes, prints, months_of_utc, dynamic_imports, broad_excepts)


def long_median(sources: Iterable[Source]) -> Iterator[str]:
    lengths = [length(function) for source in sources for function in source.functions]
    if lengths and median(lengths) > 10:
        yield f"the median function has {median(lengths)} lines (10 are allowed)"


def undocumented_folders(folders: Iterable[str], page: str) -> Iterator[str]:
    """Every folder has a line of its own in docs/architecture.md: a row of a table that names it in backticks, first."""
    named = set(re.findall(r"^\| `([\w/]+)` \|", page, re.MULTILINE))
    yield from (f"{folder} has no line in docs/architecture.md" for folder in sorted(set(folders) - named))


def shadowed_modules(sources: Iterable[Source]) -> Iterator[str]:
    """`from room import rate` must never mean a module in one place and a function in another: people and contracts misread it."""
    files = list(sources)
    modules = {(source.path.parent, source.path.stem) for source in files}
    for source in files:
        if source.path.name == "__init__.py":
            for node, name in _taken_from_modules(source):
                if (source.path.parent, name) in modules:
                    yield source.at(node, f"exports {name}, the name of a module beside it")


def _taken_from_modules(source: Source) -> Iterator[tuple[ast.ImportFrom, str]]:
    package = ".".join(("forecourt", *source.path.parent.parts))
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom) and node.module != package:
            yield from ((node, alias.asname or alias.name) for alias in node.names)


def unused_exports(sources: Iterable[Source], takers: Iterable[Source]) -> Iterator[str]:
    """Whatever a package exports is imported somewhere, by name or as an attribute of the package."""
    taken = set(chain.from_iterable(_imported(source) for source in takers))
    for source in sources:
        package = ".".join(("forecourt", *source.path.parent.parts))
        if source.path.name == "__init__.py" and (package, "__all__") not in taken:
            for node in source.tree.body:
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
                    unused = [name for name in ast.literal_eval(node.value) if (package, name) not in taken]
                    yield from (source.at(node, f"exports {name}, which nobody imports") for name in unused)


def _imported(source: Source) -> Iterator[tuple[str, str]]:
    modules = {}
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)
            modules |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield modules[node.value.id], node.attr


def branching_migrations(sources: Iterable[Source]) -> Iterator[str]:
    """Migrations are one chain in the order of their names: two that follow the same one cannot both be applied."""
    before = None
    for source in sorted((one for one in sources if one.path.match("store/migrations/versions/v*.py")), key=lambda one: one.path.name):
        told = {
            target.id: node.value.value
            for node in source.tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        number = source.path.name[1:5]
        if (told.get("revision"), told.get("down_revision")) != (number, before):
            yield f"{source.path}:1 must be revision {number!r} after {before!r}"
        before = number


def machine_traces(path: str, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), start=1):
        for pattern, what in ((MACHINE_PATH, "a path of one machine"), (REGISTRY_HOST, "a package registry's address")):
            if pattern.search(line):
                yield f"{path}:{number} names {what}"
