"""Rules and settings for prepaid balances, stored cards, and deposits for bookings, in memory."""

from collections.abc import Callable, Sequence
from uuid import UUID

from forecourt.drivers import GuestStep
from forecourt.kernel import BookingId, DriverId, OperatorId, SiteId
from forecourt.payments import AutoTopUp, CardSetup, StoredCard, WalletRules
from forecourt.reservations import Deposit
from forecourt.store.memory.database import MemoryDatabase


class Wallets:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def lock(self, driver_id: DriverId) -> None:
        pass  # units of work run alone here

    def rules(self, operator_id: OperatorId) -> WalletRules:
        operator = self._db.operators.get(operator_id)
        return self._db.wallet_rules.get(operator_id) or WalletRules.usual(operator.currency if operator else "EUR")

    def put_rules(self, operator_id: OperatorId, rules: WalletRules) -> None:
        self._db.wallet_rules.put(operator_id, rules)

    def auto_top_up(self, driver_id: DriverId) -> AutoTopUp | None:
        return self._db.auto_top_ups.get(driver_id)

    def put_auto_top_up(self, auto: AutoTopUp) -> None:
        self._db.auto_top_ups.put(auto.driver_id, auto)


class Cards:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def of_driver(self, driver_id: DriverId) -> Sequence[StoredCard]:
        return sorted(self._db.cards.where(lambda one: one.driver_id == driver_id), key=lambda one: (one.added_at, one.id))

    def put(self, card: StoredCard) -> None:
        self._db.cards.put(card.id, card)

    def drop(self, card: StoredCard) -> None:
        self._db.cards.drop(card.id)

    def setup(self, setup_id: UUID) -> CardSetup | None:
        return self._db.card_setups.get(setup_id)

    def put_setup(self, setup: CardSetup) -> None:
        self._db.card_setups.put(setup.id, setup)


class Deposits:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def of_booking(self, booking_id: BookingId) -> Deposit | None:
        return self._db.deposits.get(booking_id)

    def prefetch(self, booking_ids: object) -> None:
        """Nothing to read ahead."""

    def open_at(self, site_id: SiteId) -> Sequence[Deposit]:
        return self._oldest(lambda one: one.site_id == site_id and one.step is not GuestStep.OVER)

    def open_of(self, driver_id: DriverId) -> Sequence[Deposit]:
        return self._oldest(lambda one: one.driver_id == driver_id and one.step is not GuestStep.OVER)

    def unpaid(self, operator_id: OperatorId) -> Sequence[Deposit]:
        return self._oldest(lambda one: one.operator_id == operator_id and one.step is GuestStep.PAYING)

    def put(self, deposit: Deposit) -> None:
        self._db.deposits.put(deposit.booking_id, deposit)

    def _oldest(self, fits: Callable[[Deposit], bool]) -> list[Deposit]:
        return sorted(self._db.deposits.where(fits), key=lambda one: (one.made_at, one.booking_id))
