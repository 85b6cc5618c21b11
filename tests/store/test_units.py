"""What a unit of work costs in round trips."""

import psycopg

from forecourt.flows import Transactions
from forecourt.kernel import SiteId


def test_a_unit_that_changes_nothing_sends_nothing_at_its_end(transactions: Transactions, sample, monkeypatch) -> None:
    sample.filled(transactions)
    opened: list[object] = []
    pipeline = psycopg.Connection.pipeline
    monkeypatch.setattr(psycopg.Connection, "pipeline", lambda self: opened.append(self) or pipeline(self))
    with transactions.begin() as store:
        store.stations.site(SiteId(sample.site.id))
    assert not opened
    with transactions.begin() as store:
        store.drivers.put_driver(sample.driver)
        store.stations.put_charger(sample.chargers[0])
    assert len(opened) == 1
