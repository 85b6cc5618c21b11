"""What flows need for prepaid balances: a repository within a Store. The money itself is in the ledger."""

from typing import Protocol

from forecourt.kernel import DriverId, OperatorId
from forecourt.payments import AutoTopUp, WalletRules


class WalletBook(Protocol):
    def lock(self, driver_id: DriverId) -> None:
        """Whoever takes from a driver's balance is alone until this unit of work ends; call before reading it. Documents, and
        top-ups that change, are locked before."""
        ...

    def rules(self, operator_id: OperatorId) -> WalletRules:
        """The operator's own, else the usual ones of its currency."""
        ...

    def put_rules(self, operator_id: OperatorId, rules: WalletRules) -> None: ...
    def auto(self, driver_id: DriverId) -> AutoTopUp | None: ...
    def put_auto(self, auto: AutoTopUp) -> None: ...
