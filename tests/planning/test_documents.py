import json
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput
from forecourt.planning import PlanStatus, Solver, parse_planning_request, parse_problem, plan_json, planning_result_json

PROBLEM = {
    "now": "2026-11-23T12:00:00Z",
    "step_s": 300,
    "limits": {
        "kind": "tree",
        "nodes": [{"name": "site", "limit_w": 4000}, {"name": "panel", "parent": "site", "limit_a": 16, "evses": ["A", "B"]}],
    },
    "evses": [{"id": name, "phases": ["L1"], "min_a": 6, "max_a": 32, "voltage_v": 230} for name in "AB"],
    "sessions": [
        {
            "id": "1",
            "evse": "A",
            "arrival": "2026-11-23T11:00:00Z",
            "departure": "2026-11-23T13:00:00Z",
            "need_wh": 9000,
            "delivered_wh": 0,
        },
        {"id": "2", "evse": "B", "arrival": "2026-11-23T11:30:00Z", "delivered_wh": 100},
    ],
    "previous": {"plan": 41, "setpoints": [{"evse": "A", "amps": 8}]},
    "bookings": [],
    "coming": [],
}


def changed(path: list[object], value: object) -> dict[str, object]:
    document = deepcopy(PROBLEM)
    inner: object = document
    for step in path[:-1]:
        inner = inner[step]  # type: ignore[index]
    inner[path[-1]] = value  # type: ignore[index]
    return document


def test_a_tree_problem_becomes_a_numbered_plan() -> None:
    answer = plan_json(Solver().plan(parse_problem(PROBLEM)))
    assert answer["plan"] == 42
    assert answer["status"] == "OPTIMAL"
    assert [entry["evse"] for entry in answer["setpoints"]] == ["A", "B"]  # type: ignore[attr-defined]
    assert sum(entry["amps"] for entry in answer["setpoints"]) == 16  # type: ignore[attr-defined]
    assert answer["binding"] == ["panel L1"]
    json.dumps(answer)


def test_constraint_rows_may_use_the_spelling_of_a_site_file() -> None:
    station = {"id": "CA-1", "voltage": 208.0, "phase_deg": 30.0, "pilots": [0.0, 8.0, 16.0], "max_a": 16.0}
    limits = {"kind": "rows", "stations": [station], "constraints": [{"name": "Pod", "limit_a": 15.0, "coeff": {"CA-1": 1.0}}]}
    document = {"now": PROBLEM["now"], "limits": limits, "sessions": [{"id": "1", "evse": "CA-1", "arrival": PROBLEM["now"]}]}
    plan = Solver().plan(parse_problem(document))
    assert (plan.amps, plan.binding) == ({"CA-1": 8}, ("Pod",))


@pytest.mark.parametrize(("delivered_wh", "keeps_place"), [(500, True), (9000, False)])
def test_the_previous_plan_identifies_running_cars_where_sessions_do_not(delivered_wh: int, keeps_place: bool) -> None:
    """Power for one of two cars: A, planned with 8 A before, can have had 500 Wh in 17 minutes, too short a turn to be ended."""
    limits = {"kind": "tree", "nodes": [{"name": "site", "limit_a": 8, "evses": ["A", "B"]}]}
    a = {"id": "1", "evse": "A", "arrival": "2026-11-23T06:00:00Z", "departure": "2026-11-24T06:00:00Z", "delivered_wh": delivered_wh}
    b = {"id": "2", "evse": "B", "arrival": "2026-11-23T11:59:00Z", "departure": "2026-11-23T12:50:00Z", "need_wh": 9000}
    previous = {"plan": 1, "setpoints": [{"evse": "A", "amps": 8}]}
    document = {**PROBLEM, "limits": limits, "sessions": [{**a, "need_wh": 20_000}, b], "previous": previous}
    assert (Solver().plan(parse_problem(document)).amps["A"] > 0) is keeps_place
    assert Solver().plan(parse_problem({**document, "previous": None})).amps["A"] == 0


def test_phase_angles_may_be_stated_in_the_site_file_alone() -> None:
    """Two currents 120 degrees apart sum to one in their common conductor; without angles they would sum to two."""
    evses = [{"id": name, "phases": ["L1"], "max_a": 32} for name in "AB"]
    stations = [{"id": "A", "phase_deg": 0}, {"id": "B", "phase_deg": 120}]
    limits = {"kind": "rows", "stations": stations, "constraints": [{"name": "Pod", "limit_a": 32, "coeff": {"A": 1, "B": 1}}]}
    sessions = [{"id": name, "evse": name, "arrival": PROBLEM["now"]} for name in "AB"]
    plan = Solver().plan(parse_problem({"now": PROBLEM["now"], "limits": limits, "evses": evses, "sessions": sessions}))
    assert plan.amps == {"A": 32, "B": 32}


def test_an_evse_named_by_no_node_is_fed_from_the_root() -> None:
    loose = {**PROBLEM, "limits": {"kind": "tree", "nodes": [{"name": "site", "limit_a": 10}, {"name": "panel", "parent": "site"}]}}
    assert sum(Solver().plan(parse_problem(loose)).amps.values()) == 10
    with pytest.raises(BadInput, match=r"limits.nodes must be .* feeds A"):
        parse_problem({**PROBLEM, "limits": {"kind": "tree", "nodes": [{"name": "east", "limit_a": 10}, {"name": "west"}]}})


@pytest.mark.parametrize(
    ("told", "most_a"), [({"allowed_a": [0]}, 0), ({"min_a": 6, "allowed_a": [1, 40]}, 0), ({"allowed_a": [0, 1, 9, 20]}, 9)]
)
def test_only_allowed_pilots_at_or_above_the_minimum_current_are_planned(told: dict[str, object], most_a: int) -> None:
    evse = {"id": "A", "max_a": 32, **told}
    limits = {"kind": "tree", "nodes": [{"name": "site", "limit_a": 19, "evses": ["A"]}]}
    session = {"id": "1", "evse": "A", "arrival": PROBLEM["now"]}
    plan = Solver().plan(parse_problem({**PROBLEM, "limits": limits, "evses": [evse], "sessions": [session]}))
    assert plan.amps == {"A": most_a}


def test_counted_loads_that_do_not_fit_give_an_infeasible_plan() -> None:
    assert Solver().plan(parse_problem({**PROBLEM, "counted_a": {"A": 40}})).status is PlanStatus.INFEASIBLE


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (["sessions", 1, "arrival"], "noon", "sessions[1].arrival"),
        (["sessions", 0, "need_wh"], "much", "sessions[0].need_wh"),
        (["sessions", 0, "need_wh"], float("nan"), "sessions[0].need_wh"),
        (["sessions", 0, "need_wh"], 10**400, "sessions[0].need_wh"),
        (["evses", 1, "max_a"], 5, "evses[1].max_a"),
        (["evses", 0, "phases"], ["L4"], "evses[0].phases"),
        (["limits", "kind"], "web", "limits.kind"),
        (["limits", "nodes", 0, "limit_w"], -1, "limits.nodes[0].limit_w"),
        (["step_s"], 2.5, "step_s"),
        (["sessions"], {}, "sessions"),
        (["previous", "setpoints", 0, "amps"], True, "previous.setpoints[0].amps"),
        (["policy"], {"min_dwell": 3}, "policy"),
    ],
)
def test_a_wrong_field_is_named_by_its_path(path: list[object], value: object, named: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_problem(changed(path, value))
    assert refused.value.text.startswith(f"{named} must be")


def test_a_missing_field_is_named_by_its_path() -> None:
    with pytest.raises(BadInput, match=r"sessions\[0\].evse is missing"):
        parse_problem(changed(["sessions", 0], {"id": "1"}))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(st.sampled_from(list(PROBLEM)), JSON)
def test_any_json_is_a_problem_or_is_refused_with_a_reason(name: str, value: object) -> None:
    try:
        Solver().plan(parse_problem({**PROBLEM, name: value}))
    except BadInput as refused:
        assert refused.text


def asked(**more: object) -> dict[str, object]:
    return planning_result_json(parse_planning_request({**PROBLEM, **more}).solve(Solver()))


def test_the_answer_contains_the_schedule_ahead_within_the_limits() -> None:
    steps = asked()["schedule"]
    assert {one["id"] for step in steps for one in step["sessions"]} == {"1", "2"}  # type: ignore[attr-defined]
    assert max(step["power_w"] for step in steps) <= 16 * 230 + 12  # type: ignore[attr-defined]


def test_prices_shift_energy_and_a_demand_charge_caps_power() -> None:
    prices = [{"start": "2026-11-23T00:00:00Z", "per_kwh": 0.3}, {"start": "2026-11-23T13:00:00Z", "per_kwh": 0.1}]
    answer = asked(prices=prices, demand={"per_kw": 50, "paid_kw": 2}, earns_per_kwh=0.4)
    assert answer["binding"] == ["energy costs"]
    assert sum(entry["amps"] for entry in answer["setpoints"]) * 230 <= 2000  # type: ignore[attr-defined]
    assert max(step["power_w"] for step in answer["schedule"]) <= 2008  # type: ignore[attr-defined]


def test_a_booked_car_is_part_of_the_schedule() -> None:
    free = {**PROBLEM["evses"][0], "id": "C"}  # type: ignore[index]
    booked = [{"id": "b", "start": "2026-11-23T14:00:00Z", "end": "2026-11-23T15:00:00Z", "need_wh": 1000}]
    limits = {"kind": "tree", "nodes": [{"name": "site", "limit_w": 4000, "evses": ["A", "B", "C"]}]}
    steps = asked(evses=[*PROBLEM["evses"], free], limits=limits, bookings=booked)["schedule"]  # type: ignore[misc]
    times = [step["start"] for step in steps if any(one["id"] == "b" for one in step["sessions"])]  # type: ignore[attr-defined]
    assert times
    assert min(times) >= "2026-11-23T14:00:00Z"


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"prices": [{"start": "noon", "per_kwh": 1}]}, r"prices\[0\].start"),
        ({"prices": [{"start": "2026-11-23T12:00:00Z"}]}, r"prices\[0\].per_kwh"),
        ({"demand": {"per_kw": 15}}, "prices"),
        ({"bookings": [{"end": "2026-11-23T12:00:00Z"}]}, r"bookings\[0\].start"),
        ({"bookings": [{"start": "2026-11-23T14:00:00Z", "end": "2026-11-23T13:00:00Z"}]}, r"bookings\[0\].end"),
        ({"coming": [{"start": "2026-11-23T14:00:00Z", "end": "2026-11-23T13:00:00Z", "need_wh": 1}]}, r"coming\[0\].end"),
        ({"bookings": [{"start": "2026-11-23T14:00:00Z", "evse": "Z"}]}, r"bookings\[0\].evse"),
    ],
)
def test_an_invalid_field_of_a_planning_request_is_named_by_its_path(more: dict[str, object], path: str) -> None:
    with pytest.raises(BadInput, match=path):
        parse_planning_request({**PROBLEM, **more})


def test_a_drivers_energy_limit_and_hourly_costs_are_read() -> None:
    words = {"limit_wh": 9000, "dear": [{"start": "2026-11-23T12:00:00Z", "per_kwh": 0.4}]}
    problem = parse_problem(changed(["sessions", 0], {**PROBLEM["sessions"][0], **words}))  # type: ignore[dict-item, index]
    assert problem.sessions[0].limit_wh == 9000
    assert problem.sessions[0].hour_costs[0].per_kwh == 0.4
