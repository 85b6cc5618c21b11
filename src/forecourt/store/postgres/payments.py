"""Payments and the processor's events."""

from collections.abc import Collection, Sequence
from datetime import datetime

from forecourt.drivers import DebtStatus
from forecourt.kernel import DocumentId, DriverId, EvseId, OperatorId, PaymentId, SessionId, TokenUid
from forecourt.payments import DEBIT, Payment, debt_status_of
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, DbQuery, Table
from forecourt.store.postgres.dunning import Dunning
from forecourt.store.postgres.identity_map import IdentityMap

_COLUMNS = Table(
    "payments",
    (
        ("operator_id", "uuid"),
        ("payment_id", "uuid"),
        ("driver_id", "uuid"),
        ("session_id", "uuid"),
        ("document_id", "uuid"),
        ("evse_id", "uuid"),
        ("made_at", "timestamptz"),
        ("state", "text"),
        ("open", "boolean"),
        ("holding", "boolean"),
        ("data", "jsonb"),
    ),
    ("payment_id",),
)
_CODEC = Codec[Payment](Payment)
_OLDEST = "ORDER BY made_at, payment_id"
_NEWEST = "ORDER BY made_at DESC, payment_id DESC"
_IS, _OF_DOCUMENT = "payment_id = %s", f"document_id = %s {_OLDEST}"
_FREE_HOLDS = f"driver_id = %s AND holding AND session_id IS NULL {_NEWEST}"
_UNPAID = """SELECT document_id FROM documents d
WHERE operator_id = %s AND kind = 'INVOICE' AND due_minor > 0
    AND NOT EXISTS (SELECT FROM payments p WHERE p.document_id = d.document_id AND (p.open OR p.state = 'Captured'))
ORDER BY issued_at, document_id LIMIT %s"""
_OWING = """SELECT driver_id FROM payments WHERE state = 'Declined'
    AND driver_id IN (SELECT driver_id FROM tokens WHERE operator_id = %s AND uid = ANY(%s))
UNION SELECT driver_id FROM dunning_cases WHERE open
    AND driver_id IN (SELECT driver_id FROM tokens WHERE operator_id = %s AND uid = ANY(%s))"""


def _record(one: Payment) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "payment_id": one.id,
        "driver_id": one.driver_id,
        "session_id": one.session_id,
        "document_id": one.document_id,
        "evse_id": one.evse_id,
        "made_at": one.made_at,
        "state": one.state_name,
        "open": one.open,
        "holding": one.holding,
    }


class Payments:
    def __init__(self, db: DbConnection, dunning: Dunning) -> None:
        self._db, self._dunning = db, dunning
        self._map: IdentityMap[PaymentId, Payment] = IdentityMap(db, _COLUMNS, _CODEC, lambda one: one.id, _record)
        self._never_owed: set[DriverId] = set()

    def payment(self, payment_id: PaymentId) -> Payment | None:
        return self._map.get(payment_id, _IS, payment_id)

    def put(self, payment: Payment) -> None:
        self._never_owed.discard(payment.driver_id)
        self._map.put(payment)

    def lock(self, payment_id: PaymentId) -> Payment | None:
        return self._map.first("payment_id = %s FOR NO KEY UPDATE", payment_id)

    def of_session(self, session_id: SessionId) -> Sequence[Payment]:
        return self._map.find(f"session_id = %s {_OLDEST}", session_id)

    def of_document(self, document_id: DocumentId) -> Sequence[Payment]:
        return self._map.find(_OF_DOCUMENT, document_id)

    def prefetch_of_documents(self, document_ids: Collection[DocumentId]) -> None:
        self._map.prefetch(_OF_DOCUMENT, document_ids)

    def prefetch(self, payment_ids: Collection[PaymentId]) -> None:
        self._map.prefetch(_IS, payment_ids)

    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[Payment]:
        return self._map.find(f"driver_id = %s {_NEWEST} LIMIT %s", driver_id, limit)

    def top_ups(self, driver_id: DriverId, limit: int = 1000) -> Sequence[Payment]:
        return self._map.find(f"driver_id = %s AND data->>'top_up' IS NOT NULL {_NEWEST} LIMIT %s", driver_id, limit)

    def hold_on(self, driver_id: DriverId, evse_id: EvseId) -> Payment | None:
        return next((one for one in self._map.find(_FREE_HOLDS, driver_id) if one.evse_id == evse_id), None)

    def holds_query(self, driver_id: DriverId) -> DbQuery:
        """The query that `hold_on` runs."""
        return self._map.find_query(_FREE_HOLDS, driver_id)

    def drivers_with_holds(self, driver_ids: Collection[DriverId]) -> set[DriverId]:
        self.flush()
        query = "SELECT DISTINCT driver_id FROM payments WHERE driver_id = ANY(%s) AND holding"
        return {driver_id for (driver_id,) in self._db.rows(query, list(driver_ids))}

    def open_holds(self, operator_id: OperatorId | None = None) -> Sequence[Payment]:
        where = f"open AND holding AND (%s::uuid IS NULL OR operator_id = %s) {_OLDEST}"
        return self._map.find(where, operator_id, operator_id)

    def pending(self, before: datetime, limit: int = 100) -> Sequence[Payment]:
        where = f"open AND state <> 'Held' AND data->>'method' <> %s AND made_at < %s {_OLDEST} LIMIT %s"
        return self._map.find(where, DEBIT, before, limit)

    def unpaid(self, operator_id: OperatorId, limit: int = 100) -> Sequence[DocumentId]:
        self.flush()
        return [document_id for (document_id,) in self._db.rows(_UNPAID, operator_id, limit)]

    def webhook_seen(self, event_id: str, at: datetime) -> bool:
        return self._db.run("INSERT INTO webhook_events VALUES (%s, %s) ON CONFLICT (event_id) DO NOTHING", event_id, at) == 0

    def debt_status(self, driver_id: DriverId) -> DebtStatus:
        if driver_id in self._never_owed and driver_id not in self._dunning.touched:
            return DebtStatus()
        # Only the newest payment of a document can be owed, so documents that never had a declined one need not be read.
        where = "driver_id = %s AND document_id IN (SELECT document_id FROM payments WHERE driver_id = %s AND state = 'Declined')"
        return debt_status_of(self._map.find(where, driver_id, driver_id), self._dunning.of_driver(driver_id))

    def find_query(self, operator_id: OperatorId, uids: Sequence[TokenUid]) -> DbQuery:
        """Which holders of these tokens have a declined payment or an open debt at all."""
        self.flush()
        return _OWING, (operator_id, uids, operator_id, uids)

    def preload(self, operator_id: OperatorId, uids: Sequence[TokenUid], holders: set[DriverId]) -> None:
        query, parameters = self.find_query(operator_id, uids)
        self._never_owed |= holders - {driver_id for (driver_id,) in self._db.rows(query, *parameters)}

    def flush(self) -> None:
        self._map.flush()
