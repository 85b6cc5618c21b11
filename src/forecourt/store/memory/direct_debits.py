"""SEPA mandates, and files of collections under them, in memory."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from forecourt.billing import AccountStatement
from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest, page_of
from forecourt.kernel import DriverId, OperatorId, PaymentId
from forecourt.payments import WRITTEN_OFF, Mandate
from forecourt.settlement import CollectedStatement, CollectionFile
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.memory.paid_states import lacks_payment


class DirectDebits:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def put_mandate(self, mandate: Mandate) -> None:
        self._db.mandates.put(mandate.id, mandate)

    def mandates_of(self, driver_id: DriverId) -> Sequence[Mandate]:
        found = self._db.mandates.where(lambda one: one.driver_id == driver_id)
        return sorted(found, key=lambda one: one.number, reverse=True)

    def active_mandates(self, operator_id: OperatorId) -> Sequence[Mandate]:
        found = self._db.mandates.where(lambda one: one.operator_id == operator_id and one.ended_on is None)
        return sorted(found, key=lambda one: one.number)

    def mandate(self, operator_id: OperatorId, number: str) -> Mandate | None:
        found = self._db.mandates.where(lambda one: (one.operator_id, one.number) == (operator_id, number))
        return found[0] if found else None

    def open_statements(self, operator_id: OperatorId, limit: int) -> Sequence[AccountStatement]:
        givers = {one.driver_id for one in self.active_mandates(operator_id)}
        over = {one.document_id for one in self._db.dunning.where(lambda one: one.outcome == WRITTEN_OFF)}
        wanted = self._db.account_statements.where(
            lambda one: one.operator_id == operator_id and one.driver_id in givers and one.id not in over and lacks_payment(self._db, one)
        )
        return sorted(wanted, key=lambda one: (one.issued_at, one.number))[:limit]

    def put_file(self, file: CollectionFile) -> None:
        self._db.collection_files.put(file.id, file)

    def file(self, operator_id: OperatorId, number: str) -> CollectionFile | None:
        return next((one for one in self._of(operator_id) if one.number == number), None)

    def file_of(self, operator_id: OperatorId, file_id: UUID) -> CollectionFile | None:
        return next((one for one in self._of(operator_id) if one.id == file_id), None)

    def files(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[CollectionFile]:
        return page_of(self._of(operator_id), ListOrders.COLLECTIONS, request)

    def collected_of(self, operator_id: OperatorId, payment_ids: Collection[PaymentId]) -> Sequence[CollectedStatement]:
        files = self.files_with(operator_id, payment_ids)
        return [one for file in files for one in file.collected if one.payment_id in payment_ids]

    def files_with(self, operator_id: OperatorId, payment_ids: Collection[PaymentId]) -> Sequence[CollectionFile]:
        found = (file for file in self._of(operator_id) if any(one.payment_id in payment_ids for one in file.collected))
        return sorted(found, key=lambda one: (one.made_at, one.id))

    def open_debit_counts(self, files: Collection[CollectionFile]) -> Mapping[UUID, int]:
        payments = {file.id: [self._db.payments.get(one.payment_id) for one in file.collected] for file in files}
        return {file_id: sum(one is not None and one.open for one in asked) for file_id, asked in payments.items()}

    def _of(self, operator_id: OperatorId) -> list[CollectionFile]:
        return self._db.collection_files.where(lambda one: one.operator_id == operator_id)
