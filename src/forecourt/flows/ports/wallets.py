"""Repositories for prepaid balances and stored cards, within a Store. The money itself is in the ledger."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from forecourt.kernel import DriverId, OperatorId
from forecourt.payments import AutoTopUp, CardSetup, StoredCard, WalletRules


class WalletRepository(Protocol):
    def lock(self, driver_id: DriverId) -> None:
        """Lock the driver's balance until this unit of work ends: nothing else takes from it. Call before reading it, but after locking
        documents, and top-ups that are to change."""
        ...

    def rules(self, operator_id: OperatorId) -> WalletRules:
        """The operator's own rules, or the defaults for its currency."""
        ...

    def put_rules(self, operator_id: OperatorId, rules: WalletRules) -> None: ...
    def auto_top_up(self, driver_id: DriverId) -> AutoTopUp | None: ...
    def put_auto_top_up(self, auto: AutoTopUp) -> None: ...


class StoredCardRepository(Protocol):
    def of_driver(self, driver_id: DriverId) -> Sequence[StoredCard]:
        """The driver's stored cards, oldest first."""
        ...

    def put(self, card: StoredCard) -> None: ...
    def drop(self, card: StoredCard) -> None: ...
    def setup(self, setup_id: UUID) -> CardSetup | None:
        """The setup as it is now, locked until this unit of work ends."""
        ...

    def put_setup(self, setup: CardSetup) -> None: ...
