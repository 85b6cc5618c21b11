"""Amounts to be returned by bank transfer."""

from collections.abc import Sequence
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ListPage, Lists, PageAsked
from forecourt.kernel import DocumentId, DriverId, OperatorId, PaymentId
from forecourt.payments import Payback
from forecourt.store.codec import Codec
from forecourt.store.postgres.link import Columns, Link
from forecourt.store.postgres.listed import Listed
from forecourt.store.postgres.shelf import Shelf

_COLUMNS = Columns(
    "paybacks",
    (
        ("operator_id", "uuid"),
        ("payback_id", "uuid"),
        ("payment_id", "uuid"),
        ("note_id", "uuid"),
        ("driver_id", "uuid"),
        ("owed_at", "timestamptz"),
        ("open", "boolean"),
        ("paper", "jsonb"),
    ),
    ("payback_id",),
)
_CODEC = Codec[Payback](Payback)
_OLDEST = "ORDER BY owed_at, payback_id"
_LISTED = Listed(Lists.PAYBACKS, ("open", "owed_at", "payback_id"))


class Paybacks:
    def __init__(self, link: Link) -> None:
        self._shelf: Shelf[UUID, Payback] = Shelf(link, _COLUMNS, _CODEC, lambda one: one.id, _record)

    def put(self, payback: Payback) -> None:
        self._shelf.put(payback)

    def drop(self, payback_id: UUID) -> None:
        self._shelf.drop(payback_id, "payback_id = %s", payback_id)

    def payback(self, payback_id: UUID) -> Payback | None:
        return self._shelf.first("payback_id = %s", payback_id)

    def lock(self, payback_id: UUID) -> Payback | None:
        return self._shelf.first("payback_id = %s FOR NO KEY UPDATE", payback_id)

    def of_payment(self, payment_id: PaymentId) -> Sequence[Payback]:
        return self._shelf.find(f"payment_id = %s {_OLDEST}", payment_id)

    def of_note(self, document_id: DocumentId) -> Sequence[Payback]:
        return self._shelf.find(f"note_id = %s {_OLDEST}", document_id)

    def of_driver(self, driver_id: DriverId) -> Sequence[Payback]:
        return self._shelf.find(f"driver_id = %s {_OLDEST}", driver_id)

    def waiting(self, operator_id: OperatorId) -> Sequence[Payback]:
        return self._shelf.find(f"operator_id = %s AND open {_OLDEST}", operator_id)

    def page(self, operator_id: OperatorId, asked: PageAsked = FIRST_PAGE) -> ListPage[Payback]:
        return _LISTED.page(self._shelf.find, asked, "operator_id = %s", operator_id)

    def flush(self) -> None:
        self._shelf.flush()


def _record(one: Payback) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "payback_id": one.id,
        "payment_id": one.payment_id,
        "note_id": one.note_id,
        "driver_id": one.driver_id,
        "owed_at": one.owed_at,
        "open": one.open,
    }
