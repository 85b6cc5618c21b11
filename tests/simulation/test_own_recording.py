"""A garage that somebody brings: one drawing and tables of sessions in a folder, read or refused with the place of the fault."""

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from forecourt.simulation import load_recording, load_site, sessions_on

DRAWING = {
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
HEAD = "arrival,departure,station,kwh,requested_kwh\n"
NIGHT = "2026-03-01T23:30:00+01:00,2026-03-02T06:00:00+01:00,D-1,7.5,12\n"


def folder(path: Path, sessions: str = HEAD + NIGHT, **changed: object) -> str:
    path.mkdir(exist_ok=True)
    (path / "site.json").write_text(json.dumps({**DRAWING, **changed}))
    (path / "sessions.csv.gz").write_bytes(gzip.compress(sessions.encode()))
    (path / "weather.csv").write_text("day,degrees\n2026-03-01,4\n")
    return str(path)


def test_a_folder_is_a_site_with_its_sessions(tmp_path: Path) -> None:
    name = folder(tmp_path / "depot")
    site, (session,) = load_site(name), sessions_on(name, date(2026, 3, 1))
    assert (site.slug, site.zone) == ("depot-north", "Europe/Berlin")
    assert [(one.id, one.max_a, one.allowed_a[-1]) for one in site.stations] == [("D-1", 16, 16), ("D-2", 32, 32)]
    assert [row.limit_a for row in site.rows_at(22)] == [20, 32]
    assert session.arrival == datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
    assert (session.energy_wh, session.requested_wh, session.stated_departure) == (7_500, 12_000, None)


def test_a_socket_of_three_phases_draws_its_amps_from_each(tmp_path: Path) -> None:
    station = {"id": "D-1", "voltage": 230, "phase_deg": 0, "phases": ["L1", "L2", "L3"]}
    rows = [{"name": line, "limit_a": 63, "coeff": {"D-1": 1}} for line in station["phases"]]
    site = load_site(folder(tmp_path / "depot", stations=[station], constraints=rows, scaled_rows=[]))
    assert (site.stations[0].loads, site.stations[0].phases) == (3, ("L1", "L2", "L3"))


def test_what_cannot_be_used_is_counted(tmp_path: Path) -> None:
    stranger = "2026-03-02T08:00:00+01:00,2026-03-02T09:00:00+01:00,D-9,3,\n"
    recording = load_recording(folder(tmp_path / "depot", HEAD + NIGHT + stranger))
    assert len(recording.sessions) == 1 and recording.dropped == (("socket not on the site's drawing", 1),)


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
        ({"constraints": [{"name": "supply", "limit_a": 40, "coeff": {"D-7": 1}}]}, "D-7"),
        ({"stations": [{"id": "a b", "voltage": 230, "phase_deg": 0}], "constraints": [], "scaled_rows": []}, "a b"),
    ],
)
def test_a_drawing_that_contradicts_itself_is_refused(tmp_path: Path, changed: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=f"site.json: .*{said}"):
        load_site(folder(tmp_path / "depot", **changed))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2026-03-01T23:30:00,2026-03-02T06:00:00+01:00,D-1,7,\n", "line 2: arrival has no offset"),
        (NIGHT + "soon,2026-03-02T06:00:00+01:00,D-1,7,\n", "line 3"),
        ("2026-03-01T23:30:00+01:00,2026-03-02T06:00:00+01:00,D-1,nan,\n", "line 2: nan kWh"),
        ("2026-03-01T23:30:00+01:00\n", "line 2"),
        (NIGHT + NIGHT, "stands twice"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        load_recording(folder(tmp_path / "depot", HEAD + line))


def test_without_a_drawing_or_sessions_the_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"one drawing, site\*\.json; it holds 0"):
        load_site(str(tmp_path))
    with pytest.raises(ValueError, match="holds no table"):
        load_recording(folder(tmp_path / "depot", "a,b\n1,2\n"))
