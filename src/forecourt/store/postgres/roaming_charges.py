"""Charges of partners' drivers and their CDRs."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ChangedSince, ListOrders, ListPage, PageRequest, RoamingCdr, RoamingCharge, RoamingCommand
from forecourt.kernel import BookingId, DocumentId, EvseId, SessionId, SiteId, Span, TokenUid
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.identity_map import IdentityMap, MergingIdentityMap
from forecourt.store.postgres.paged_query import PagedQuery

_CHARGES = Table(
    "roaming_charges",
    (
        ("operator_id", "uuid"),
        ("charge_id", "uuid"),
        ("session_id", "uuid"),
        ("booking_id", "uuid"),
        ("reservation_id", "text"),
        ("waits_at", "uuid"),
        ("partner_id", "uuid"),
        ("began_at", "timestamptz"),
        ("changed_at", "timestamptz"),
        ("data", "jsonb"),
    ),
    ("charge_id",),
)
_CDRS = Table(
    "roaming_cdrs",
    (
        ("operator_id", "uuid"),
        ("document_id", "uuid"),
        ("partner_id", "uuid"),
        ("session_id", "uuid"),
        ("made_at", "timestamptz"),
        ("data", "jsonb"),
    ),
    ("document_id",),
)
_COMMANDS = Table(
    "roaming_commands",
    (
        ("operator_id", "uuid"),
        ("command_id", "uuid"),
        ("partner_id", "uuid"),
        ("evse_id", "uuid"),
        ("shown", "text"),
        ("asked_at", "timestamptz"),
        ("data", "jsonb"),
    ),
    ("command_id",),
)
_PAGED = PagedQuery(ListOrders.ROAMED, ("began_at", "charge_id"))
_CHARGE = Codec[RoamingCharge](RoamingCharge)
_CDR = Codec[RoamingCdr](RoamingCdr)
_COMMAND = Codec[RoamingCommand](RoamingCommand)
_K = TypeVar("_K")
_V = TypeVar("_V")


class Roamed:
    def __init__(self, db: DbConnection) -> None:
        self._db = db
        self._charges: MergingIdentityMap[UUID, RoamingCharge] = MergingIdentityMap(db, _CHARGES, _CHARGE, lambda one: one.id, _charge_row)
        self._cdrs: IdentityMap[DocumentId, RoamingCdr] = IdentityMap(db, _CDRS, _CDR, lambda one: one.document_id, _cdr_row)
        self._commands: IdentityMap[UUID, RoamingCommand] = IdentityMap(db, _COMMANDS, _COMMAND, lambda one: one.id, _command_row)

    def put_command(self, command: RoamingCommand) -> None:
        self._commands.put(command)

    def command(self, command_id: UUID) -> RoamingCommand | None:
        return self._commands.get(command_id, "command_id = %s", command_id)

    def requested_start(self, evse_id: EvseId, shown: TokenUid, since: datetime) -> RoamingCommand | None:
        where = "evse_id = %s AND shown = %s AND asked_at >= %s ORDER BY asked_at DESC, command_id DESC LIMIT 1"
        return self._commands.first(where, evse_id, shown, since)

    def put_charge(self, charge: RoamingCharge) -> None:
        self._charges.put(charge)

    def charge(self, charge_id: UUID) -> RoamingCharge | None:
        return self._charges.get(charge_id, "charge_id = %s", charge_id)

    def charge_of(self, session_id: SessionId) -> RoamingCharge | None:
        return self._charges.first("session_id = %s", session_id)

    def charge_of_booking(self, booking_id: BookingId) -> RoamingCharge | None:
        return self._charges.first("booking_id = %s", booking_id)

    def reservation(self, partner_id: UUID, reservation_id: str) -> RoamingCharge | None:
        where = "partner_id = %s AND reservation_id = %s ORDER BY began_at DESC, charge_id DESC LIMIT 1"
        return self._charges.first(where, partner_id, reservation_id.lower())

    def reserved_at(self, site_id: SiteId) -> Sequence[RoamingCharge]:
        return self._charges.find("waits_at = %s ORDER BY charge_id", site_id)

    def charges(self, session_ids: Collection[SessionId]) -> Sequence[RoamingCharge]:
        return self._charges.find("session_id = ANY(%s)", list(session_ids)) if session_ids else ()

    def charges_of(self, partner_id: UUID, page: ChangedSince) -> tuple[Sequence[RoamingCharge], int]:
        return self._page(self._charges, "roaming_charges", ("changed_at", "began_at, charge_id"), partner_id, page)

    def page(self, partner_id: UUID, request: PageRequest = FIRST_PAGE) -> ListPage[RoamingCharge]:
        return _PAGED.page(self._charges.find, request, "partner_id = %s", partner_id)

    def put_cdr(self, cdr: RoamingCdr) -> None:
        self._cdrs.put(cdr)

    def cdr(self, document_id: DocumentId) -> RoamingCdr | None:
        return self._cdrs.get(document_id, "document_id = %s", document_id)

    def cdrs_of_charge(self, charge_id: UUID) -> Sequence[RoamingCdr]:
        return self._cdrs.find("session_id = %s ORDER BY made_at, document_id", charge_id)

    def cdrs_of(self, partner_id: UUID, page: ChangedSince) -> tuple[Sequence[RoamingCdr], int]:
        return self._page(self._cdrs, "roaming_cdrs", ("made_at", "made_at, document_id"), partner_id, page)

    def undelivered_cdrs(self, partner_id: UUID, span: Span) -> int:
        self._cdrs.flush()
        counted = """SELECT count(*) FROM roaming_cdrs WHERE partner_id = %s AND made_at >= %s AND made_at < %s
            AND data #>> '{passing,accepted_at}' IS NULL"""
        found = self._db.one(counted, partner_id, span.start, span.end)
        return found[0] if found else 0

    def flush(self) -> None:
        self._charges.flush()
        self._cdrs.flush()
        self._commands.flush()

    def _page(
        self, shelf: IdentityMap[_K, _V], table: str, names: tuple[str, str], partner_id: UUID, page: ChangedSince
    ) -> tuple[Sequence[_V], int]:
        changed, order = names
        where = (
            f"partner_id = %s AND {changed} >= coalesce(%s, '-infinity'::timestamptz) AND {changed} < coalesce(%s, 'infinity'::timestamptz)"
        )
        parameters = (partner_id, page.since, page.until)
        found = shelf.find(f"{where} ORDER BY {order} OFFSET %s LIMIT %s", *parameters, page.offset, page.limit)
        counted = self._db.one(f"SELECT count(*) FROM {table} WHERE {where}", *parameters)  # noqa: S608
        return found, counted[0] if counted else 0


def _charge_row(one: RoamingCharge) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "charge_id": one.id,
        "session_id": one.session_id,
        "booking_id": one.reserved.booking_id if one.reserved else None,
        "reservation_id": one.reserved.reservation_id.lower() if one.reserved else None,
        "waits_at": one.reserved.site_id if one.reserved and one.waits else None,
        "partner_id": one.partner_id,
        "began_at": one.began_at,
        "changed_at": one.changed_at,
    }


def _cdr_row(one: RoamingCdr) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "document_id": one.document_id,
        "partner_id": one.partner_id,
        "session_id": one.session_id,
        "made_at": one.made_at,
    }


def _command_row(one: RoamingCommand) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "command_id": one.id,
        "partner_id": one.partner_id,
        "evse_id": one.evse_id,
        "shown": one.shown,
        "asked_at": one.requested_at,
    }
