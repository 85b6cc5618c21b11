"""Each rule detects a planted violation, and accepts compliant code."""

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

import pytest

from tidy import rules

Rule = Callable[[rules.Source], Iterator[str]]


def source(path: str, text: str) -> rules.Source:
    return rules.Source(PurePosixPath(path), text)


PLANTED = [
    (rules.clock_reads, "flows/charging/meter.py", "at = clock.now()"),
    (rules.clock_reads, "kernel/timespan.py", "at = datetime.datetime.utcnow()"),
    (rules.clock_reads, "gateway/dialects/v16/reading.py", "day = date.today()"),
    (rules.clock_reads, "planning/solver.py", "from time import monotonic\nat = monotonic()"),
    (rules.floats_in_money, "tariffs/rating.py", "vat = 0.19"),
    (rules.floats_in_money, "ledger/entry.py", "amount = float(text)"),
    (rules.floats_in_money, "billing/model.py", "class Line:\n    amount: float"),
    (rules.sizes, "web/pages.py", "x = 1\n" * 401),
    (rules.sizes, "web/pages.py", "import os\n" * 21),
    (rules.sizes, "web/pages.py", "def page():\n" + "    x = 1\n" * 60),
    (rules.sizes, "web/pages.py", "def page(a, b, c, /, d, *, e, f, g): ..."),
    (rules.sizes, "web/pages.py", "async def page(a, b, c, d, e, *f, **g): ..."),
    (rules.prints, "web/pages.py", "print(1)"),
    (rules.months_of_utc, "web/money/vat_report.py", "name = f'{span.start:%Y-%m}'"),
    (rules.dynamic_imports, "jobs/worker.py", "importlib.import_module('forecourt.web')"),
    (rules.dynamic_imports, "jobs/worker.py", "__import__('forecourt.web')"),
    (rules.broad_excepts, "flows/paying/pay.py", "try: ...\nexcept Exception: ..."),
    (rules.broad_excepts, "drivers/model.py", "try: ...\nexcept: ..."),
    (rules.broad_excepts, "drivers/model.py", "try: ...\nexcept (ValueError, BaseException): ..."),
]
HONEST = [
    (rules.clock_reads, "web/pages.py", "at = clock.now()"),
    (rules.clock_reads, "tariffs/rating.py", "at = instant.time()"),
    (rules.floats_in_money, "planning/solver.py", "x = float(y) * 0.5"),
    (rules.floats_in_money, "tariffs/rating.py", "vat = Decimal('0.19')"),
    (rules.floats_in_money, "tariffs/json_reader.py", "if isinstance(value, int | float): ..."),
    (rules.sizes, "gateway/dialects/v16/types_schema.py", "x = 1\n" * 401),
    (rules.sizes, "web/pages.py", "class Page:\n    def draw(self, a, b, c, d, e, f): ..."),
    (rules.sizes, "cli/replaying.py", "@main.command()\ndef replay(a, b, c, d, e, f, g): ..."),
    (rules.prints, "cli/__init__.py", "print(1)"),
    (rules.months_of_utc, "web/money/vat_report.py", "name = f'{first:%Y-%m}'"),
    (rules.broad_excepts, "drivers/model.py", "try: ...\nexcept ValueError: ..."),
]


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED)
def test_a_planted_violation_is_detected(rule: Rule, path: str, text: str) -> None:
    assert len(list(rule(source(path, text)))) == 1


@pytest.mark.parametrize(("rule", "path", "text"), HONEST)
def test_a_compliant_line_passes(rule: Rule, path: str, text: str) -> None:
    assert list(rule(source(path, text))) == []


def test_every_rule_has_a_planted_violation() -> None:
    assert {rule for rule, _, _ in PLANTED} == set(rules.PER_FILE)


def test_long_functions_raise_the_median() -> None:
    long = source("web/pages.py", "def page():\n" + "    x = 1\n" * 20)
    short = source("web/pages.py", "def page(): ...")
    assert list(rules.long_median([long, long, short])) == ["the median function has 21 lines (10 are allowed)"]
    assert list(rules.long_median([long, short, short])) == []


def test_a_folder_missing_in_the_architecture_page_is_detected() -> None:
    page = "| `web` | pages |\nthe folder `web/drawing` is only mentioned here"
    found = rules.undocumented_folders(["web", "web/drawing"], page)
    assert list(found) == ["web/drawing has no line in docs/architecture.md"]


def test_an_export_with_the_name_of_a_module_is_detected() -> None:
    files = [source("tariffs/__init__.py", "from forecourt.tariffs.rate import rate, Line"), source("tariffs/rate.py", "")]
    assert len(list(rules.shadowed_modules(files))) == 1
    assert list(rules.shadowed_modules([files[0], source("tariffs/rating.py", "")])) == []
    modules = source("tariffs/__init__.py", "from forecourt.tariffs import rate")
    assert list(rules.shadowed_modules([modules, files[1]])) == []


def test_an_unused_export_is_detected() -> None:
    door = source("tariffs/__init__.py", '__all__ = ["Line", "rate"]')
    for text, unused in ((".tariffs import rate", 1), (".tariffs import Line, rate", 0), (" import tariffs\ntariffs.rate()", 1)):
        assert len(list(rules.unused_exports([door], [door, source("web/quotes.py", f"from forecourt{text}")]))) == unused


def test_two_migrations_after_the_same_one_are_detected() -> None:
    def step(number: str, before: str | None, name: str) -> rules.Source:
        return source(f"store/migrations/versions/v{number}_{name}.py", f"revision = {number!r}\ndown_revision = {before!r}")

    first = step("0001", None, "house")
    assert list(rules.branching_migrations([step("0002", "0001", "book"), first])) == []
    assert len(list(rules.branching_migrations([first, step("0002", "0001", "book"), step("0002", "0001", "waiting")]))) == 1


@pytest.mark.parametrize("text", ["cd /wor" + "k/main", "'/home/" + "ann/x'", "https://pypi.example/sim" + "ple/nats"])
def test_machine_paths_and_hosts_are_detected(text: str) -> None:
    assert len(list(rules.machine_traces("README.md", f"fine\n{text}"))) == 1


def test_documentation_addresses_pass() -> None:
    assert list(rules.machine_traces("README.md", "https://example.com/docs, ./work/x and /var/lib/forecourt")) == []
