"""The repository keeps its own rules."""

import re
import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path, PurePosixPath

import pytest

from tidy import rules

TOP = Path(__file__).parents[2]
PACKAGE = TOP / "src" / "forecourt"
SOURCES = [rules.Source(PurePosixPath(path.relative_to(PACKAGE)), path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))]
CONTRACTS = {each["id"]: each for each in tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]}


def none(findings: Iterable[str]) -> None:
    """Every finding on a line of its own."""
    text = "\n".join(findings)
    assert not text, f"\n{text}"


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [TOP / name for name in listed.stdout.decode().split("\0") if name and (TOP / name).is_file()]


@pytest.mark.parametrize("rule", rules.PER_FILE, ids=lambda rule: rule.__name__)
def test_every_source_file_keeps_the_rules(rule: object) -> None:
    assert callable(rule)
    none(chain.from_iterable(rule(source) for source in SOURCES))


def test_templates_and_their_lines_are_short_except_for_texts() -> None:
    quoted = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
    texts = {path: path.read_text("utf-8").splitlines() for path in sorted((PACKAGE / "web" / "templates").rglob("*.html"))}
    long = [f"{path.relative_to(TOP)} has {len(lines)} lines (400 are allowed)" for path, lines in texts.items() if len(lines) > 400]
    for path, lines in texts.items():
        wide = (n for n, line in enumerate(lines, start=1) if len(line) > 140 and len(quoted.sub("", line)) > 40)
        long += [f"{path.relative_to(TOP)}:{n} is longer than 140 letters" for n in wide]
    none(long)


def beside(*folders: str) -> list[rules.Source]:
    files = [path for folder in folders for path in sorted((TOP / folder).rglob("*.py"))]
    return [rules.Source(PurePosixPath(path.relative_to(TOP)), path.read_text("utf-8")) for path in files]


def test_benchmarks_examples_and_tools_keep_the_size_limits() -> None:
    files = beside("benchmarks", "examples", "tools")
    assert len(files) > 40
    none(chain.from_iterable(rule(source) for rule in (rules.sizes, rules.dynamic_imports) for source in files))
    none(rules.long_median(files))


def test_the_median_function_is_short() -> None:
    none(rules.long_median(SOURCES))


def folders() -> Iterator[str]:
    """Folders of the package that hold a file; below `vendor` lie other people's."""
    for path in PACKAGE.rglob("*"):
        folder = path.relative_to(PACKAGE).parent
        if path.is_file() and folder.parts and not {"__pycache__"} & set(folder.parts) and "vendor" not in folder.parts[:-1]:
            yield folder.as_posix()


def test_every_folder_is_listed_in_the_architecture_page() -> None:
    page = (TOP / "docs" / "architecture.md").read_text("utf-8")
    none(rules.undocumented_folders(folders(), page))


def test_the_migrations_form_one_chain() -> None:
    none(rules.branching_migrations(SOURCES))


def test_no_module_has_the_name_of_something_its_package_exports() -> None:
    none(rules.shadowed_modules(SOURCES))


def test_every_export_of_a_package_is_used() -> None:
    none(rules.unused_exports(SOURCES, [*SOURCES, *beside("tests", "benchmarks", "examples", "tools")]))


def test_no_file_names_a_machine_or_a_registry() -> None:
    found: list[str] = []
    for path in tracked_files():
        raw = path.read_bytes()
        if b"\0" not in raw[:8000]:
            found += rules.machine_traces(str(path.relative_to(TOP)), raw.decode("utf-8", "replace"))
    none(found)


def test_no_lock_file_that_names_hosts_is_tracked() -> None:
    assert {path.name for path in tracked_files()} & {"uv.lock", "pylock.toml"} == set()


def exists(room: str) -> bool:
    return (PACKAGE / f"{room}.py").is_file() or (PACKAGE / room.replace(".", "/") / "__init__.py").is_file()


def test_the_purity_contract_lists_every_room() -> None:
    pure = {f"forecourt.{room}" for room in rules.ROOMS | {"flows", "gateway.wire", "gateway.dialects"} if exists(room)}
    assert set(CONTRACTS["purity"]["source_modules"]) == pure


def test_only_rooms_not_yet_built_are_optional_in_the_layers() -> None:
    listed = [room.strip() for layer in CONTRACTS["layers"]["layers"] for room in layer.split("|")]
    assert {room.strip("()") for room in listed if room.startswith("(")} == {
        room.strip("()") for room in listed if not exists(room.strip("()"))
    }


def test_no_contract_has_an_exception() -> None:
    keys = set(chain.from_iterable(CONTRACTS.values()))
    assert not {key for key in keys if "ignore" in key or "skip" in key}


def test_every_test_named_in_the_page_of_faults_exists() -> None:
    page = (TOP / "docs" / "faults.md").read_text("utf-8")
    named = set(re.findall(r"`([\w/]+\.py)::(\w+)`", page))
    defined = {(path, name) for path in {path for path, _ in named} for name in re.findall(r"def (test_\w+)", _test_text(path))}
    none(f"docs/faults.md names tests/{path}::{name}, which does not exist" for path, name in sorted(named - defined))
    benchmarks = re.findall(r"`(benchmarks/\w+\.py)`", page)
    none(f"docs/faults.md names {path}, which does not exist" for path in benchmarks if not (TOP / path).exists())


def test_the_page_of_faults_has_one_line_for_each_number() -> None:
    page = (TOP / "docs" / "faults.md").read_text("utf-8")
    listed = [row.strip() for line in re.findall(r"^\| ([SFR]\d[^|]*) \|", page, re.MULTILINE) for row in line.split(",")]
    assert listed == [f"{kind}{number}" for kind, last in (("S", 30), ("F", 49), ("R", 23)) for number in range(1, last + 1)]


LINK = re.compile(r"(?:\]\(|^\[[^\]]+\]: )(?!https?:)([^)\s]+)", re.MULTILINE)  # in its place, or at the foot of the page


def shown(page: Path) -> str:
    """A page without its examples, where brackets are no links."""
    return re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)


def test_every_link_in_the_docs_leads_to_a_file_and_heading() -> None:
    pages = [path for path in tracked_files() if path.suffix == ".md"]
    links = [(page, target) for page in pages for target in re.findall(LINK, shown(page))]
    none(f"{page.relative_to(TOP)} leads to {target}" for page, target in links if not leads(page, *target.partition("#")[::2]))
    reached = {(page.parent / target.partition("#")[0]).resolve() for page, target in links}
    none(f"no page leads to {page.relative_to(TOP)}" for page in (TOP / "docs").glob("*.md") if page not in reached)


def leads(page: Path, path: str, heading: str) -> bool:
    file = page.parent / path if path else page
    if not heading:
        return file.exists()
    named = {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^#+ (.+)$", shown(file), re.MULTILINE)}
    return heading in named


def test_every_setting_is_listed_and_the_readme_agrees_with_the_settings_page() -> None:
    """Except variables by which the program's own processes communicate."""
    row = re.compile(r"^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|.*$", re.MULTILINE)
    page, first = (list(row.finditer((TOP / name).read_text("utf-8"))) for name in ("docs/settings.md", "README.md"))
    told = {name for found in page for name in re.findall(r"`(\w+)`", found[1])}
    read = {name for source in SOURCES for name in re.findall(r"\b(FORECOURT_[A-Z_]*[A-Z]|DATABASE_URL|NATS_URL)\b", source.text)}
    assert told == read - {"FORECOURT_CLOCK", "FORECOURT_PARENT"}
    assert {found[0] for found in first} < {found[0] for found in page}


def _test_text(path: str) -> str:
    file = TOP / "tests" / path
    return file.read_text("utf-8") if file.is_file() else ""
