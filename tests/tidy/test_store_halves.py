"""Both stores have the same structure."""

import ast
from pathlib import Path

import pytest

STORE = Path(__file__).parents[2] / "src/forecourt/store"
# What only one of them needs.
OWN = {
    "memory": {"constraints", "database", "journal", "paid_states", "schema"},
    "postgres": {
        "config_cache",
        "db_connection",
        "document_search",
        "error_translation",
        "identity_map",
        "inbox_lines",
        "lazy_repository",
        "paged_query",
    },
}


def modules(half: str) -> set[str]:
    return {one.stem for one in (STORE / half).glob("*.py")} - OWN[half]


def repositories(half: str, module: str) -> dict[str, list[str]]:
    """The public methods of each public class, in order."""
    classes = [one for one in ast.parse((STORE / half / f"{module}.py").read_text()).body if isinstance(one, ast.ClassDef)]
    return {one.name: [each.name for each in one.body if isinstance(each, ast.FunctionDef) and each.name[0] != "_"] for one in classes}


def common(names: list[str], others: list[str]) -> list[str]:
    return [one for one in names if one in others]


def test_both_stores_have_the_same_modules() -> None:
    assert modules("memory") == modules("postgres")


@pytest.mark.parametrize("module", sorted(modules("memory") - {"__init__", "transactions", "unit"}))
def test_both_stores_have_the_same_repositories_and_methods_in_the_same_order(module: str) -> None:
    memory, postgres = repositories("memory", module), repositories("postgres", module)
    assert list(memory) == common(list(postgres), list(memory))
    for name, methods in memory.items():
        assert common(methods, postgres[name]) == common(postgres[name], methods), name
