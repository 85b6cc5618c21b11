"""Every store method that the program calls is called by a test on both stores, and no method is unused."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PORTS = ROOT / "src/forecourt/flows/ports"
SHARED = tuple((ROOT / "tests").glob("*.py"))
# What a test takes that runs on both stores: as a parameter, or by its fixtures.
BOTH = {"any_transactions", "both_stores", "twins"}
# Read by tests alone, which look at what the program wrote down.
FOR_TESTS = {("AuditLog", "recent")}

Method = tuple[str, str]
Function = ast.FunctionDef | ast.ClassDef


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def protocols() -> dict[str, ast.ClassDef]:
    classes = [one for file in PORTS.glob("*.py") for one in parsed(file).body if isinstance(one, ast.ClassDef)]
    return {one.name: one for one in classes if any(isinstance(base, ast.Name) and base.id == "Protocol" for base in one.bases)}


@cache
def ports() -> tuple[dict[str, str], frozenset[Method]]:
    """The class of each of a store's repositories by its name there, and all their methods, with the store's own."""
    known = protocols()
    store = [one for one in known["Store"].body if isinstance(one, ast.FunctionDef)]
    repositories = {one.name: one.returns.id for one in store if one.decorator_list and isinstance(one.returns, ast.Name)}
    methods = {(name, one.name) for name in repositories.values() for one in known[name].body if isinstance(one, ast.FunctionDef)}
    return repositories, frozenset(methods | {("Store", one.name) for one in store if not one.decorator_list})


@cache
def called(tree: ast.AST) -> frozenset[Method]:
    """What is called of a repository: as `store.bookings.put`, or of a name that stands for one in this code."""
    return frozenset(_called(tree))


def _called(tree: ast.AST) -> Iterator[Method]:
    repositories, methods = ports()
    nodes = list(ast.walk(tree))
    standing = dict(_named(nodes))
    for node in nodes:
        if not isinstance(node, ast.Attribute):
            continue
        of = node.value
        name = repositories.get(of.attr) if isinstance(of, ast.Attribute) else standing.get(of.id) if isinstance(of, ast.Name) else None
        found = (name, node.attr) if name else ("Store", node.attr)
        if found in methods:
            yield found


def _named(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    """Names that stand for a repository: parameters of its type, and what is assigned from a store."""
    repositories, _ = ports()
    for node in nodes:
        if isinstance(node, ast.arg) and isinstance(node.annotation, ast.Name) and node.annotation.id in repositories.values():
            yield node.arg, node.annotation.id
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
            pairs = (
                zip(target.elts, value.elts, strict=False)
                if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
                else [(target, value)]
            )
            for one, of in pairs:
                if isinstance(one, ast.Name) and isinstance(of, ast.Attribute) and of.attr in repositories:
                    yield one.id, repositories[of.attr]


def on_both_stores(file: Path) -> Iterator[Function]:
    """The tests of a file that run on both stores, with what they use of this file and of those that it may share."""
    helpers = {one.name: one for each in (*SHARED, file.parent / "conftest.py", file) for one in functions(each)}
    for test in (one for name, one in helpers.items() if name.startswith("test_")):
        used, queue = dict[str, Function](), [test]
        while queue:
            one = queue.pop()
            used[one.name] = one
            queue += [helpers[name] for name in names(one) if name in helpers and name not in used and not name.startswith("test_")]
        if any(names(one) & BOTH for one in used.values()):
            yield from used.values()


@cache
def functions(file: Path) -> list[Function]:
    return [one for one in ast.walk(parsed(file)) if isinstance(one, Function)]


@cache
def names(tree: ast.AST) -> frozenset[str]:
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Name | ast.arg | ast.Attribute))
    return frozenset(one.id if isinstance(one, ast.Name) else one.arg if isinstance(one, ast.arg) else one.attr for one in found)


def listed(methods: Iterable[Method]) -> str:
    return "\n".join(sorted(".".join(one) for one in methods))


@cache
def called_by_the_program() -> frozenset[Method]:
    files = (one for one in (ROOT / "src").rglob("*.py") if not one.is_relative_to(ROOT / "src/forecourt/store"))
    return frozenset(method for one in files if _mentions().search(one.read_text()) for method in called(parsed(one)))


@cache
def _mentions() -> re.Pattern[str]:
    """Whatever calls a repository's method has its name or its type: parsing the rest takes seconds."""
    repositories, _ = ports()
    return re.compile("|".join((*(rf"\.{one}\b" for one in repositories), *set(repositories.values()), r"\.prefetch_")))


def test_every_store_method_used_by_the_program_is_tested_on_both_stores() -> None:
    tested = {method for file in (ROOT / "tests/store").glob("test_*.py") for one in on_both_stores(file) for method in called(one)}
    missing = called_by_the_program() - tested
    assert not missing, f"Ask these of both stores, for instance in tests/store/test_twins_…:\n{listed(missing)}"


def test_no_store_method_is_unused() -> None:
    unused = ports()[1] - called_by_the_program() - FOR_TESTS
    assert not unused, f"Nobody calls these:\n{listed(unused)}"
