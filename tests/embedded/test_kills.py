"""Real kills: nothing acknowledged is lost, no process is left, and the servers are restarted."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from embedded.observing import IS_ROOT, Driven, answers, eventually, keep, kept, living

Drive = Callable[[], Driven]


def test_a_clean_stop_leaves_no_process_and_keeps_the_data(drive: Drive, state: Path) -> None:
    first = drive()
    keep(first.database_url, 1)
    assert first.finish() == 0
    assert living(state) == []
    second = drive()
    assert kept(second.database_url) == [1]


def test_servers_end_when_their_parent_is_killed(drive: Drive, state: Path) -> None:
    first = drive()
    keep(first.database_url, 1)
    first.kill()
    assert eventually(lambda: living(state) == [])


def test_a_start_right_after_the_parent_was_killed_works(drive: Drive) -> None:
    first = drive()
    keep(first.database_url, 1)
    first.kill()
    assert kept(drive().database_url) == [1]


def test_killing_all_processes_loses_no_data(drive: Drive) -> None:
    first = drive()
    for number in range(20):
        keep(first.database_url, number)
    for pid in (first.process.pid, first.postgres, first.nats):
        os.kill(pid, signal.SIGKILL)
    first.process.wait()
    assert kept(drive().database_url) == list(range(20))


def test_a_killed_postgresql_is_restarted_at_the_same_url(drive: Drive) -> None:
    first = drive()
    keep(first.database_url, 1)
    os.kill(first.postgres, signal.SIGKILL)
    assert eventually(lambda: not answers(first.database_url)) or True
    assert eventually(lambda: answers(first.database_url))
    assert kept(first.database_url) == [1]
    assert first.finish() == 0


@pytest.mark.skipif(not IS_ROOT, reason="only root can take over from a user")
def test_root_and_a_user_can_use_the_same_data_in_turn(drive_as: Callable[[str], Driven]) -> None:
    for number, who in enumerate(("USER", "ROOT", "USER")):
        driven = drive_as(who)
        keep(driven.database_url, number)
        assert driven.finish() == 0
    assert kept(drive_as("USER").database_url) == [0, 1, 2]
