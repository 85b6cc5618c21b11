"""The search by what somebody reads out on the phone, in memory."""

from collections.abc import Sequence

from forecourt.drivers import Driver
from forecourt.kernel import DriverId, OperatorId, SessionId, lowered
from forecourt.payments import Payment
from forecourt.reservations import Booking
from forecourt.stations import Evse
from forecourt.store.memory.database import MemoryDatabase


class Lookup:
    """Reads every row, as there is no index."""

    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def guests(self, operator_id: OperatorId, email: str, limit: int) -> Sequence[Driver]:
        mine = self._db.drivers.where(lambda one: one.operator_id == operator_id and one.guest and lowered(one.email) == lowered(email))
        return sorted(mine, key=lambda one: one.id, reverse=True)[:limit]

    def holders(self, operator_id: OperatorId, last4: str, limit: int) -> Sequence[DriverId]:
        cards = self._db.cards.where(lambda one: one.operator_id == operator_id and one.last4 == last4)
        newest = sorted(cards, key=lambda one: (one.added_at, one.driver_id), reverse=True)
        return list(dict.fromkeys(one.driver_id for one in newest))[:limit]

    def charges(self, operator_id: OperatorId, transaction: str, limit: int) -> Sequence[SessionId]:
        running = self._db.sessions.where(lambda one: one.operator_id == operator_id and one.transaction == transaction)
        ended = self._db.records.where(lambda one: one.operator_id == operator_id and one.transaction == transaction)
        found = [one.id for one in sorted(running, key=lambda one: (one.started_at, one.id), reverse=True)]
        found += [one.session_id for one in sorted(ended, key=lambda one: (one.ended_at, one.session_id), reverse=True)]
        return found[:limit]

    def bookings(self, operator_id: OperatorId, number: int, limit: int) -> Sequence[Booking]:
        found = self._db.bookings.where(lambda one: one.operator_id == operator_id and one.number == number)
        return sorted(found, key=lambda one: one.id)[:limit]

    def evses(self, operator_id: OperatorId, label: str, limit: int) -> Sequence[Evse]:
        found = self._db.evses.where(lambda one: one.operator_id == operator_id and lowered(one.label) == lowered(label))
        return sorted(found, key=lambda one: one.id)[:limit]

    def payments(self, operator_id: OperatorId, reference: str, limit: int) -> Sequence[Payment]:
        found = self._db.payments.where(lambda one: one.operator_id == operator_id and one.reference == reference)
        return sorted(found, key=lambda one: (one.made_at, one.id), reverse=True)[:limit]
