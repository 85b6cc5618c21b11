"""Problems and plans as JSON documents."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta

from forecourt.planning.fields import Field
from forecourt.planning.model import PHASES_DEG, EvseLimits, Guarantee, Limits, Node, Plan, PlanSession, Policy, Problem, Row
from forecourt.planning.profiles import Profile, ProfileStep
from forecourt.planning.supply import PriceStep, Solar, Stay, Storage, SunStep, V2gBattery

_FLOOR_A = 6  # no car charges with less (IEC 61851)


def parse_problem(document: object) -> Problem:
    """Parse a decoded JSON document. BadInput names the path of the wrong field ("sessions[2].arrival").

    limits of kind "rows": rows (or constraints) of name, limit_a and weights (or coeff) by EVSE; the EVSEs, or only their angles, may be
    given as `stations` in the limits. Kind "tree": nodes of name, parent?, limit_a? (per phase), limit_w? (in total), evses?;
    EVSEs that no node names are attached to the top.
    """
    top = Field(document)
    limits = top["limits"]
    drawn = limits.get("stations")
    angles = {one["id"].text(): deg for one in drawn.items() if (deg := one.get("phase_deg"))} if drawn else {}
    evses = tuple(_evse(entry, angles) for entry in (top.get("evses") or drawn or top["evses"]).items())
    previous, now = top.get("previous"), top["now"].instant()
    previous_a, by_id = _setpoints(previous), {evse.id: evse for evse in evses}
    return Problem(
        now=now,
        step_s=step.whole(10, 86_400) if (step := top.get("step_s")) else 300,
        evses=evses,
        limits=_limits(limits, evses),
        sessions=tuple(_with_turns(_session(entry), by_id, previous_a, now) for entry in top["sessions"].items()),
        number=number.whole() + 1 if previous and (number := previous.get("plan")) else 1,
        counted_a={evse: amps.number(0, 10_000) for evse, amps in counted.pairs()} if (counted := top.get("counted_a")) else {},
        previous=previous_a,
        policy=_policy(top.get("policy")),
        expected_stays=tuple(_stay(entry) for entry in coming.items()) if (coming := top.get("coming")) else (),
        allowance=_profile(allowance, "the site's allowance ({})") if (allowance := top.get("allowance")) else None,
    )


def plan_json(plan: Plan) -> dict[str, object]:
    """{"plan", "status", "setpoints": [{"evse", "amps"}], "binding": [...], "because": [{"evse", "session", "text"}]}."""
    return {
        "plan": plan.number,
        "status": plan.status.value,
        "setpoints": [{"evse": setpoint.evse, "amps": setpoint.amps} for setpoint in plan.setpoints],
        "binding": list(plan.binding),
        "because": [{"evse": s.evse, "session": s.session, "text": s.because} for s in plan.setpoints],
    }


def _evse(entry: Field, angles: Mapping[str, Field]) -> EvseLimits:
    name = entry["id"].text()
    deg = entry.get("phase_deg") or angles.get(name)
    phases = tuple(sorted(phase.text() for phase in listed.items())) if (listed := entry.get("phases")) else ("L1",)
    if phases not in PHASES_DEG:
        raise entry["phases"].refuse("one, two or three of L1, L2, L3")
    allowed = entry.get("allowed_a", "pilots")
    pilots = tuple(pilot.whole(0, 1000) for pilot in allowed.items()) if allowed else ()
    smallest = (
        floor.whole(1, 1000) if (floor := entry.get("min_a")) else min((amps for amps in pilots if amps >= _FLOOR_A), default=_FLOOR_A)
    )
    largest = entry["max_a"].whole(1, 1000)
    if smallest > largest:
        raise entry["max_a"].refuse(f"at least min_a ({smallest})")
    volts = entry.get("voltage_v", "voltage")
    return EvseLimits(
        id=name,
        max_a=largest,
        min_a=smallest,
        voltage_v=volts.number(50, 1500) if volts else 230.0,
        phases=phases,
        phase_deg=deg.number(-360, 360) if deg else None,
        allowed_a=pilots,
    )


def _limits(limits: Field, evses: Sequence[EvseLimits]) -> Limits:
    kind = limits["kind"].text()
    if kind == "rows":
        return tuple(_row(entry) for entry in (limits.get("rows", "constraints") or limits["rows"]).items())
    if kind == "tree":
        return _rooted(limits, tuple(_node(entry) for entry in limits["nodes"].items()), evses)
    raise limits["kind"].refuse('"rows" or "tree"')


def _rooted(limits: Field, nodes: tuple[Node, ...], evses: Sequence[EvseLimits]) -> tuple[Node, ...]:
    """Attach EVSEs that no node names to the top node, so that none escapes a limit because it was forgotten."""
    listed = {evse for node in nodes for evse in node.evses}
    unlisted = tuple(evse.id for evse in evses if evse.id not in listed)
    tops = [place for place, node in enumerate(nodes) if node.parent is None]
    if unlisted and len(tops) > 1:
        raise limits["nodes"].refuse(f"such that one of them feeds {unlisted[0]}, as there is more than one top")
    return tuple(replace(node, evses=node.evses + unlisted) if place in tops else node for place, node in enumerate(nodes))


def _row(entry: Field) -> Row:
    weights = entry.get("weights", "coeff") or entry["weights"]
    return Row(
        name=entry["name"].text(),
        limit_a=entry["limit_a"].number(0, 1e6),
        weights=tuple((evse, weight.number(-1000, 1000)) for evse, weight in weights.pairs()),
    )


def _node(entry: Field) -> Node:
    per_phase, watts, kilowatts = entry.get("limit_a"), entry.get("limit_w"), entry.get("limit_kw")
    return Node(
        name=entry["name"].text(),
        parent=parent.text() if (parent := entry.get("parent")) else None,
        limit_a=per_phase.number(0, 1e6) if per_phase else None,
        limit_w=watts.number() if watts else kilowatts.number(0, 1e6) * 1000 if kilowatts else None,
        evses=tuple(evse.text() for evse in evses.items()) if (evses := entry.get("evses")) else (),
    )


def _session(entry: Field) -> PlanSession:
    departure, need, drawing, offered = entry.get("departure"), entry.get("need_wh"), entry.get("drawing_a"), entry.get("offered_a")
    since, waiting = entry.get("charging_since"), entry.get("waiting_since")
    return PlanSession(
        id=entry["id"].text(),
        evse=entry["evse"].text(),
        arrival=entry["arrival"].instant(),
        delivered_wh=delivered.number() if (delivered := entry.get("delivered_wh")) else 0.0,
        departure=departure.instant() if departure else None,
        need_wh=need.number() if need else None,
        limit_wh=limit.number() if (limit := entry.get("limit_wh")) else None,
        hour_costs=tuple(_hour_cost(step) for step in hour_costs.items()) if (hour_costs := entry.get("dear")) else (),
        weight=weight.number(0.001, 1000) if (weight := entry.get("weight")) else 1.0,
        charging_since=since.instant() if since else None,
        waiting_since=waiting.instant() if waiting else None,
        pauses=pauses.whole() if (pauses := entry.get("pauses")) else 0,
        max_a=most.whole(0, 1000) if (most := entry.get("max_a")) else None,
        drawing_a=drawing.number(0, 1000) if drawing else None,
        offered_a=offered.number(0, 1000) if offered else None,
        leaves=tuple(instant.instant() for instant in leaves.items()) if (leaves := entry.get("leaves")) else (),
        guarantee=_guarantee(promised) if (promised := entry.get("guarantee")) else None,
        profile=_profile(profile) if (profile := entry.get("profile")) else None,
        v2g=_v2g_battery(entry, most_back.number()) if (most_back := entry.get("most_back_w")) else None,
    )


def _with_turns(session: PlanSession, evses: Mapping[str, EvseLimits], previous_a: Mapping[str, int], now: datetime) -> PlanSession:
    """Infer missing turn data from the previous plan: the car has been charging at least since it could have drawn its energy at those
    amps; or it was switched off. Otherwise every plan would be free to switch everybody off."""
    known, evse = session.charging_since or session.waiting_since or session.pauses, evses.get(session.evse)
    if known or evse is None or session.evse not in previous_a or session.delivered_wh <= 0:
        return session
    if not previous_a[session.evse]:
        return replace(session, pauses=1)
    here_s = max(0.0, (now - session.arrival).total_seconds())
    took_s = 3600 * session.delivered_wh / (previous_a[session.evse] * evse.watts_per_amp)
    return replace(session, charging_since=now - timedelta(seconds=min(here_s, took_s)))


def _v2g_battery(entry: Field, most_w: float) -> V2gBattery:
    capacity_wh = entry["capacity_wh"].number()
    least, cost = entry.get("least_wh"), entry.get("back_per_kwh")
    level_wh, least_wh = entry["level_wh"].number(0, capacity_wh), least.number(0, capacity_wh) if least else 0.0
    return V2gBattery(most_w, level_wh, capacity_wh, least_wh, cost.number(0, 1000) if cost else 0.0)


def parse_solar(entry: Field) -> Solar:
    """steps of start and watts, in order; feed_in_per_kwh?."""
    steps = [(one["start"], one["watts"].number()) for one in entry["steps"].items()]
    _check_in_order([start for start, _ in steps])
    feed_in = entry.get("feed_in_per_kwh")
    return Solar(tuple(SunStep(start.instant(), watts) for start, watts in steps), feed_in.number(0, 1000) if feed_in else 0.0)


def parse_storage(entry: Field) -> Storage:
    """capacity_wh, level_wh, most_charge_w, most_discharge_w, efficiency? (0.9), reserve_wh?, wear_per_kwh?."""
    capacity_wh = entry["capacity_wh"].number()
    efficiency, reserve, wear = entry.get("efficiency"), entry.get("reserve_wh"), entry.get("wear_per_kwh")
    efficiency_share = efficiency.number(0, 1) if efficiency else 0.9
    if efficiency and efficiency_share <= 0:
        raise efficiency.refuse("above 0 and at most 1")
    return Storage(
        capacity_wh=capacity_wh,
        level_wh=entry["level_wh"].number(0, capacity_wh),
        most_charge_w=entry["most_charge_w"].number(),
        most_discharge_w=entry["most_discharge_w"].number(),
        efficiency=efficiency_share,
        reserve_wh=reserve.number(0, capacity_wh) if reserve else 0.0,
        wear_per_kwh=wear.number(0, 1000) if wear else 0.0,
    )


def _hour_cost(entry: Field) -> PriceStep:
    return PriceStep(entry["start"].instant(), entry["per_kwh"].number(-1e6, 1e6))


def _profile(entry: Field, description: str = "") -> Profile:
    """of, and steps of start and watts? (missing: no limit), in order."""
    steps = [(one["start"], most.number() if (most := one.get("watts")) else float("inf")) for one in entry["steps"].items()]
    _check_in_order([start for start, _ in steps])
    name = entry["of"].text()
    return Profile(name, tuple(ProfileStep(start.instant(), watts) for start, watts in steps), description.format(name))


def _check_in_order(starts: Sequence[Field]) -> None:
    for before, start in itertools.pairwise(starts):
        if start.instant() <= before.instant():
            raise start.refuse("after the start of the step before it")


def _guarantee(entry: Field) -> Guarantee:
    return Guarantee(entry["energy_wh"].number(), entry["power_w"].number(), entry["by"].instant())


def _stay(entry: Field) -> Stay:
    start, end, times = entry["start"].instant(), entry["end"].instant(), entry.get("times")
    if end < start:
        raise entry["end"].refuse("not before its start")
    return Stay(start, end, entry["need_wh"].number(), float("inf"), times.number(0, 1000) if times else 1.0)


def _setpoints(previous: Field | None) -> dict[str, int]:
    listed = previous.get("setpoints") if previous else None
    return {entry["evse"].text(): entry["amps"].whole(0, 1000) for entry in listed.items()} if listed else {}


def _policy(entry: Field | None) -> Policy:
    if entry is None:
        return Policy()
    known = {field.name for field in fields(Policy)}
    if unknown := set(entry.members()) - known:
        raise entry.refuse(f"made of {', '.join(sorted(known))}; {sorted(unknown)[0]} is none of them")
    read = {name: _READERS.get(name, _whole)(value) for name, value in entry.pairs()}
    return Policy(**read)  # type: ignore[arg-type]


def _whole(value: Field) -> float:
    return value.whole(0, 10_000_000)


_READERS: dict[str, Callable[[Field], float]] = {"look_ahead": Field.flag, "fairness": lambda value: value.number(0, 10)}
