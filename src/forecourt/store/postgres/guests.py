"""Codes at sockets, and guests' visits."""

from collections.abc import Sequence
from uuid import UUID

from forecourt.drivers import GuestVisit
from forecourt.kernel import DriverId, EvseId, SiteId
from forecourt.stations import EvseCode
from forecourt.store.codec import Codec
from forecourt.store.postgres.link import Columns, Link
from forecourt.store.postgres.shelf import Shelf

_CODES = Columns(
    "evse_codes",
    (("operator_id", "uuid"), ("site_id", "uuid"), ("evse_id", "uuid"), ("code", "text"), ("paper", "jsonb")),
    ("operator_id", "site_id", "evse_id"),
)
_VISITS = Columns(
    "guest_visits",
    (
        ("operator_id", "uuid"),
        ("site_id", "uuid"),
        ("visit_id", "uuid"),
        ("evse_id", "uuid"),
        ("driver_id", "uuid"),
        ("digest", "text"),
        ("made_at", "timestamptz"),
        ("paper", "jsonb"),
    ),
    ("operator_id", "site_id", "visit_id"),
)
_CODE, _VISIT = Codec[EvseCode](EvseCode), Codec[GuestVisit](GuestVisit)


class Guests:
    def __init__(self, link: Link) -> None:
        self._codes: Shelf[EvseId, EvseCode] = Shelf(link, _CODES, _CODE, lambda one: one.evse_id, _code_record)
        self._visits: Shelf[UUID, GuestVisit] = Shelf(link, _VISITS, _VISIT, lambda one: one.id, _visit_record)

    def code(self, code: str) -> EvseCode | None:
        return self._codes.first("code = %s", code)

    def code_of(self, evse_id: EvseId) -> EvseCode | None:
        return self._codes.get(evse_id, "evse_id = %s", evse_id)

    def codes(self, site_id: SiteId) -> Sequence[EvseCode]:
        return self._codes.find("site_id = %s ORDER BY evse_id", site_id)

    def put_code(self, code: EvseCode) -> None:
        self._codes.put(code)
        self._codes.flush()

    def visit(self, visit_id: UUID) -> GuestVisit | None:
        return self._visits.get(visit_id, "visit_id = %s", visit_id)

    def by_digest(self, digest: bytes) -> GuestVisit | None:
        return self._visits.first("digest = %s", digest.hex())

    def of_driver(self, driver_id: DriverId) -> GuestVisit | None:
        return self._visits.first("driver_id = %s", driver_id)

    def put_visit(self, visit: GuestVisit) -> None:
        self._visits.put(visit)
        self._visits.flush()


def _code_record(one: EvseCode) -> dict[str, object]:
    return {"operator_id": one.operator_id, "site_id": one.site_id, "evse_id": one.evse_id, "code": one.code}


def _visit_record(one: GuestVisit) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "site_id": one.site_id,
        "visit_id": one.id,
        "evse_id": one.evse_id,
        "driver_id": one.driver_id,
        "digest": one.digest.hex(),
        "made_at": one.made_at,
    }
