"""Third-party apps of drivers, and their permissions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from forecourt.drivers import App, AppGrant
from forecourt.kernel import OperatorId
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.identity_map import IdentityMap

_APPS = Table("apps", (("operator_id", "uuid"), ("app_id", "uuid"), ("data", "jsonb")), ("operator_id", "app_id"))
_GRANTS = Table(
    "app_grants",
    (
        ("operator_id", "uuid"),
        ("family", "text"),
        ("app_id", "uuid"),
        ("account_id", "uuid"),
        ("since", "timestamptz"),
        ("expires_at", "timestamptz"),
        ("data", "jsonb"),
    ),
    ("family",),
)
_CONNECTED = "SELECT count(DISTINCT account_id) FROM app_grants WHERE app_id = %s AND expires_at > %s AND data->>'code' IS NULL"


class Apps:
    def __init__(self, db: DbConnection) -> None:
        self._db = db
        self._apps: IdentityMap[UUID, App] = IdentityMap(
            db, _APPS, Codec[App](App), lambda one: one.id, lambda one: {"operator_id": one.operator_id, "app_id": one.id}
        )
        self._grants: IdentityMap[bytes, AppGrant] = IdentityMap(
            db,
            _GRANTS,
            Codec[AppGrant](AppGrant),
            lambda one: one.family,
            lambda one: {
                "operator_id": one.operator_id,
                "family": one.family.hex(),
                "app_id": one.app_id,
                "account_id": one.account_id,
                "since": one.since,
                "expires_at": one.expires_at,
            },
        )

    def app(self, app_id: UUID) -> App | None:
        return self._apps.get(app_id, "app_id = %s", app_id)

    def apps(self, operator_id: OperatorId) -> Sequence[App]:
        return self._apps.find("operator_id = %s ORDER BY data->>'name' COLLATE \"C\", app_id", operator_id)

    def put_app(self, app: App) -> None:
        self._apps.put(app)

    def drop_app(self, app_id: UUID) -> None:
        self.flush()
        self._grants.forget()
        self._apps.drop(app_id, "app_id = %s", app_id)

    def connected(self, app_id: UUID, at: datetime) -> int:
        self.flush()
        ((drivers,),) = self._db.rows(_CONNECTED, app_id, at)
        return int(drivers)

    def grant(self, family: bytes) -> AppGrant | None:
        return self._grants.get(family, "family = %s", family.hex())

    def lock_grant(self, family: bytes) -> AppGrant | None:
        return self._grants.first("family = %s FOR UPDATE", family.hex())

    def grants_of(self, account_id: UUID) -> Sequence[AppGrant]:
        return self._grants.find("account_id = %s ORDER BY since, family", account_id)

    def put_grant(self, grant: AppGrant) -> None:
        self._grants.put(grant)

    def drop_grant(self, family: bytes) -> None:
        self._grants.drop(family, "family = %s", family.hex())

    def flush(self) -> None:
        self._apps.flush()
        self._grants.flush()
