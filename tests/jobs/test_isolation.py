"""An error in one message, site or operator does not block the others."""

import asyncio
from functools import partial

import pytest

from flows.conftest import Forecourt, at
from forecourt.flows.charging import accept
from forecourt.flows.ports import StoreUnavailable
from forecourt.jobs.isolation import run_isolated
from forecourt.jobs.site_steps import end_stale_sessions
from forecourt.jobs.worker import Worker, WorkerPorts
from forecourt.stations import ChargerBooted, ConnectorReported, ConnectorState
from forecourt.store import MemoryTransactions
from jobs.test_bill_batches import Clock, Hints


def test_a_message_that_raises_an_error_is_quarantined_and_later_messages_are_applied():
    place = Forecourt(MemoryTransactions())
    with place.transactions.begin() as store:
        place.build(store)
        odd = ChargerBooted(at(0), "of a version nobody knows", "V", "M")
        free = ConnectorReported(at(1), 1, ConnectorState.AVAILABLE)
        accept(store, [place.message("CP1", odd), place.message("CP2", free)])
    worker = Worker(WorkerPorts(place.transactions, Clock(), place.ids, Hints(), None, None))
    while asyncio.run(worker._apply()):
        pass
    with place.transactions.begin() as store:
        assert [(one.code, one.charger_id) for one in store.inbox.quarantined()] == [("failed", "CP1")]
        assert store.stations.socket(place.evse_id(2)).state is ConnectorState.AVAILABLE


def test_a_worker_locks_a_sites_messages_only_if_a_charge_there_is_to_be_ended(monkeypatch):
    place, locked = Forecourt(MemoryTransactions()), []
    with place.transactions.begin() as store:
        place.build(store)
        inbox = type(store.inbox)
    place.starts("CP1", 0)
    place.says("CP1", ConnectorReported(at(25), 1, ConnectorState.AVAILABLE))
    ports = WorkerPorts(place.transactions, Clock(), place.ids, Hints(), None, None)
    lock = inbox.lock_site
    monkeypatch.setattr(inbox, "lock_site", lambda self, site_id: locked.append(site_id) or lock(self, site_id))
    assert (end_stale_sessions(ports, place.site_id, at(54), heard_since=at(0)), locked) == (0, [])
    assert (end_stale_sessions(ports, place.site_id, at(55), heard_since=at(0)), locked) == (1, [place.site_id])


def test_an_isolated_step_that_fails_returns_its_default():
    assert [run_isolated("a division", partial(divmod, 7, by), None) for by in (2, 0, 7)] == [(3, 1), None, (1, 0)]


@pytest.mark.parametrize("away", [StoreUnavailable, ConnectionRefusedError])
def test_an_unavailable_server_is_not_treated_as_an_isolated_failure(away):
    def work():
        raise away("away")

    with pytest.raises(away):
        run_isolated("work", work, None)
