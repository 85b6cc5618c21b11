"""The status of a network in few rows, equal to that of its sites one by one."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.flows.ports import ChargeSearch, Setpoint, Transactions
from forecourt.kernel import OperatorId
from forecourt.reservations import Bound, Called
from forecourt.stations import Approval, ConnectorState, Socket
from forecourt.tariffs import PhaseState
from forecourt.web.queries.bay_states import bay_state, bay_states

from .test_queue import ticket


@pytest.mark.parametrize("seed", range(8))
def test_the_network_status_counts_bays_as_each_site_counts_them(any_transactions: Transactions, sample, seed: int) -> None:
    chance = random.Random(seed)
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        store.stations.put_socket(Socket(sample.evses[3].id, ConnectorState.AVAILABLE, at=sample.t0))
        store.stations.put_charger(replace(sample.chargers[3], connected=True))
        for index, evse in enumerate(sample.evses[:3]):
            store.stations.put_charger(replace(sample.chargers[index], connected=chance.random() < 0.7))
            if chance.random() < 0.8:
                store.stations.put_socket(Socket(evse.id, chance.choice(list(ConnectorState)), at=sample.t0))
            for number in range(chance.choice((0, 1, 1, 2))):
                state, watts = chance.choice(list(PhaseState)), chance.choice((None, 0, 7000))
                started = sample.t0 + timedelta(minutes=number)
                store.sessions.put(sample.session(index, f"{index}/{number}", state=state, power_w=watts, started_at=started))
        if chance.random() < 0.7:  # the last is free, and kept for somebody or not
            store.bookings.put(replace(sample.booking(1, 2), state=Bound(sample.evses[3].id, sample.t0)))
        if chance.random() < 0.5:  # another is kept for who is called from the queue
            store.queue.put(replace(ticket(sample), state=Called(sample.evses[0].id, *[sample.t0] * 3)))
        for number in (1, 2):
            told = tuple(Setpoint(one.id, chance.choice((0, 16))) for one in sample.evses[:3])
            store.plans.put(replace(sample.plan(number), setpoints=told))
        if chance.random() < 0.3:
            store.stations.put_evse(replace(sample.evses[2], retired_at=sample.t0))
        found = store.network_status.bays(sample.operator.id)  # sees what this unit has not written yet
        one_by_one = bay_states(store, sample.site.id)
        labels = {one.id: one.label for one in sample.evses}
        assert {label: bay_state(alike) for alike in found for label in alike.labels} == {
            labels[evse_id]: state for evse_id, state in one_by_one.items()
        }
        newest = {one.evse_id: one.power_w or 0 for one in store.sessions.open_at(sample.site.id)}
        assert sum(alike.power_w for alike in found) == sum(newest.get(evse_id, 0) for evse_id in one_by_one)
        assert not store.network_status.bays(OperatorId(sample.id()))


def test_chargers_pending_approval_or_of_another_operator_are_not_listed(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        store.stations.put_charger(replace(sample.chargers[1], approval=Approval.PENDING))
        store.stations.put_charger(replace(sample.chargers[2], approval=Approval.REFUSED, operator_id=None, site_id=None))
        found = store.network_status.chargers(sample.operator.id)
    assert [(one.id, one.approval) for one in found] == [
        ("CA-300", Approval.APPROVED), ("CA-302", Approval.REFUSED), ("CA-303", Approval.APPROVED),
    ]  # fmt: skip


def test_running_charges_are_listed_latest_first(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        for index in range(4):
            driver = sample.driver.id if index != 1 else None
            store.sessions.put(
                replace(sample.session(index, str(index), started_at=sample.t0 + timedelta(minutes=index)), driver_id=driver)
            )

        def found(skip: int = 0, limit: int = 9, **wanted: object) -> list[str]:
            return [one.transaction for one in store.sessions.running(sample.operator.id, ChargeSearch(**wanted), skip, limit)]  # type: ignore[arg-type]

        assert found() == ["3", "2", "1", "0"] and found(1, 2) == ["2", "1"]
        assert found(text="ADA@") == ["3", "2", "0"] and found(text="ca-301") == ["1"] and found(text="04a1") == ["3", "2", "0"]
        assert found(site_id=sample.site.id, driver_id=sample.driver.id) == ["3", "2", "0"]
        assert found(until=sample.t0) == found(unbilled=True) == []
