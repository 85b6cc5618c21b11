"""Changes to a site's limits: panels, values above commissioning, invalid values."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import BadInput, ChargerId, Conflict, EvseId, OperatorId, SiteId
from forecourt.planning import EvseLimits, Node, Row, compile_grid
from forecourt.stations import Evse, LimitEdit, LimitRow, NewPanel, Sharing, Site, changes, edited

OPERATOR, SITE = OperatorId(UUID(int=1)), SiteId(UUID(int=2))
KINDS = {"L1": (("L1",), 0.0), "L2": (("L2",), 0.0), "all": (("L1", "L2", "L3"), 0.0)}
PAIRS = {"12": (("L1", "L2"), 30.0), "23": (("L2", "L3"), -90.0), "31": (("L1", "L3"), 150.0)}


def socket(label: str, phases: tuple[str, ...], angle: float) -> Evse:
    names = (EvseId(UUID(int=100)), OPERATOR, SITE, ChargerId("CP"), 1, label)
    return Evse(*names, "IEC_62196_T2", "kind", phases, 230, 32, phase_deg=angle)


def site(*rows: LimitRow, power_w: int | None = None) -> Site:
    place = (Decimal("52.5"), Decimal("13.4"))
    return Site(SITE, OPERATOR, "s", "S", "Weg 1", "DE", "Europe/Berlin", "EUR", *place, limits=rows, power_limit_w=power_w)


def row(amps: float) -> LimitRow:
    return LimitRow("supply", amps, (("A", 1.0),))


def to(amps: float, power_w: int | None = None) -> LimitEdit:
    return LimitEdit({"supply": amps}, power_w)


def test_raising_a_limit_back_to_its_commissioned_value_is_not_above_it() -> None:
    low = edited(site(row(90)), to(50), ())
    (down,) = changes(site(row(90)), low)
    assert (down.before, down.after, down.above, down.lowers) == (90, 50, False, True)
    assert [one.above for one in changes(low, edited(low, to(90), ()))] == [False]
    assert [one.above for one in changes(low, edited(low, to(90.5), ()))] == [True]
    once = edited(low, to(120), ())
    assert [one.above for one in changes(edited(once, to(10), ()), edited(once, to(120), ()))] == [False]


def test_removing_a_limit_counts_as_above_its_commissioned_value() -> None:
    gone = edited(site(row(90)), LimitEdit({}, None, frozenset({"supply"})), ())
    assert [(one.after, one.above) for one in changes(site(row(90)), gone)] == [(None, True)]
    held = site(row(90), power_w=20_000)
    assert [(one.unit, one.above) for one in changes(held, edited(held, to(90), ()))] == [("W", True)]
    lower = edited(held, to(90, 5000), ())
    assert [one.above for one in changes(lower, edited(lower, to(90, 20_000), ()))] == [False]
    assert [one.above for one in changes(lower, edited(lower, to(90, 20_001), ()))] == [True]


@pytest.mark.parametrize("amps", [-1.0, float("nan"), float("inf"), 10_001.0])
def test_an_invalid_current_is_refused(amps: float) -> None:
    with pytest.raises(BadInput):
        edited(site(row(90)), to(amps), ())


@pytest.mark.parametrize("power_w", [0, -1, 100_000_001])
def test_an_invalid_site_power_is_refused(power_w: int) -> None:
    assert [edited(site(row(90)), to(10_000, most), ()).power_limit_w for most in (1, 100_000_000)] == [1, 100_000_000]
    with pytest.raises(BadInput):
        edited(site(row(90)), to(90, power_w), ())


def test_only_differing_limits_are_changes_and_a_new_limit_is_never_above() -> None:
    before = site(row(90), power_w=20_000)
    assert changes(before, edited(before, to(90, 20_000), ())) == ()
    a, b = socket("A", ("L1", "L2", "L3"), 0.0), socket("B", ("L1", "L2", "L3"), 0.0)
    added = edited(before, LimitEdit({}, 20_000, added=NewPanel(" hall ", 40, ("A",))), [a, b])
    assert [(one.name, one.before, one.after, one.above, one.lowers) for one in changes(before, added)] == [
        (f"hall {line}", None, 40, False, True) for line in ("L1", "L2", "L3")
    ]
    assert [one.weights for one in added.limits[1:]] == [(("A", 1.0),)] * 3
    (first,) = changes(site(row(90)), edited(site(row(90)), to(90, 7_000), ()))
    assert (first.before, first.after, first.above, first.lowers) == (None, 7_000, False, True)


def test_changing_a_removed_limit_or_adding_a_duplicate_name_is_refused() -> None:
    with pytest.raises(Conflict):
        edited(site(), to(10), ())
    a = socket("A", ("L1",), 0.0)
    with_panel = edited(site(), LimitEdit({}, None, added=NewPanel("hall", 40, ("A",))), [a])
    assert [one.name for one in with_panel.limits] == ["hall L1"]
    assert edited(site(), LimitEdit({}, None, added=NewPanel("x" * 40, 40, ("A",))), [a]).limits
    wrong = [("hall", ("A",)), (" ", ("A",)), ("x" * 41, ("A",)), ("a\nb", ("A",)), ("yard", ("B",)), ("yard", ())]
    for panel in (NewPanel(name, 20, evses) for name, evses in wrong):
        with pytest.raises(BadInput):
            edited(with_panel, LimitEdit({}, None, added=panel), [a])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(PAIRS)), min_size=1, max_size=5), st.data())
def test_a_panel_of_line_to_line_sockets_sums_currents_like_the_planner(kinds: list[str], data: st.DataObject) -> None:
    """Compared with the electrical tree of the planner: the same load on every line."""
    sockets = [socket(f"S{n}", *PAIRS[kind]) for n, kind in enumerate(kinds)]
    amps = {one.label: float(data.draw(st.integers(0, 32))) for one in sockets}
    ours, tree = _loads(sockets, amps)
    assert ours == pytest.approx(tree, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=5), st.data())
def test_a_panel_of_single_or_three_phase_sockets_never_underestimates_a_load(kinds: list[str], data: st.DataObject) -> None:
    sockets = [socket(f"S{n}", *KINDS[kind]) for n, kind in enumerate(kinds)]
    amps = {one.label: float(data.draw(st.integers(0, 32))) for one in sockets}
    ours, tree = _loads(sockets, amps)
    assert all(ours[line] >= load - 1e-6 for line, load in tree.items())


@pytest.mark.parametrize(("off_deg", "fits"), [(0.01, True), (-0.009, True), (0.02, False), (359.995, True), (180, False)])
def test_line_to_line_sockets_form_a_panel_only_if_their_angles_match_their_lines(off_deg: float, fits: bool) -> None:
    phases, angle = PAIRS["12"]
    pair = [socket("A", phases, angle), socket("B", PAIRS["23"][0], PAIRS["23"][1] + off_deg)]
    edit = LimitEdit({}, None, added=NewPanel("hall", 40, ("A", "B")))
    if fits:
        assert len(edited(site(), edit, pair).limits) == 3
        return
    with pytest.raises(BadInput, match="adds up"):
        edited(site(), edit, pair)


def test_sockets_whose_currents_cannot_be_summed_form_no_panel() -> None:
    mixed = [socket("A", *PAIRS["12"]), socket("B", ("L1",), 0.0)]
    with pytest.raises(BadInput, match="adds up"):
        edited(site(), LimitEdit({}, None, added=NewPanel("hall", 40, ("A", "B"))), mixed)


def _loads(sockets: list[Evse], amps: dict[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    evses = [EvseLimits(one.label, one.max_a, phases=one.phases, phase_deg=one.phase_deg) for one in sockets]
    rows = edited(site(), LimitEdit({}, None, added=NewPanel("hall", 40, tuple(amps))), sockets).limits
    found = []
    for limits in (tuple(Row(one.name, one.limit_a, one.weights) for one in rows), (Node("hall", limit_a=40.0, evses=tuple(amps)),)):
        wired = compile_grid(limits, evses, worst_case=False)
        found.append(dict(zip(wired.names, (float(load) for load in wired.loads_a(wired.vector(amps))), strict=True)))
    return found[0], found[1]


@pytest.mark.parametrize("wrong", [{"fairness": 3}, {"turn_min": 4}, {"pauses": -1}, {"usual_need_wh": 0}, {"random_delay_s": 1801}])
def test_power_sharing_options_out_of_range_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(BadInput) as refused:
        replace(Sharing(), **wrong)
    assert refused.value.code in wrong
