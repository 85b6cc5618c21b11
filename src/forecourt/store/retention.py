"""Deletes data at the end of its retention period. docs/keeping.md has a line for each table; other tables are never purged."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import LiteralString

import psycopg
from psycopg import sql

from forecourt.store.partitions import delete_expired_readings

BATCH = 1000
# Prevents two processes from working on the same rows.
_RETENTION_LOCK = "SELECT pg_try_advisory_lock(hashtext('forgetting'))"
_RETENTION_UNLOCK = "SELECT pg_advisory_unlock(hashtext('forgetting'))"


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """Rows of a table are deleted this many days after the column `since`. only: a condition in SQL."""

    table: str
    since: str
    days: int
    only: str = "true"


RETENTION_RULES = (
    # After this long, no form and no event of the processor is sent again, and no one looks at a session that has ended.
    RetentionRule("commands", "at", 90),
    RetentionRule("webhook_events", "at", 90),
    RetentionRule("sign_ins", "expires_at", 90),
    RetentionRule("app_grants", "expires_at", 90),
    RetentionRule("card_setups", "begun_at", 90),
    RetentionRule("delivery_attempts", "at", 90),
    # A charge's grants and their reasons are stored in its record; the newest of a site is the one in force.
    RetentionRule(
        "plans", "made_at", 90, "EXISTS (SELECT FROM plans later WHERE later.site_id = plans.site_id AND later.number > plans.number)"
    ),
    # Longer than a year, so that the keys of yearly commands still exist. Orders for money stay with their payments.
    RetentionRule("outbox", "done_at", 400, "lane <> 'payment'"),
    RetentionRule("job_runs", "finished_at", 400),
    RetentionRule("roaming_commands", "asked_at", 400),
    RetentionRule("queue_tickets", "joined_at", 400, "NOT live"),
    RetentionRule("slot_waits", "asked_at", 400, "NOT live"),
    # A calendar year can be billed until the end of the next.
    RetentionRule("charger_history", "until", 800),
    RetentionRule("past_sites", "until", 800),
)


@dataclass(frozen=True, slots=True)
class TextRetentionRule:
    """Texts in a table's rows are cleared this many years after the end of the year of `since` (in SQL), as the law counts. The rows
    stay. paths: of the texts in the JSON."""

    table: str
    since: LiteralString
    years: int
    paths: tuple[tuple[str, ...], ...]


_OVER: LiteralString = "coalesce(ended_on, coalesce(data->>'used_on', data->>'given_on')::date + 1095)"
# The texts of payers' transfers, and the accounts that money came from or was collected from.
TEXT_RETENTION_RULES = (
    TextRetentionRule("bank_lines", "day", 10, (("line", "text"), ("line", "payer"))),
    # The account holder may dispute a debit as unauthorised for thirteen months. A mandate that nobody ends expires by itself.
    TextRetentionRule("mandates", _OVER, 2, (("account", "holder"), ("account", "iban"))),
)


def delete_expired(url: str, at: datetime, batches: int = 100) -> dict[str, int]:
    """Delete what has expired at an instant, in a limited number of batches; returns how many rows of each table were deleted or
    cleared. Locked rows are left for the next time. Each batch is one commit: an interruption at any point loses only the current batch."""
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute(_RETENTION_LOCK).fetchone() != (True,):
            return {}
        deleted: dict[str, int] = {}
        for _, (table, rows) in zip(range(batches), _batches(connection, at), strict=False):
            deleted[table] = deleted.get(table, 0) + rows
        connection.execute(_RETENTION_UNLOCK)  # closing the connection would release it too, but a moment later
        return deleted


def _batches(connection: psycopg.Connection[tuple[object, ...]], at: datetime) -> Iterator[tuple[str, int]]:
    """Each step deletes one more batch, until nothing is left."""
    for one in RETENTION_RULES:
        while rows := connection.execute(_delete(one, at)).rowcount:
            yield one.table, rows
    for words in TEXT_RETENTION_RULES:
        while rows := connection.execute(_clear_texts(words, at)).rowcount:
            yield words.table, rows
    for part, rows in delete_expired_readings(connection, at, BATCH):
        yield part, rows


def _clear_texts(one: TextRetentionRule, at: datetime) -> sql.Composed:
    said = [sql.Literal(list(path)) for path in one.paths]
    emptied: sql.Composable = sql.SQL("data")
    for path in said:
        emptied = sql.SQL("jsonb_set({}, {}, to_jsonb(''::text))").format(emptied, path)
    words = sql.SQL(" || ").join(sql.SQL("coalesce(data #>> {}, '')").format(path) for path in said)
    return sql.SQL(
        "UPDATE {table} SET data = {emptied} WHERE ctid = ANY(ARRAY("
        "SELECT ctid FROM {table} WHERE {since} < {until} AND {words} <> '' ORDER BY {since} LIMIT {batch} FOR UPDATE SKIP LOCKED))"
    ).format(
        table=sql.Identifier(one.table),
        emptied=emptied,
        words=words,
        since=sql.SQL(one.since),
        until=sql.Literal(date(at.year - one.years, 1, 1)),
        batch=sql.Literal(BATCH),
    )


def _delete(one: RetentionRule, at: datetime) -> sql.Composed:
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
