"""The weeks of bookings, walk-ins and queues of a site, simulated at small size."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def rows() -> Iterator[dict[str, dict[str, object]]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        from waiting import POLICIES, figures, play

        yield {name: figures(name, play(policy, ["2019-05-14"], [1], 14, DAY), DAY) for name, policy in POLICIES.items()}


def test_all_policies_see_the_same_arrivals_and_every_overtaking_in_the_queue_has_a_reason(rows) -> None:
    assert {row["came"] for row in rows.values()} == {rows["ours"]["came"]}
    assert all(row["inversions_unexplained"] == 0 for row in rows.values())
    assert rows["walk-ins"]["asked"] == 0
    for row in (rows["ours"], rows["named"]):
        kept = float(row["kept_pct"]) * row["asked"] * float(row["accepted_pct"]) / 1e4
        broken = sum(row[f"broken_{cause}"] for cause in ("fault", "overstay", "walk_in"))
        assert kept + broken == pytest.approx(row["asked"] * float(row["accepted_pct"]) / 100, abs=0.1)


def test_drivers_with_a_booking_wait_less_and_late_assignment_honours_more_bookings(rows) -> None:
    assert rows["ours"]["wait_booked_min"] < rows["ours"]["wait_others_min"]
    assert rows["ours"]["kept_pct"] >= rows["named"]["kept_pct"]
