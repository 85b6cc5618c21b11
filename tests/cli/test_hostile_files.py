"""Whatever a file contains, `rate` and `check-tariff` answer with a price or with one line that names the error and its place."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecourt.cli.command import main

TARIFF = {
    "id": "T",
    "currency": "EUR",
    "min_price": {"before_taxes": 1},
    "elements": [
        {
            "price_components": [{"type": "ENERGY", "price": 0.25, "vat": 10, "step_size": 1}],
            "restrictions": {"start_time": "14:00", "max_kwh": 9},
        },
        {"price_components": [{"type": "ENERGY", "price": 0.5, "vat": 10}, {"type": "TIME", "price": 2, "step_size": 60}]},
    ],
}
CDR = {
    "currency": "EUR",
    "start_date_time": "2026-11-23T12:00:00Z",
    "end_date_time": "2026-11-23T13:00:00Z",
    "charging_periods": [
        {"start_date_time": "2026-11-23T12:00:00Z", "dimensions": [{"type": "ENERGY", "volume": 20}, {"type": "TIME", "volume": 1}]}
    ],
}
PHASES = [{"state": "CHARGING", "start": "2026-11-23T12:00:00Z", "end": "2026-11-23T13:00:00Z", "seconds": 3600, "kwh": 20}]
PRICE = '{"id": "T", "currency": "EUR", "elements": [{"price_components": [{"type": "ENERGY", "price": %s}]}]}'
HOSTILE = {
    "nothing": b"",
    "not text": b"\xff\xfe\x00\x01\x02",
    "Latin 1": b'{"id": "\xe9"}',
    "endless lists": b"[" * 100_000,
    "endless objects": b'{"a":' * 100_000,
    "a number of 5000 digits": (PRICE % ("9" * 5000)).encode(),
    "an exponent beyond reason": (PRICE % "1e99999999999999999999").encode(),
    "a price beyond reason": (PRICE % "1e400").encode(),
    "not a number": (PRICE % "NaN").encode(),
    "half a character": b'{"id": "\\ud800", "currency": "\\ud800", "elements": []}',
    "another thing": b"[1, 2, 3]",
}


def answer(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code and what was said; any other end than an exit is a traceback for the user."""
    old, sys.argv = sys.argv, ["forecourt", *map(str, arguments)]
    try:
        main()
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    finally:
        sys.argv = old
    return code, *capsys.readouterr()


def written(path: Path, value: object) -> Path:
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return path


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_one_line(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile, tariff = written(tmp_path / "x.json", HOSTILE[name]), written(tmp_path / "t.json", TARIFF)
    cdr = written(tmp_path / "c.json", CDR)
    for arguments in (
        ("rate", "--tariff", hostile, "--cdr", cdr),
        ("rate", "--tariff", tariff, "--cdr", hostile, "--json"),
        ("rate", "--tariff", tariff, "--phases", hostile),
        ("check-tariff", "--tariff", hostile, "--country", "DE", "--power-kw", "50", "--on", "2026-11-23"),
    ):
        code, said, wrong = answer(capsys, *arguments)
        assert (code, said) == (2, ""), arguments
        assert wrong.startswith("forecourt: ") and wrong.count("\n") == 1 and wrong.endswith("]\n")


def places(value: object, at: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for name, each in inside for place in places(each, (*at, name)))]


def spoilt(value: object, place: tuple[object, ...], by: object) -> object:
    if not place:
        return by
    made = copy.deepcopy(value)
    inside = made
    for name in place[:-1]:
        inside = inside[name]  # type: ignore[index]
    inside[place[-1]] = by  # type: ignore[index]
    return made


JUNK = st.sampled_from(
    [None, True, "", "x", "\ud800", -1, 0, 1e-300, 1e300, 10**40, -5.5, [], {}, [[]], [None], {"type": "ENERGY"}, "NaN", "24:00"]
)


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_corrupted_value_gives_a_price_or_one_line(data: st.DataObject, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    papers = {"--tariff": TARIFF, data.draw(st.sampled_from(("--cdr", "--phases"))): None}
    papers |= {"--cdr": CDR} if "--cdr" in papers else {"--phases": PHASES}
    name = data.draw(st.sampled_from(sorted(papers)))
    papers[name] = spoilt(papers[name], data.draw(st.sampled_from(places(papers[name]))), data.draw(JUNK))
    files = [each for option, value in papers.items() for each in (option, written(tmp_path / f"{option}.json", value))]
    code, said, wrong = answer(capsys, "rate", *files, *data.draw(st.sampled_from(((), ("--json",)))))
    assert code in (0, 2)
    assert (said and not wrong) if code == 0 else (not said and wrong.startswith("forecourt: ") and wrong.endswith("]\n"))


def test_an_unknown_restriction_gets_a_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mistyped = spoilt(TARIFF, ("elements", 0, "restrictions"), {"min_khw": 5})
    code, said, _ = answer(
        capsys, "rate", "--tariff", written(tmp_path / "t.json", mistyped), "--cdr", written(tmp_path / "c.json", CDR), "--json"
    )
    assert code == 0
    assert json.loads(said)["notes"][0] == {
        "code": "unknown_restriction",
        "text": "tariff.elements[0].restrictions.min_khw is no restriction of OCPI; it is not looked at.",
    }


def test_a_lone_surrogate_in_a_note_is_printed_escaped(tmp_path: Path) -> None:
    record = {**CDR, "credit": True, "credit_reference_id": "\ud800"}
    files = ("--tariff", written(tmp_path / "t.json", TARIFF), "--cdr", written(tmp_path / "c.json", record))
    done = subprocess.run([sys.executable, "-m", "forecourt", "rate", *files], capture_output=True, check=False, timeout=60)
    assert done.returncode == 0
    assert rb"\ud800" in done.stdout
