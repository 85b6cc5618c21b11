"""Repository for third-party drivers' apps, within a Store."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.drivers import App, AppGrant
from forecourt.kernel import OperatorId


class AppRepository(Protocol):
    def app(self, app_id: UUID) -> App | None: ...
    def apps(self, operator_id: OperatorId) -> Sequence[App]:
        """The operator's apps, by name."""
        ...

    def put_app(self, app: App) -> None: ...
    def drop_app(self, app_id: UUID) -> None:
        """Delete an app and all its grants."""
        ...

    def connected(self, app_id: UUID, at: datetime) -> int:
        """The number of accounts with a grant for the app that has been completed and has not expired."""
        ...

    def grant(self, family: bytes) -> AppGrant | None: ...
    def lock_grant(self, family: bytes) -> AppGrant | None:
        """The grant as it is now, locked until this unit of work ends."""
        ...

    def grants_of(self, account_id: UUID) -> Sequence[AppGrant]:
        """The grants of an account, oldest first."""
        ...

    def put_grant(self, grant: AppGrant) -> None: ...
    def drop_grant(self, family: bytes) -> None: ...
