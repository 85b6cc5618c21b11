"""Meter points are stored in one partition per month."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import psycopg
from psycopg import sql

# Unless an operator has set another period (`Operator.keep_readings_months`).
DEFAULT_RETENTION_MONTHS = 48
_PART = "meter_points_"


def ensure_partitions(url: str, month: date, count: int = 3) -> None:
    """Create the partitions of `count` months starting with that of `month`. Points that came before their partition are moved into it.

    Raises psycopg.errors.LockNotAvailable while somebody reads all of them (a backup): writers would have to wait behind us.
    """
    with psycopg.connect(url) as connection:
        connection.execute("SET LOCAL lock_timeout = '2s'")
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('meter_points'))")
        first = datetime(month.year, month.month, 1, tzinfo=UTC)
        for _ in range(count):
            after = _next(first)
            _ensure(connection, first, after)
            first = after


def delete_expired_readings(connection: psycopg.Connection[tuple[object, ...]], at: datetime, batch: int) -> Iterator[tuple[str, int]]:
    """Delete the points of months whose period has ended for every operator: whole tables, with the points in them, and in batches those
    outside any partition. A month that is being read stays until the next time. Needs a connection that commits each statement."""
    months = connection.execute(
        "SELECT max(coalesce((data->>'keep_readings_months')::int, %s)) FROM operators", [DEFAULT_RETENTION_MONTHS]
    ).fetchone()
    number = at.year * 12 + at.month - 1 - int(str((months and months[0]) or DEFAULT_RETENTION_MONTHS))
    first = datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)
    for name in _months_before(connection, first):
        try:
            with connection.transaction():
                connection.execute("SET LOCAL lock_timeout = '2s'")
                connection.execute("LOCK TABLE meter_points IN ACCESS EXCLUSIVE MODE")
                found = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
                connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(name)))
        except psycopg.errors.LockNotAvailable:
            return
        yield name, int(str(found[0])) if found else 0
    undated = "DELETE FROM meter_points_default WHERE ctid = ANY(ARRAY(SELECT ctid FROM meter_points_default WHERE at < %s LIMIT %s))"
    while rows := connection.execute(undated, [first, batch]).rowcount:
        yield "meter_points_default", rows


def _months_before(connection: psycopg.Connection[tuple[object, ...]], first: datetime) -> list[str]:
    found = connection.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'meter_points'::regclass ORDER BY 1")
    names = [str(name) for (name,) in found.fetchall()]
    return [name for name in names if name.startswith(_PART) and name < f"{_PART}{first:%Y_%m}" and name != f"{_PART}default"]


def _next(month: datetime) -> datetime:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def _ensure(connection: psycopg.Connection[tuple[object, ...]], first: datetime, after: datetime) -> None:
    name = f"{_PART}{first:%Y_%m}"
    if connection.execute("SELECT to_regclass(%s)", [name]).fetchone() != (None,):
        return
    part = sql.Identifier(name)
    # A partition cannot be attached while the default one holds rows that belong to it.
    connection.execute(sql.SQL("CREATE TABLE {} (LIKE meter_points INCLUDING DEFAULTS INCLUDING IDENTITY)").format(part))
    connection.execute(sql.SQL("ALTER TABLE {} ALTER COLUMN id DROP IDENTITY").format(part))
    connection.execute("LOCK TABLE meter_points IN ACCESS EXCLUSIVE MODE")
    connection.execute(
        sql.SQL(
            "WITH moved AS (DELETE FROM meter_points_default WHERE at >= {0} AND at < {1} RETURNING *) INSERT INTO {2} SELECT * FROM moved"
        ).format(sql.Literal(first), sql.Literal(after), part)
    )
    connection.execute(
        sql.SQL("ALTER TABLE meter_points ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
            part, sql.Literal(first), sql.Literal(after)
        )
    )
