"""What flows need for charges without an account: codes at sockets, and visits, within a Store."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from forecourt.drivers import GuestVisit
from forecourt.kernel import DriverId, EvseId, SiteId
from forecourt.stations import EvseCode


class GuestBook(Protocol):
    """The store refuses a code that another socket has, and a link that another visit has."""

    def code(self, code: str) -> EvseCode | None: ...
    def code_of(self, evse_id: EvseId) -> EvseCode | None: ...
    def codes(self, site_id: SiteId) -> Sequence[EvseCode]: ...
    def put_code(self, code: EvseCode) -> None:
        """In place of the one the EVSE had."""
        ...

    def visit(self, visit_id: UUID) -> GuestVisit | None: ...
    def by_digest(self, digest: bytes) -> GuestVisit | None: ...
    def of_driver(self, driver_id: DriverId) -> GuestVisit | None: ...
    def put_visit(self, visit: GuestVisit) -> None: ...


__all__ = ["GuestBook"]
