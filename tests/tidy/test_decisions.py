"""Decision pages have one style of heading, and the index lists each of them under its title."""

import re
from itertools import chain
from pathlib import Path

import pytest

from tidy.test_tidy import TOP, none, tracked_files

FOLDER = TOP / "docs" / "decisions"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
INDEX = (FOLDER / "README.md").read_text("utf-8")
LENGTH = 90  # of a heading with its number
ENTRY = re.compile(r"^- \[([^\]]+)\]\(([^)]+)\)(?: \(((?:amended|replaced) by [\d, ]+)\))?$", re.MULTILINE)
CHANGED = re.compile(r"^\*\*(Amended|Replaced) by\*\* (.+)$", re.MULTILINE)


def number(page: Path) -> int:
    return int(page.name[:4])


def heading(page: Path) -> str:
    return page.read_text("utf-8").partition("\n")[0].removeprefix("# ")


def changed(page: Path) -> str:
    """What the page's first lines say of later decisions, in the words of the index."""
    found = CHANGED.search("\n".join(page.read_text("utf-8").splitlines()[:3]))
    later = re.findall(r"\[(\d+)\]\(", found[2]) if found else []
    return f"{found[1].lower()} by {', '.join(later)}" if found else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_decision_has_its_number_and_a_title_in_its_heading_and_its_file_name(page: Path) -> None:
    assert re.fullmatch(r"\d{4}(-[a-z0-9]+)+\.md", page.name), "NNNN-short-plain-words.md"
    assert re.fullmatch(rf"{number(page)}\. [A-Z]\S* .*[^.:]", heading(page)), f"# {number(page)}. Title that says what was decided"
    assert len(heading(page)) <= LENGTH


def test_decision_numbers_are_unique() -> None:
    numbers = [number(page) for page in PAGES]
    none(f"two pages have the number {each}" for each in sorted({each for each in numbers if numbers.count(each) > 1}))


def test_the_index_lists_every_decision_once_with_its_title_and_its_amendments() -> None:
    entries = sorted(ENTRY.findall(INDEX), key=lambda entry: entry[1])
    assert len(entries) == INDEX.count("\n- ")
    assert entries == [(heading(page), page.name, changed(page)) for page in PAGES]


def test_the_index_names_the_unused_decision_numbers() -> None:
    stated = re.search(r"^Numbers ([\d, and]+) are unused\.$", INDEX, re.MULTILINE)
    assert stated
    assert [int(each) for each in re.findall(r"\d+", stated[1])] == sorted(
        set(range(1, number(PAGES[-1]))) - {number(page) for page in PAGES}
    )


def test_a_linked_decision_number_leads_to_that_decision() -> None:
    link = re.compile(r"\[(?:[Dd]ecision )?(\d+)\](?:\(|: )[^)\s]*?(\d{4})-[\w-]+\.md")
    pages = [path for path in tracked_files() if path.suffix == ".md"]
    links = ((page, *found) for page in pages for found in link.findall(page.read_text("utf-8")))
    none(f"{page.relative_to(TOP)}: [{text}] leads to {target}" for page, text, target in links if int(text) != int(target))


def test_pages_named_in_comments_exist() -> None:
    """Links between pages are checked elsewhere; this covers code, templates and settings of tools."""
    texts = [path for path in tracked_files() if path.suffix in {".py", ".html", ".js", ".sql", ".sh", ".toml", ".yml", ".po"}]
    named = chain.from_iterable(((path, name) for name in re.findall(r"\bdocs/[\w/-]+\.md\b", path.read_text("utf-8"))) for path in texts)
    none(f"{path.relative_to(TOP)} names {name}" for path, name in named if not (TOP / name).exists())
