"""Somebody on account who has given a mandate, and a file by which the operator's bank collects a statement."""

from dataclasses import replace
from uuid import UUID

from camt_file import IBAN
from forecourt.flows.ports import Store
from forecourt.kernel import DriverId, Money, PaymentId
from forecourt.payments import MANDATE_SERIES, DebtorAccount, Mandate
from forecourt.settlement import CollectedStatement, CollectionFile

from .conftest import NOW, Scene

CREDITOR = "DE98ZZZ09999999999"


def with_mandate(store: Store, scene: Scene, driver_id: DriverId, name: str) -> None:
    operator = store.stations.operator(scene.operator_id)
    store.stations.put_operator(replace(operator, bank=IBAN, creditor_id=CREDITOR))
    assert store.documents.next_number(scene.operator_id, MANDATE_SERIES, NOW.year) == 1  # the next one given has another
    about = (scene.operator_id, driver_id, "MND-2026-000001", CREDITOR, DebtorAccount(name, IBAN), NOW.date(), NOW)
    store.direct_debits.put_mandate(Mandate(UUID(int=81), *about))
    one = CollectedStatement(PaymentId(UUID(int=82)), "ACC-2026-000001", name, IBAN, "MND-2026-000001", NOW.date(), Money(5_00, "EUR"))
    file = (UUID(int=83), scene.operator_id, "COL-2026-000001", IBAN, "Forecourt", CREDITOR, NOW.date(), (one,), "ops", NOW)
    store.direct_debits.put_file(CollectionFile(*file))
