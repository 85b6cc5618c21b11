"""Rules and settings for prepaid balances, in memory."""

from forecourt.kernel import DriverId, OperatorId
from forecourt.payments import AutoTopUp, WalletRules
from forecourt.store.memory.database import MemoryDatabase


class Wallets:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def lock(self, driver_id: DriverId) -> None:
        """Nothing to do: units of work run one after another."""

    def rules(self, operator_id: OperatorId) -> WalletRules:
        operator = self._db.operators.get(operator_id)
        return self._db.wallet_rules.get(operator_id) or WalletRules.usual(operator.currency if operator else "EUR")

    def put_rules(self, operator_id: OperatorId, rules: WalletRules) -> None:
        self._db.wallet_rules.put(operator_id, rules)

    def auto_top_up(self, driver_id: DriverId) -> AutoTopUp | None:
        return self._db.auto_top_ups.get(driver_id)

    def put_auto_top_up(self, auto: AutoTopUp) -> None:
        self._db.auto_top_ups.put(auto.driver_id, auto)
