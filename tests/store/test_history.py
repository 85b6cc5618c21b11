"""Availability history of chargers: the intervals of PostgreSQL equal a count minute by minute."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecourt.flows.chargers import link_changed, uptimes
from forecourt.flows.chargers.history import put_socket
from forecourt.flows.ports import Store, Transactions
from forecourt.kernel import EvseId, Span
from forecourt.sessions import ChargeRecord
from forecourt.stations import ConnectorState, Maintenance, Socket, StopReason, Uptime

LAST, FIRST, END = 170, 40, 140  # minutes: of what happens, of what is asked for
STATES = st.sampled_from([ConnectorState.AVAILABLE, ConnectorState.FAULTED, ConnectorState.UNAVAILABLE])
MINUTES = st.integers(0, LAST)
MAYBE = st.none() | MINUTES


class Undone(Exception):
    """So that each example begins with an empty history."""


def works(start: int, length: int, labels: tuple[str, ...], t0: datetime) -> Maintenance:
    return Maintenance(Span(t0 + timedelta(minutes=start), t0 + timedelta(minutes=start + length)), labels)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    links=st.lists(st.integers(1, LAST), unique=True, max_size=6).map(sorted),
    told=st.lists(st.tuples(st.integers(0, 1), MINUTES, STATES), max_size=10),
    planned=st.lists(st.tuples(MINUTES, st.integers(1, 60), st.booleans()), max_size=3),
    changed=MAYBE,
    begins=st.integers(0, 60),
)
def test_shares_of_time_equal_a_count_minute_by_minute(
    any_transactions: Transactions, sample, links, told, planned, changed, begins
) -> None:
    """A charger with two sockets; its maintenance lasts until some minute."""
    t0, bays = sample.t0, [sample.evses[0], replace(sample.evses[0], id=EvseId(sample.id()), number=2, label="second")]
    contact = [begins, *(one for one in links if one > begins)]  # comes, goes, comes, ...
    told = sorted((one for one in told if one[1] > begins), key=lambda one: one[1])
    plan = [works(start, length, (bays[1].label,) if one else (), t0) for start, length, one in planned]
    span = Span(t0 + timedelta(minutes=FIRST), t0 + timedelta(minutes=END))
    with suppress(Undone), any_transactions.begin() as store:
        sample.fill(store)
        store.stations.put_evse(bays[1])
        events: list[tuple[int, Callable[[Store], object]]] = [
            (at, lambda s, at=at, n=n: link_changed(s, bays[0].charger_id, n % 2 == 0, t0 + timedelta(minutes=at)))
            for n, at in enumerate(contact)
        ]
        for bay, at, state in told:
            now = Socket(bays[bay].id, state, at=t0 + timedelta(minutes=at))
            events.append((at, lambda s, bay=bay, now=now: put_socket(s, bays[bay], now, now.at)))
        if changed is not None:
            store.history.put_past_site(replace(sample.site, maintenance=tuple(plan)), t0 + timedelta(minutes=changed))
        else:
            store.stations.put_site(replace(sample.site, maintenance=tuple(plan)))
        for _, happens in sorted(events, key=lambda one: one[0]):
            happens(store)
        found = {one.evse_id: one for one in uptimes(store, sample.operator.id, span)}
        for index, bay in enumerate(bays):
            counted = by_minute(contact, [(at, state) for one, at, state in told if one == index], plan, bay.label, changed, t0)
            assert found[bay.id].figures == counted
            assert found[bay.id].since == (t0 + timedelta(minutes=max(begins, FIRST)) if begins < END else None)
        raise Undone


def by_minute(contact, told, plan, label, changed, t0) -> Uptime:
    minutes, sums = range(END), dict.fromkeys(("open_s", "closed_s", "offline_s", "faulted_s", "unavailable_s"), 0)
    shut, why = [], []
    for minute in minutes:
        at = t0 + timedelta(minutes=minute)
        held = changed is None or minute < changed
        shut.append(held and any(one.span.contains(at) and (not one.labels or label in one.labels) for one in plan))
        linked = sum(one <= minute for one in contact) % 2 == 1
        state = next((state for since, state in reversed(told) if since <= minute), None)
        bad = {ConnectorState.FAULTED: "faulted_s", ConnectorState.UNAVAILABLE: "unavailable_s"}.get(state, "")
        why.append("" if minute < contact[0] else "offline_s" if not linked else bad)
        if minute >= max(FIRST, contact[0]):
            sums["closed_s" if shut[-1] else "open_s"] += 60
            if why[-1] and not shut[-1]:
                sums[why[-1]] += 60
    down = [bool(one) and not (one == "unavailable_s" and closed) for one, closed in zip(why, shut, strict=True)]
    outages = repaired = repair_s = 0
    for start in (one for one in minutes if down[one] and (one == 0 or not down[one - 1])):
        end = next((one for one in range(start, END) if not down[one]), END)
        if not any(not shut[one] for one in range(max(start, FIRST), end)):
            continue
        outages += start >= FIRST
        over = end < END or _over_at_the_end(contact, told)
        repaired += over
        repair_s += 60 * (end - start) * over
    return Uptime(**sums, outages=outages, repaired=repaired, repair_s=repair_s)


def _over_at_the_end(contact, told) -> bool:
    """Whether the minute after the last is a good one."""
    state = next((state for since, state in reversed(told) if since <= END), None)
    return sum(one <= END for one in contact) % 2 == 1 and state in (None, ConnectorState.AVAILABLE)


def test_empty_and_interrupted_charges_are_counted_at_their_socket(any_transactions: Transactions, sample) -> None:
    def record(index: int, number: int, **changes: object) -> ChargeRecord:
        return replace(sample.record(sample.session(index, str(number))), **changes)

    with any_transactions.begin() as store:
        sample.fill(store)
        for one in (
            record(0, 1),
            record(0, 2, energy_wh=0),
            record(0, 3, energy_wh=0, token=None),  # nobody was let in
            record(0, 4, reason=StopReason.FAULT),
            record(1, 5, reason=StopReason.POWER_LOSS, energy_wh=0),
            record(1, 6, reason=StopReason.UNAUTHORISED),
            record(1, 7, reason=StopReason.FAULT, ended_at=sample.t0 + timedelta(days=2)),
        ):
            store.sessions.end(one)
        found = uptimes(store, sample.operator.id, Span(sample.t0, sample.t0 + timedelta(days=1)))
        counts = [(one.figures.charges, one.figures.empty, one.figures.broken) for one in found[:3]]
        assert counts == [(4, 1, 1), (2, 1, 1), (0, 0, 0)]
