"""Operators' and drivers' settings for prepaid balances, and the lock of a balance."""

from forecourt.kernel import DriverId, OperatorId
from forecourt.payments import AutoTopUp, WalletRules
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table

_RULES = Table("wallet_rules", (("operator_id", "uuid"), ("data", "jsonb")), ("operator_id",))
_AUTO = Table("auto_top_ups", (("operator_id", "uuid"), ("driver_id", "uuid"), ("data", "jsonb")), ("operator_id", "driver_id"))
_RULE, _WISH = Codec[WalletRules](WalletRules), Codec[AutoTopUp](AutoTopUp)


class Wallets:
    def __init__(self, db: DbConnection) -> None:
        self._db = db

    def lock(self, driver_id: DriverId) -> None:
        self._db.lock("wallet", driver_id)

    def rules(self, operator_id: OperatorId) -> WalletRules:
        found = self._db.one("SELECT data FROM wallet_rules WHERE operator_id = %s", operator_id)
        if found:
            return _RULE.read(found[0])
        row = self._db.one("SELECT data->>'currency' FROM operators WHERE operator_id = %s", operator_id)
        return WalletRules.usual(row[0] if row else "EUR")

    def put_rules(self, operator_id: OperatorId, rules: WalletRules) -> None:
        self._db.write(_RULES.upsert(), [{"operator_id": operator_id, "data": _RULE.pack(rules)}])

    def auto_top_up(self, driver_id: DriverId) -> AutoTopUp | None:
        found = self._db.one("SELECT data FROM auto_top_ups WHERE driver_id = %s", driver_id)
        return _WISH.read(found[0]) if found else None

    def put_auto_top_up(self, auto: AutoTopUp) -> None:
        self._db.write(_AUTO.upsert(), [{"operator_id": auto.operator_id, "driver_id": auto.driver_id, "data": _WISH.pack(auto)}])
