"""Starts reported a day late: what each later message says about the reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from forecourt.kernel import ChargerId, EvseId, OperatorId, SessionId, SiteId
from forecourt.sessions import Meter, Session, mark_late_start, update_lateness
from forecourt.tariffs import PhaseState

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
FIVE_MIN = timedelta(minutes=5)
ID = UUID(int=1)


def late(by: timedelta = DAY, energy_wh: int = 0, trusted: bool = False) -> Session:
    """At a socket of 7,360 W, which gives 613 Wh in five minutes; its start came at noon."""
    start = NOON - by
    ours = (SessionId(ID), OperatorId(ID), SiteId(ID), EvseId(ID), ChargerId("CP1"), "7", start, start)
    return mark_late_start(Session(*ours, PhaseState.CHARGING, 7_360, meter=Meter(energy_wh=energy_wh)), NOON, trusted)


def why(session: Session) -> str:
    if session.late is None:
        return "honest"
    return "clock set" if session.late.jumped else "clock behind" if session.late.behind else "unknown"


@pytest.mark.parametrize(("by", "trusted", "said"), [(30, False, "unknown"), (29, False, "honest"), (1440, True, "honest")])
def test_a_start_reported_half_an_hour_late_is_suspect_unless_the_clock_is_trusted(by: int, trusted: bool, said: str) -> None:
    assert why(late(timedelta(minutes=by), trusted=trusted)) == said


@pytest.mark.parametrize(
    ("waited", "by", "energy_wh", "said"),
    [
        (timedelta(), DAY, 0, "unknown"),
        (timedelta(), DAY - FIVE_MIN, 0, "unknown"),
        (timedelta(), DAY - FIVE_MIN - SECOND, 0, "honest"),  # on its way through a queue
        (timedelta(), FIVE_MIN + SECOND, 0, "honest"),
        (timedelta(), FIVE_MIN, 0, "clock set"),
        (timedelta(), DAY, 613, "unknown"),
        (timedelta(), DAY, 614, "honest"),  # more than could flow since it came
        (FIVE_MIN, DAY, 614, "clock behind"),
        (60 * SECOND, DAY + 15 * SECOND, 0, "clock behind"),
        (60 * SECOND, DAY - 15 * SECOND, 0, "clock behind"),
        (60 * SECOND, DAY + 16 * SECOND, 0, "unknown"),
        (59 * SECOND, DAY, 0, "unknown"),
    ],
)
def test_a_later_message_decides_why_a_start_was_late(waited: timedelta, by: timedelta, energy_wh: int, said: str) -> None:
    received_at = NOON + waited
    assert why(update_lateness(late(energy_wh=energy_wh), received_at - by, received_at)) == said


def test_a_clock_found_slow_stays_slow_until_a_message_arrives_in_time() -> None:
    behind, then = update_lateness(late(), NOON + FIVE_MIN - DAY, NOON + FIVE_MIN), NOON + DAY
    assert update_lateness(behind, then - FIVE_MIN - SECOND, then) == behind
    assert why(update_lateness(behind, then - FIVE_MIN, then)) == "clock set"


def test_a_start_reported_in_time_is_never_suspected_later() -> None:
    in_time = replace(late(), late=None)
    assert update_lateness(in_time, NOON - DAY, NOON) == update_lateness(in_time, NOON, NOON) == in_time
