"""The benchmarks read the same recordings of sites as the replay."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def garage(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import _garage

    return _garage


def test_the_day_of_a_stay_is_local_to_the_site_in_any_notation(garage, tmp_path: Path) -> None:
    """In any order of lines; a session without energy is left out."""
    table = tmp_path / "sessions.csv"
    table.write_text(
        "session_id,station,arrival,departure,kwh\n"
        "late,A,2026-03-02T07:00:00Z,2026-03-02T09:00:00Z,4\n"
        "night,A,2026-03-01T23:30:00Z,2026-03-02T06:00:00+01:00,3\n"
        "none,B,2026-03-02T08:00:00+01:00,2026-03-02T09:00:00+01:00,0\n"
        "before,B,2026-03-01T22:30:00Z,2026-03-02T06:00:00+01:00,5\n"
    )
    day = garage.load_day(garage.Table(table, "Europe/Berlin"), "2026-03-02", {"A", "B"})
    assert [(car.id, car.need_wh) for car in day] == [("night", 3000), ("late", 4000)]


def test_a_table_in_steps_counts_from_the_given_day(garage, tmp_path: Path) -> None:
    table = tmp_path / "march.csv"
    table.write_text("session_id,station,arrival_step5,departure_step5,kwh\na,A,300,312,4\n")
    (car,) = garage.load_day(garage.Table(table, "America/Los_Angeles", "2019-03-01"), "2019-03-02", {"A"})
    assert car.arrival.isoformat() == "2019-03-02T09:00:00+00:00"


def test_a_month_is_local_to_the_site_and_read_from_all_tables(garage, tmp_path: Path) -> None:
    instants, steps = tmp_path / "may.csv", tmp_path / "march.csv"
    instants.write_text(
        "session_id,station,arrival,departure,kwh\n"
        "first,A,2026-04-30T22:02:00Z,2026-05-01T01:03:00Z,4\n"
        "april,A,2026-04-30T21:58:00Z,2026-04-30T22:00:00Z,4\n"
        "elsewhere,Z,2026-05-02T08:00:00Z,2026-05-02T09:00:00Z,4\n"
    )
    steps.write_text("session_id,station,arrival_step5,departure_step5,kwh\nagain,A,12,24,3\n")
    tables = [garage.Table(instants, "Europe/Berlin"), garage.Table(steps, "Europe/Berlin", "2026-05-31")]
    month = garage.load_month(tables, "2026-05", {"A"})
    assert [(car.id, f"{car.arrival:%d %H:%M}", f"{car.departure:%d %H:%M}") for car in month.sessions] == [
        ("first", "30 22:00", "01 01:00"),
        ("again", "30 23:00", "31 00:00"),
    ]
    assert len(month.days) == 31
    with pytest.raises(SystemExit, match="Nobody came in 2026-06"):
        garage.load_month(tables, "2026-06", {"A"})
