"""A unit of work that reads everything as of one instant."""

import pytest
from psycopg.errors import ReadOnlySqlTransaction

from forecourt.flows.ports import ChargerOrder
from forecourt.kernel import ChargerId
from forecourt.stations import StopCharge
from forecourt.store import PostgresTransactions


def _order(sample, transaction: str = "1"):
    return sample.item(ChargerOrder(ChargerId("CA-300"), StopCharge(transaction)))


def test_a_snapshot_is_read_only_and_sees_nothing_stored_after_it_began(transactions: PostgresTransactions, sample) -> None:
    with transactions.begin_snapshot() as store:
        assert store.outbox.open_items("charger") == []
        with transactions.begin() as other:
            other.outbox.put(_order(sample))
        assert store.outbox.open_items("charger") == []
    with pytest.raises(ReadOnlySqlTransaction), transactions.begin_snapshot() as store:
        store.outbox.put(_order(sample, "2"))
    with transactions.begin() as store:
        assert len(store.outbox.open_items("charger")) == 1
