"""Apps of other firms, and drivers' consents to them, in memory."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from forecourt.drivers import App, AppGrant
from forecourt.kernel import OperatorId
from forecourt.store.memory.database import MemoryDatabase


class Apps:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def app(self, app_id: UUID) -> App | None:
        return self._db.apps.get(app_id)

    def apps(self, operator_id: OperatorId) -> Sequence[App]:
        return sorted(self._db.apps.where(lambda one: one.operator_id == operator_id), key=lambda one: (one.name, one.id))

    def put_app(self, app: App) -> None:
        self._db.apps.put(app.id, app)

    def drop_app(self, app_id: UUID) -> None:
        for grant in self._db.app_grants.where(lambda one: one.app_id == app_id):
            self.drop_grant(grant.family)
        self._db.apps.drop(app_id)

    def connected(self, app_id: UUID, at: datetime) -> int:
        return len({one.account_id for one in self._db.app_grants if one.app_id == app_id and one.connected_at(at)})

    def grant(self, family: bytes) -> AppGrant | None:
        return self._db.app_grants.get(family)

    def lock_grant(self, family: bytes) -> AppGrant | None:
        return self.grant(family)

    def grants_of(self, account_id: UUID) -> Sequence[AppGrant]:
        return sorted(self._db.app_grants.where(lambda one: one.account_id == account_id), key=lambda one: (one.since, one.family))

    def put_grant(self, grant: AppGrant) -> None:
        self._db.app_grants.put(grant.family, grant)

    def drop_grant(self, family: bytes) -> None:
        self._db.app_grants.drop(family)
