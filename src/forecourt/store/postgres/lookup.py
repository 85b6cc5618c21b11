"""Finds things by name or number: cards and transactions named in chargers' messages, and search by what people read out on the phone."""

from collections.abc import Callable, Mapping, Sequence

from forecourt.drivers import Driver, token_uid
from forecourt.kernel import BadInput, DriverId, OperatorId, SessionId, TokenUid
from forecourt.payments import Payment
from forecourt.reservations import Booking
from forecourt.stations import CardPresented, Evse, InboxItem, Message
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Rows

# Each of these has an index.
_DRIVER, _BOOKING, _EVSE, _PAYMENT = Codec[Driver](Driver), Codec[Booking](Booking), Codec[Evse](Evse), Codec[Payment](Payment)
GUESTS = """SELECT data FROM drivers WHERE operator_id = %s AND lower(email) = lower(%s) AND (data->>'guest')::boolean
ORDER BY driver_id DESC LIMIT %s"""
HOLDERS = """SELECT driver_id FROM stored_cards WHERE operator_id = %s AND data->>'last4' = %s
GROUP BY driver_id ORDER BY max(added_at) DESC, driver_id DESC LIMIT %s"""
RUNNING = "SELECT session_id FROM sessions WHERE operator_id = %s AND transaction = %s ORDER BY started_at DESC, session_id DESC LIMIT %s"
ENDED = "SELECT session_id FROM charge_records WHERE operator_id = %s AND transaction = %s ORDER BY ended_at DESC, session_id DESC LIMIT %s"
BOOKINGS = "SELECT data FROM bookings WHERE operator_id = %s AND number = %s ORDER BY booking_id LIMIT %s"
EVSES = "SELECT data FROM evses WHERE operator_id = %s AND lower(data->>'label') = lower(%s) ORDER BY evse_id LIMIT %s"
# Written like the index: by a payment's state, or by what is unknown about it.
PAYMENTS = """SELECT data FROM payments WHERE operator_id = %s
AND coalesce(data #>> '{state,reference}', data #>> '{state,pending,reference}') = %s ORDER BY made_at DESC, payment_id DESC LIMIT %s"""
Cards = Mapping[OperatorId, Sequence[TokenUid]]


def transaction_named_in(message: Message) -> str | None:
    return getattr(message.fact, "transaction", None)


def cards_in(said: Sequence[InboxItem]) -> Cards:
    """The cards presented in messages, each once, by operator; texts that cannot be a card are left out."""
    found: dict[OperatorId, dict[TokenUid, None]] = {}
    for one in said:
        text = one.token if isinstance(one, CardPresented) else getattr(one.fact, "token", None)
        try:
            if text:
                found.setdefault(one.operator_id, {})[token_uid(text)] = None
        except BadInput:
            continue
    return {operator_id: list(uids) for operator_id, uids in found.items()}


class Lookup:
    """flushes: what is searched for may not be written yet."""

    def __init__(self, db: DbConnection, *flushes: Callable[[], None]) -> None:
        self._db, self._flushes = db, flushes

    def guests(self, operator_id: OperatorId, email: str, limit: int) -> Sequence[Driver]:
        return [_DRIVER.read(data) for (data,) in self._rows(GUESTS, operator_id, email, limit)]

    def holders(self, operator_id: OperatorId, last4: str, limit: int) -> Sequence[DriverId]:
        return [driver_id for (driver_id,) in self._rows(HOLDERS, operator_id, last4, limit)]

    def charges(self, operator_id: OperatorId, transaction: str, limit: int) -> Sequence[SessionId]:
        found = (*self._rows(RUNNING, operator_id, transaction, limit), *self._rows(ENDED, operator_id, transaction, limit))
        return [session_id for (session_id,) in found][:limit]

    def bookings(self, operator_id: OperatorId, number: int, limit: int) -> Sequence[Booking]:
        return [_BOOKING.read(data) for (data,) in self._rows(BOOKINGS, operator_id, number, limit)]

    def evses(self, operator_id: OperatorId, label: str, limit: int) -> Sequence[Evse]:
        return [_EVSE.read(data) for (data,) in self._rows(EVSES, operator_id, label, limit)]

    def payments(self, operator_id: OperatorId, reference: str, limit: int) -> Sequence[Payment]:
        return [_PAYMENT.read(data) for (data,) in self._rows(PAYMENTS, operator_id, reference, limit)]

    def _rows(self, query: str, *parameters: object) -> Rows:
        for flush in self._flushes:
            flush()
        return self._db.rows(query, *parameters)
