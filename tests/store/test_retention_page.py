"""docs/keeping.md states for every table how long its rows are kept, in agreement with the code."""

import re
from pathlib import Path

import psycopg

from forecourt.store import RETENTION_RULES, TEXT_RETENTION_RULES

PAGE = Path(__file__).parents[2] / "docs" / "keeping.md"
BY = {"-", "itself", "owner", "run", "partition", "words"}


def lines() -> list[tuple[str, str]]:
    """Tables, and what forgets their rows."""
    return re.findall(r"^\| `(\w+)` \|(?:[^|\n]+\|){4} ([^|\n]+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)


def test_every_table_has_one_line_in_the_retention_page(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace"
        )
        assert sorted(name for name, _ in lines()) == sorted(name for (name,) in found)


def test_the_retention_page_states_the_days_that_the_code_uses() -> None:
    said = {name: by for name, by in lines() if by not in BY}
    assert said == {one.table: f"{one.days} days" for one in RETENTION_RULES}
    assert {name for name, by in lines() if by == "words"} == {one.table for one in TEXT_RETENTION_RULES}


def test_expired_rows_are_found_by_an_index_on_their_age(database_url: str) -> None:
    """Otherwise each deletion would read the whole table. Exempt are small tables, with a row for each run, wait, command or card."""
    with psycopg.connect(database_url) as connection:
        found = connection.execute("SELECT tablename, indexdef FROM pg_indexes")
        by_age = {
            table
            for table, made in found
            for one in (*RETENTION_RULES, *TEXT_RETENTION_RULES)
            if table == one.table and f"({one.since})" in made
        }
    assert {one.table for one in (*RETENTION_RULES, *TEXT_RETENTION_RULES)} - by_age == {
        "job_runs",
        "queue_tickets",
        "roaming_commands",
        "card_setups",
        "mandates",
    }
