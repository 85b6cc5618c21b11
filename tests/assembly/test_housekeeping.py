"""Expired rows are deleted, and partitions for meter readings created, when a worker starts."""

import asyncio
from datetime import UTC, datetime

import psycopg
import pytest

from forecourt.assembly.housekeeping import retention_beat
from forecourt.store import ensure_partitions


class December:
    def now(self) -> datetime:
        return datetime(2026, 12, 30, 23, tzinfo=UTC)


def tables(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'meter_points'::regclass ORDER BY 1")
        return [name for (name,) in found]


async def test_a_starting_worker_deletes_expired_rows(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO commands VALUES ('old', '', '2026-09-01Z'), ('new', '', '2026-12-01Z')")
        running = asyncio.create_task(retention_beat(database_url, December()).run())
        async with asyncio.timeout(30):
            while connection.execute("SELECT key FROM commands").fetchall() != [("new",)]:
                await asyncio.sleep(0.02)
        running.cancel()


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_starting_worker_creates_the_reading_partitions_of_this_month_and_the_next_two(database_url: str, workers: int) -> None:
    beats = [retention_beat(database_url, December()) for _ in range(workers)]
    running = [asyncio.create_task(beat.run()) for beat in beats]
    async with asyncio.timeout(30):
        while len(tables(database_url)) < 4:
            await asyncio.sleep(0.02)
    for one in running:
        one.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    assert tables(database_url) == ["meter_points_2026_12", "meter_points_2027_01", "meter_points_2027_02", "meter_points_default"]


def test_partition_creation_waiting_for_a_backup_gives_up_so_that_writers_do_not_wait(database_url: str) -> None:
    with psycopg.connect(database_url) as backup:
        backup.execute("LOCK TABLE meter_points IN ACCESS SHARE MODE")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            ensure_partitions(database_url, December().now().date())
    ensure_partitions(database_url, December().now().date())
