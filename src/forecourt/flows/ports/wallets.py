"""Repositories for prepaid balances and stored cards, within a Store. The money itself is in the ledger."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from forecourt.kernel import DriverId, OperatorId
from forecourt.payments import AutoTopUp, CardSetup, StoredCard, WalletRules


class WalletRepository(Protocol):
    def lock(self, driver_id: DriverId) -> None:
        """Only this unit of work takes from the driver's balance until it ends; call before reading it. Lock documents, and
        top-ups that change, first."""
        ...

    def rules(self, operator_id: OperatorId) -> WalletRules:
        """The operator's own, else the usual ones of its currency."""
        ...

    def put_rules(self, operator_id: OperatorId, rules: WalletRules) -> None: ...
    def auto_top_up(self, driver_id: DriverId) -> AutoTopUp | None: ...
    def put_auto_top_up(self, auto: AutoTopUp) -> None: ...


class StoredCardRepository(Protocol):
    def of_driver(self, driver_id: DriverId) -> Sequence[StoredCard]:
        """Oldest first."""
        ...

    def put(self, card: StoredCard) -> None: ...
    def drop(self, card: StoredCard) -> None: ...
    def setup(self, setup_id: UUID) -> CardSetup | None:
        """As it is now; no other unit of work processes it until this one ends."""
        ...

    def put_setup(self, setup: CardSetup) -> None: ...
