"""Stored cards, and drivers who are adding one."""

from collections.abc import Sequence
from uuid import UUID

from forecourt.kernel import DriverId
from forecourt.payments import CardSetup, StoredCard
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table

_OF = (("operator_id", "uuid"), ("driver_id", "uuid"))
_CARDS = Table(
    "stored_cards", (*_OF, ("card_id", "uuid"), ("added_at", "timestamptz"), ("data", "jsonb")), ("operator_id", "driver_id", "card_id")
)
_SETUPS = Table("card_setups", (*_OF, ("setup_id", "uuid"), ("begun_at", "timestamptz"), ("data", "jsonb")), ("operator_id", "setup_id"))
_CARD, _SETUP = Codec[StoredCard](StoredCard), Codec[CardSetup](CardSetup)


class Cards:
    def __init__(self, db: DbConnection) -> None:
        self._db = db

    def of_driver(self, driver_id: DriverId) -> Sequence[StoredCard]:
        rows = self._db.rows("SELECT data FROM stored_cards WHERE driver_id = %s ORDER BY added_at, card_id", driver_id)
        return [_CARD.read(data) for (data,) in rows]

    def put(self, card: StoredCard) -> None:
        record = {"operator_id": card.operator_id, "driver_id": card.driver_id, "card_id": card.id, "added_at": card.added_at}
        self._db.write(_CARDS.upsert(), [{**record, "data": _CARD.pack(card)}])

    def drop(self, card: StoredCard) -> None:
        self._db.run("DELETE FROM stored_cards WHERE driver_id = %s AND card_id = %s", card.driver_id, card.id)

    def setup(self, setup_id: UUID) -> CardSetup | None:
        found = self._db.one("SELECT data FROM card_setups WHERE setup_id = %s FOR NO KEY UPDATE", setup_id)
        return _SETUP.read(found[0]) if found else None

    def put_setup(self, setup: CardSetup) -> None:
        record = {"operator_id": setup.operator_id, "driver_id": setup.driver_id, "setup_id": setup.id, "begun_at": setup.begun_at}
        self._db.write(_SETUPS.upsert(), [{**record, "data": _SETUP.pack(setup)}])
