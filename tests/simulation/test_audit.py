"""Limits on phasor sums, compared with cases calculated by hand."""

import pytest

from forecourt.simulation import PowerAudit, Row, load_site

PHASES = {"AB": 30.0, "BC": -90.0, "CA": 150.0}


def audit(*rows):
    return PowerAudit(rows=rows, phase_deg=PHASES, power_per_amp_w=dict.fromkeys(PHASES, 208.0))


def test_the_line_current_of_two_equal_line_to_line_loads_is_root_three_times_one():
    row = Row("A", 100.0, (("AB", 1.0), ("CA", -1.0)))
    a = audit(row)
    a.change("AB", 10.0, at=0)
    a.change("CA", 10.0, at=1)
    assert a.row_a(row) == pytest.approx(10 * 3**0.5)
    assert a.power_w() == 2 * 10 * 208 and a.limit_violation_a_max == 0


def test_balanced_loads_cancel_in_a_neutral_sum():
    row = Row("sum", 1.0, tuple((label, 1.0) for label in PHASES))
    a = audit(row)
    for at, label in enumerate(PHASES):
        a.change(label, 16.0, at)
    assert a.row_a(row) == pytest.approx(0.0, abs=1e-9)


def test_a_limit_violation_is_recorded_with_size_and_duration():
    a = audit(Row("pod", 20.0, (("AB", 1.0),)))
    a.change("AB", 20.0, at=0)
    assert a.limit_violation_a_max == 0
    a.change("AB", 26.0, at=10)
    a.change("AB", 12.0, at=25)
    assert a.limit_violation_a_max == pytest.approx(6.0)
    assert a.violation_seconds == pytest.approx(15.0)
    assert a.worst["pod"].at == 10


def test_only_limits_behind_the_transformer_scale_with_its_power():
    site = load_site("caltech")
    rows = {row.name: row.limit_a for row in site.rows_at(40)}
    assert rows["Secondary A"] == pytest.approx(40_000 / 3 / 120)
    assert rows["Primary B"] == pytest.approx(40_000 / 3 / 277)
    assert rows["CC Pod"] == rows["AV Pod"] == 80
    assert site.rows_at(None) == site.rows_at(150)


def test_40_kw_spread_evenly_over_the_phases_just_fits_the_secondary_limits():
    site = load_site("caltech")
    a = PowerAudit(site.rows_at(40), {s.id: s.phase_deg for s in site.stations}, {s.id: 208.0 for s in site.stations})
    by_phase = {deg: [s.id for s in site.stations if s.phase_deg == deg] for deg in (30.0, -90.0, 150.0)}
    each_a = 40_000 / 3 / (120 * 3**0.5)
    for ids in by_phase.values():
        for label in ids[:3]:
            a.change(label, each_a / 3, 0)
    assert a.row_a(a.rows[2]) == pytest.approx(a.rows[2].limit_a)
    assert a.limit_violation_a_max == 0 and a.power_w() == pytest.approx(40_000, rel=0.001)
