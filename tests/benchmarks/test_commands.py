"""Every benchmark command named in the docs or in its own description is accepted."""

import re
import shlex
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
FOLDER = TOP / "benchmarks"
NAMES = [path.stem for path in sorted(FOLDER.glob("[a-z]*.py"))]
PAGES = [TOP / "README.md", TOP / "CONTRIBUTING.md", *sorted((TOP / "docs").rglob("*.md"))]
COMMAND = re.compile(r"`(?:python )?benchmarks/([a-z]\w*)\.py((?:\s[^`]*)?)`")
LEFT_OUT = "…"


@pytest.fixture(scope="module")
def parsers() -> Iterator[dict[str, ArgumentParser]]:
    """Some are named like a folder of tests: they are known by their names for no longer than this."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        for name in [one for one in sys.modules if one.split(".")[0] in NAMES]:
            patch.delitem(sys.modules, name)
        yield {name: import_module(name).parser() for name in NAMES}
        for name in NAMES:
            patch.delitem(sys.modules, name)


def refused(parser: ArgumentParser, words: list[str]) -> bool:
    """Whether it cannot be called so. A page need not say again where data lies."""
    if "--data" in parser.format_usage() and "--data" not in words:
        words = ["--data", "DIR", *words]
    try:
        _, unknown = parser.parse_known_args(words)
    except SystemExit:
        return True
    return bool(set(unknown) - {LEFT_OUT})


def test_benchmark_commands_in_the_docs_are_accepted(parsers: dict[str, ArgumentParser]) -> None:
    named = [(page, *found) for page in PAGES for found in COMMAND.findall(page.read_text("utf-8"))]
    wrong = [
        f"{page.name}: {name} {rest}" for page, name, rest in named if name not in parsers or refused(parsers[name], shlex.split(rest))
    ]
    assert len(named) > 40
    assert wrong == []


def test_options_in_benchmark_descriptions_exist(parsers: dict[str, ArgumentParser]) -> None:
    """Descriptions name few options; these must exist."""
    named = {name: set(re.findall(r"--[a-z][\w-]*", (FOLDER / f"{name}.py").read_text("utf-8").split('"""')[1])) for name in NAMES}
    known = {name: set(re.findall(r"--[a-z][\w-]*", parser.format_usage())) for name, parser in parsers.items()}
    assert {name: options - known[name] for name, options in named.items() if options - known[name]} == {}


def test_the_commands_of_a_full_benchmark_run_are_accepted(parsers: dict[str, ArgumentParser]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(TOP))
        whole = import_module("benchmarks.__main__")
    for name in whole.NAMES:
        parsers[name].parse_args([*whole.ARGUMENTS.get(name, []), *whole.QUICK.get(name, []), "--json", "FILE"])
    assert set(parsers) - set(whole.NAMES) == whole.BY_HAND
    assert set(whole.ARGUMENTS) | set(whole.QUICK) <= set(whole.NAMES)
