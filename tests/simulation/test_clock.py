"""Virtual time, shared between processes through the environment."""

import asyncio
import time
from datetime import UTC, datetime

import pytest

from forecourt.simulation import Clock
from forecourt.simulation.clock import instant_of, stamp

ORIGIN = datetime(2019, 9, 5, 12, tzinfo=UTC)


def test_another_process_sees_the_same_virtual_time():
    clock = Clock.starting(ORIGIN, 600)
    other = Clock.from_environment({"FORECOURT_CLOCK": clock.to_environment()})
    assert other == clock and abs(other.seconds() - clock.seconds()) < 60


def test_without_a_configured_clock_system_time_is_used():
    assert abs(Clock.from_environment({}).now() - datetime.now(UTC)).total_seconds() < 5


@pytest.mark.parametrize(
    "text",
    ["2019-09-05T12:00:00Z,600", "2019-09-05T12:00:00,600,1", "2019-09-05T12:00:00Z,0,1", "x,1,1", "2019-09-05T12:00:00Z,600,1,/no/such"],
)
def test_a_malformed_clock_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        Clock.from_environment({"FORECOURT_CLOCK": text})


def test_a_slowed_clock_is_slowed_in_all_processes_and_never_jumps(tmp_path):
    clock = Clock.starting(ORIGIN, 600, tmp_path / "pace")
    other = Clock.from_environment({"FORECOURT_CLOCK": clock.to_environment()})
    assert other == clock
    clock.run_at(0.001)
    before = other.seconds()
    time.sleep(0.05)
    assert 0 < other.seconds() - before < 1 and abs(clock.seconds() - other.seconds()) < 1
    since = time.monotonic()
    clock.run_at(600)
    assert other.seconds() - before < 1 + 600 * (time.monotonic() - since)


def test_a_clock_that_is_not_kept_running_stands_still_until_it_is(tmp_path):
    clock = Clock.starting(ORIGIN, 600, tmp_path / "pace")
    other = Clock.from_environment({"FORECOURT_CLOCK": clock.to_environment()})
    begun = clock.seconds()
    clock.run_at(600, lasts_s=0.01)
    time.sleep(0.05)
    stopped = other.seconds()
    time.sleep(0.05)
    assert other.seconds() == stopped
    clock.run_at(600)
    assert begun < stopped <= other.seconds()


def test_virtual_time_never_runs_backwards_even_if_its_writer_is_suspended(tmp_path):
    clock = Clock.starting(ORIGIN, 1800, tmp_path / "pace")
    other = Clock.from_environment({"FORECOURT_CLOCK": clock.to_environment()})
    assert clock.pace is not None and other.pace is not None
    slower = clock.pace.line(1.0)
    time.sleep(0.02)  # the processor went to somebody else, who saw time run on
    seen = other.seconds()
    assert seen > clock.origin + 18
    clock.pace.follow(slower)
    assert clock.seconds() >= seen  # it would be those 36 s earlier
    clock.run_at(1800)
    time.sleep(0.01)
    assert other.seconds() > seen  # and runs on with the next line


async def test_a_timer_set_before_the_clock_slowed_down_does_not_fire_early(tmp_path):
    clock = Clock.starting(ORIGIN, 600, tmp_path / "pace")
    fired = asyncio.get_running_loop().create_future()
    due = clock.seconds() + 30
    clock.call_at(due, lambda: fired.set_result(clock.seconds()))
    clock.run_at(150)
    assert await fired >= due - 1


async def test_sleeping_until_an_instant_never_wakes_before_it():
    clock = Clock.starting(ORIGIN, 6000)
    await clock.sleep_until(ORIGIN.timestamp() + 300)
    assert clock.seconds() >= ORIGIN.timestamp() + 300


def test_timestamps_are_written_and_read_as_rfc_3339():
    assert stamp(ORIGIN.timestamp() + 0.5) == "2019-09-05T12:00:00.500Z"
    assert instant_of("2019-09-05T14:00:00+02:00") == ORIGIN.timestamp() == instant_of("2019-09-05T12:00:00")
