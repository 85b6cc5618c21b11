"""Meter points lie in one partition a month."""

from datetime import UTC, date, datetime

import psycopg
from psycopg import sql


def ensure_partitions(url: str, month: date, count: int = 3) -> None:
    """Make the partitions of `count` months from that of `month` on. Points that came before their partition are moved into it.

    Raises psycopg.errors.LockNotAvailable while somebody reads all of them (a backup): whoever writes would have to wait behind us.
    """
    with psycopg.connect(url) as connection:
        connection.execute("SET LOCAL lock_timeout = '2s'")
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('meter_points'))")
        first = datetime(month.year, month.month, 1, tzinfo=UTC)
        for _ in range(count):
            after = _next(first)
            _ensure(connection, first, after)
            first = after


def _next(month: datetime) -> datetime:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def _ensure(connection: psycopg.Connection[tuple[object, ...]], first: datetime, after: datetime) -> None:
    name = f"meter_points_{first:%Y_%m}"
    if connection.execute("SELECT to_regclass(%s)", [name]).fetchone() != (None,):
        return
    part = sql.Identifier(name)
    # A partition cannot be attached while the default one holds rows that belong into it.
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
