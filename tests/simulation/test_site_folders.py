"""A site of one's own: a site file and tables of sessions in a folder, read or refused with the place of the error."""

import gzip
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from forecourt.simulation import load_recording, load_site, sessions_on

DRAWING: dict[str, Any] = {
    "site": "Depot North",
    "zone": "Europe/Berlin",
    "transformer_kw": 44,
    "scaled_rows": ["supply"],
    "stations": [
        {"id": "D-1", "voltage": 230, "phase_deg": 0, "pilots": [0, 6, 10, 16], "max_a": 16},
        {"id": "D-2", "voltage": 230, "phase_deg": 0},
    ],
    "constraints": [
        {"name": "supply", "limit_a": 40, "coeff": {"D-1": 1, "D-2": 1}},
        {"name": "cable", "limit_a": 32, "coeff": {"D-1": 1}},
    ],
}
IN_STEP = zip(DRAWING["stations"], (("L1", "L2", "L3"), ("L2",)), (0, -120), strict=True)
HEAD = "arrival,departure,station,kwh,requested_kwh\n"
NIGHT = "2026-03-01T23:30:00+01:00,2026-03-02T06:00:00+01:00,D-1,7.5,12\n"


def folder(path: Path, sessions: str = HEAD + NIGHT, encoding: str = "utf-8", **changed: Any) -> str:
    path.mkdir(exist_ok=True)
    (path / "site.json").write_text(json.dumps({**DRAWING, **changed}), encoding)
    (path / "sessions.csv.gz").write_bytes(gzip.compress(sessions.encode(encoding)))
    (path / "weather.csv").write_text("day,degrees\n2026-03-01,4\n")
    return str(path)


def test_a_folder_is_loaded_as_a_site_with_its_sessions(tmp_path: Path) -> None:
    name = folder(tmp_path / "depot")
    site, (session,) = load_site(name), sessions_on(name, date(2026, 3, 1))
    assert (site.slug, site.zone) == ("depot-north", "Europe/Berlin")
    assert [(one.id, one.max_a, one.allowed_a[-1]) for one in site.stations] == [("D-1", 16, 16), ("D-2", 32, 32)]
    assert [row.limit_a for row in site.rows_at(22)] == [20, 32]
    assert session.arrival == datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
    assert (session.energy_wh, session.requested_wh, session.stated_departure) == (7_500, 12_000, None)


def test_a_three_phase_socket_draws_its_current_from_each_phase(tmp_path: Path) -> None:
    station = {"id": "D-1", "voltage": 230, "phase_deg": 0, "phases": ["L1", "L2", "L3"]}
    rows = [{"name": line, "limit_a": 63, "coeff": {"D-1": 1}} for line in station["phases"]]
    site = load_site(folder(tmp_path / "depot", stations=[station], constraints=rows, scaled_rows=[]))
    assert (site.stations[0].loads, site.stations[0].phases) == (3, ("L1", "L2", "L3"))


def test_column_order_separators_and_encoding_of_a_table_do_not_matter(tmp_path: Path) -> None:
    """Other programs write other orders of columns, additional columns, other line ends and a byte order mark."""
    odd = (
        'kwh,user_id,station,departure,arrival,note,requested_kwh\r\n7.5,, D-1 ,2026-03-02T05:00:00Z,2026-03-01 22:30:00+00:00,"a,b",12\r\n'
    )
    german = (HEAD + NIGHT).replace(",", ";").replace("7.5", '"7,5"')
    plain, *others = (
        replace(load_recording(folder(tmp_path / str(number), text, "utf-8-sig")).sessions[0], ref="")
        for number, text in enumerate((HEAD + NIGHT, odd, german, (HEAD + NIGHT).replace(",", "\t")))
    )
    assert others == [plain] * 3


def test_a_table_in_steps_counts_elapsed_time_from_the_date_in_the_site_file(tmp_path: Path) -> None:
    """Also over a clock change: 24 hours after that midnight it is one o'clock."""
    steps = "session_id,station,arrival_step5,departure_step5,kwh\na,D-1,288,300,4.2\n"
    with pytest.raises(ValueError, match=r"line 2: arrival_step5 .*steps_from"):
        load_recording(folder(tmp_path / "unplaced", steps))
    (session,) = load_recording(folder(tmp_path / "depot", steps, steps_from="2026-03-29")).sessions
    assert (session.arrival, session.departure) == (datetime(2026, 3, 29, 23, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC))


@pytest.mark.parametrize(("claimed", "said_wh"), [("True", 12_000), ("true", 12_000), ("1", 12_000), ("FALSE", None), ("", None)])
def test_stated_needs_count_only_for_claimed_sessions(tmp_path: Path, claimed: str, said_wh: int | None) -> None:
    (session,) = load_recording(
        folder(tmp_path / "depot", HEAD.replace("\n", ",claimed\n") + NIGHT.replace("\n", f",{claimed}\n"))
    ).sessions
    assert session.requested_wh == said_wh


def test_pilots_are_whole_amps_within_the_chargers_and_the_cars_range(tmp_path: Path) -> None:
    """Up to the charger's largest pilot. Without a list, all whole amps up to its maximum."""
    large = {"id": "D-2", "voltage": 230, "phase_deg": 0, "max_a": 48}
    odd = {"id": "D-1", "voltage": 230, "phase_deg": 0, "pilots": [0, 2, 6, 8.5, 15.6, 16], "max_a": 15.9}
    site = load_site(folder(tmp_path / "depot", stations=[odd, large]))
    assert [(one.allowed_a, one.max_a) for one in site.stations] == [((6,), 6), (tuple(range(6, 49)), 48)]


def test_unusable_sessions_are_counted_with_their_reason(tmp_path: Path) -> None:
    stranger = "2026-03-02T08:00:00+01:00,2026-03-02T09:00:00+01:00,D-9,3,\n"
    named = "session_id," + HEAD + f"a,{NIGHT}a,{NIGHT}b,{stranger}"
    recording = load_recording(folder(tmp_path / "depot", named))
    assert len(recording.sessions) == 1
    assert recording.dropped == (("socket not on the site's drawing", 1), ("the same stay twice", 1))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"transformer_kw": 0}, "transformer_kw"),
        ({"scaled_rows": ["roof"]}, "roof"),
        ({"stations": []}, "stations"),
        ({"stations": [{**DRAWING["stations"][0], "phases": ["L2", "L1"]}]}, "D-1"),
        ({"stations": [{**DRAWING["stations"][0], "phases": ["L1"]}, DRAWING["stations"][1]]}, "share"),
        ({"stations": "D-1"}, "stations"),
        ({"constraints": [DRAWING["constraints"][0]] * 2}, "name of its own"),
        ({"stations": [{**one, "phases": list(lines), "phase_deg": deg} for one, lines, deg in IN_STEP]}, "supply: phase_deg"),
        ({"constraints": [{"name": "supply", "limit_a": 40, "coeff": {"D-7": 1}}]}, "D-7"),
        ({"stations": [{"id": "a b", "voltage": 230, "phase_deg": 0}], "constraints": [], "scaled_rows": []}, "a b"),
    ],
)
def test_an_inconsistent_site_file_is_refused(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=f"site.json: .*{said}"):
        load_site(folder(tmp_path / "depot", **changed))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2026-03-01T23:30:00,2026-03-02T06:00:00+01:00,D-1,7,\n", "line 2: arrival has no offset"),
        (NIGHT + "soon,2026-03-02T06:00:00+01:00,D-1,7,\n", "line 3"),
        ("2026-03-01T23:30:00+01:00,2026-03-02T06:00:00+01:00,D-1,nan,\n", "line 2: kwh: nan kWh"),
        (NIGHT.replace(",7.5", ",much"), "line 2: kwh: 'much'"),
        (NIGHT.replace("2026-03-02T06:00:00+01:00", ""), "line 2: departure: ''"),
        ("2026-03-01T23:30:00+01:00\n", "line 2"),
    ],
)
def test_an_unreadable_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        load_recording(folder(tmp_path / "depot", HEAD + line))


def test_a_session_id_used_twice_is_refused(tmp_path: Path) -> None:
    other = NIGHT.replace("D-1", "D-2")
    with pytest.raises(ValueError, match="line 3: session_id: 'a' is that of line 2"):
        load_recording(folder(tmp_path / "depot", "session_id," + HEAD + f"a,{NIGHT}a,{other}"))
    name = folder(tmp_path / "two", "session_id," + HEAD + f"a,{NIGHT}")
    (tmp_path / "two" / "more.csv").write_text("session_id," + HEAD + f"a,{other}")
    with pytest.raises(ValueError, match=r"sessions.csv.gz: session_id 'a' stands in another table"):
        load_recording(name)


def test_a_folder_without_a_site_file_or_sessions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"one drawing, site\*\.json; it holds 0"):
        load_site(str(tmp_path))
    with pytest.raises(ValueError, match="holds no table"):
        load_recording(folder(tmp_path / "depot", "a,b\n1,2\n"))
