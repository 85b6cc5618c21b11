"""What is over is forgotten after its days. docs/keeping.md has a line for each table; what is not named here stays."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import LiteralString

import psycopg
from psycopg import sql

from forecourt.store.partitions import drop_readings

BATCH = 1000
# Two processes at it would look at the same rows.
_LOCK = "SELECT pg_try_advisory_lock(hashtext('forgetting'))"


@dataclass(frozen=True, slots=True)
class Spent:
    """A table's rows that are forgotten when `since` is so many days past. only: which of them, in SQL."""

    table: str
    since: str
    days: int
    only: str = "true"


SPENT = (
    # Nobody sends a form, nor the processor an event, again after so long; nor is a session that ended so long ago looked at.
    Spent("commands", "at", 90),
    Spent("webhook_events", "at", 90),
    Spent("sign_ins", "expires_at", 90),
    Spent("app_grants", "expires_at", 90),
    Spent("card_setups", "begun_at", 90),
    # What a charge was given, and why, stands in its record; the newest of a site is the one that holds.
    Spent("plans", "made_at", 90, "EXISTS (SELECT FROM plans later WHERE later.site_id = plans.site_id AND later.number > plans.number)"),
    # Longer than a year, so that what comes once a year never finds its key gone. Orders of money stay with their payments.
    Spent("outbox", "done_at", 400, "lane <> 'payment'"),
    Spent("job_runs", "finished_at", 400),
    Spent("roaming_commands", "asked_at", 400),
    Spent("queue_tickets", "joined_at", 400, "NOT live"),
    Spent("slot_waits", "asked_at", 400, "NOT live"),
    # A calendar year is reckoned until the end of the next.
    Spent("charger_history", "until", 800),
    Spent("past_sites", "until", 800),
)


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a table's rows that are emptied after so many years from the end of the year of `since`, in SQL, as the law counts. The rows
    stay. paths: of the words in the paper."""

    table: str
    since: LiteralString
    years: int
    paths: tuple[tuple[str, ...], ...]


_OVER: LiteralString = "coalesce(ended_on, coalesce(paper->>'used_on', paper->>'given_on')::date + 1095)"
# What payers wrote on their transfers, from which account they came, and from which was collected.
WORDS = (
    Words("bank_lines", "day", 10, (("line", "text"), ("line", "payer"))),
    # Whoever holds the account may say for thirteen months that a debit was never allowed. One that nobody ends is over by itself.
    Words("mandates", _OVER, 2, (("account", "holder"), ("account", "iban"))),
)


def forget_spent(url: str, at: datetime, batches: int = 100) -> dict[str, int]:
    """Forget what is over at an instant, at most so many batches of rows: how many of each table went, or lost their words. Rows that
    somebody holds are left for the next time. Each batch is a commit: whoever ends this at any point loses the batch it was in."""
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute(_LOCK).fetchone() != (True,):
            return {}
        gone: dict[str, int] = {}
        for _, (table, rows) in zip(range(batches), _batches(connection, at), strict=False):
            gone[table] = gone.get(table, 0) + rows
        return gone


def _batches(connection: psycopg.Connection[tuple[object, ...]], at: datetime) -> Iterator[tuple[str, int]]:
    """Each time one more is deleted, until nothing is left."""
    for one in SPENT:
        while rows := connection.execute(_delete(one, at)).rowcount:
            yield one.table, rows
    for words in WORDS:
        while rows := connection.execute(_empty(words, at)).rowcount:
            yield words.table, rows
    for part, rows in drop_readings(connection, at, BATCH):
        yield part, rows


def _empty(one: Words, at: datetime) -> sql.Composed:
    said = [sql.Literal(list(path)) for path in one.paths]
    emptied: sql.Composable = sql.SQL("paper")
    for path in said:
        emptied = sql.SQL("jsonb_set({}, {}, to_jsonb(''::text))").format(emptied, path)
    words = sql.SQL(" || ").join(sql.SQL("coalesce(paper #>> {}, '')").format(path) for path in said)
    return sql.SQL(
        "UPDATE {table} SET paper = {emptied} WHERE ctid = ANY(ARRAY("
        "SELECT ctid FROM {table} WHERE {since} < {until} AND {words} <> '' ORDER BY {since} LIMIT {batch} FOR UPDATE SKIP LOCKED))"
    ).format(
        table=sql.Identifier(one.table),
        emptied=emptied,
        words=words,
        since=sql.SQL(one.since),
        until=sql.Literal(date(at.year - one.years, 1, 1)),
        batch=sql.Literal(BATCH),
    )


def _delete(one: Spent, at: datetime) -> sql.Composed:
    return sql.SQL(
        "DELETE FROM {table} WHERE ctid = ANY(ARRAY("
        "SELECT ctid FROM {table} WHERE {since} < {until} AND ({only}) ORDER BY {since} LIMIT {batch} FOR UPDATE SKIP LOCKED))"
    ).format(
        table=sql.Identifier(one.table),
        since=sql.Identifier(one.since),
        until=sql.Literal(at - timedelta(days=one.days)),
        only=sql.SQL(one.only),
        batch=sql.Literal(BATCH),
    )
