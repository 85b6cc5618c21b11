"""Partners, their offers, vouchers and what became of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, OpenItems, PageRequest
from forecourt.kernel import DriverId, Money, OperatorId, Span
from forecourt.offers import LATE_BILLING_PERIOD, Offer, OfferKind, Partner, Redemption, Voucher
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, DbQuery, Table
from forecourt.store.postgres.identity_map import IdentityMap, MergingIdentityMap
from forecourt.store.postgres.paged_query import PagedQuery
from forecourt.store.postgres.partner_statements import Statements

_PARTNERS = Table(
    "partners",
    (("operator_id", "uuid"), ("partner_id", "uuid"), ("handle", "text"), ("name", "text"), ("data", "jsonb")),
    ("partner_id",),
)
_OFFERS = Table(
    "partner_offers",
    (("operator_id", "uuid"), ("offer_id", "uuid"), ("partner_id", "uuid"), ("title", "text"), ("data", "jsonb")),
    ("offer_id",),
)
_VOUCHERS = Table(
    "vouchers",
    (
        ("operator_id", "uuid"),
        ("voucher_id", "uuid"),
        ("partner_id", "uuid"),
        ("offer_id", "uuid"),
        ("code", "text"),
        ("driver_id", "uuid"),
        ("document_id", "uuid"),
        ("issued_at", "timestamptz"),
        ("valid_until", "timestamptz"),
        ("state", "text"),
        ("data", "jsonb"),
    ),
    ("voucher_id",),
)
_REDEMPTIONS = Table(
    "redemptions",
    (
        ("operator_id", "uuid"),
        ("redemption_id", "uuid"),
        ("partner_id", "uuid"),
        ("at", "timestamptz"),
        ("statement_id", "uuid"),
        ("data", "jsonb"),
    ),
    ("redemption_id",),
)
_OPEN_OF = "driver_id = %s AND state = 'Open' ORDER BY issued_at DESC, voucher_id DESC"
_OPEN_ITEMS = """SELECT data->>'kind', data->'owed'->>'currency', count(*), sum((data->'owed'->>'minor')::bigint)
FROM redemptions WHERE partner_id = %s AND statement_id IS NULL GROUP BY 1, 2 ORDER BY 1, 2"""
_PARTNER_CODEC = Codec[Partner](Partner)
_PAGED = PagedQuery(ListOrders.VOUCHERS, ("(state = 'Open')", "issued_at", "voucher_id"))
_OFFER_CODEC = Codec[Offer](Offer)
_VOUCHER_CODEC = Codec[Voucher](Voucher)
_REDEMPTION_CODEC = Codec[Redemption](Redemption)


def _voucher_record(one: Voucher) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "voucher_id": one.id,
        "partner_id": one.partner_id,
        "offer_id": one.offer_id,
        "code": one.code,
        "driver_id": one.driver_id,
        "document_id": one.document_id,
        "issued_at": one.issued_at,
        "valid_until": one.valid_until,
        "state": one.state_name,
    }


def _redemption_record(one: Redemption) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "redemption_id": one.id,
        "partner_id": one.partner_id,
        "at": one.at,
        "statement_id": one.statement_id,
    }


class Partners(Statements):
    def __init__(self, db: DbConnection) -> None:
        super().__init__(db)
        self._partners: MergingIdentityMap[UUID, Partner] = MergingIdentityMap(
            db,
            _PARTNERS,
            _PARTNER_CODEC,
            lambda one: one.id,
            lambda one: {"operator_id": one.operator_id, "partner_id": one.id, "handle": one.handle, "name": one.name},
        )
        self._offers: IdentityMap[UUID, Offer] = IdentityMap(
            db,
            _OFFERS,
            _OFFER_CODEC,
            lambda one: one.id,
            lambda one: {"operator_id": one.operator_id, "offer_id": one.id, "partner_id": one.partner_id, "title": one.title},
        )
        self._vouchers: IdentityMap[UUID, Voucher] = IdentityMap(db, _VOUCHERS, _VOUCHER_CODEC, lambda one: one.id, _voucher_record)
        self._redemptions: IdentityMap[UUID, Redemption] = IdentityMap(
            db, _REDEMPTIONS, _REDEMPTION_CODEC, lambda one: one.id, _redemption_record
        )

    def partner(self, partner_id: UUID) -> Partner | None:
        return self._partners.get(partner_id, "partner_id = %s", partner_id)

    def partners(self, operator_id: OperatorId) -> Sequence[Partner]:
        return sorted(self._partners.find("operator_id = %s", operator_id), key=lambda one: (one.name, one.id))

    def put_partner(self, partner: Partner) -> None:
        self._partners.put(partner)

    def offer(self, offer_id: UUID) -> Offer | None:
        return self._offers.get(offer_id, "offer_id = %s", offer_id)

    def lock_offer(self, offer_id: UUID) -> Offer | None:
        return self._offers.first("offer_id = %s FOR NO KEY UPDATE", offer_id)

    def offers(self, operator_id: OperatorId) -> Sequence[Offer]:
        return sorted(self._offers.find("operator_id = %s", operator_id), key=lambda one: (one.title, one.id))

    def put_offer(self, offer: Offer) -> None:
        self._offers.put(offer)

    def voucher(self, voucher_id: UUID) -> Voucher | None:
        return self._vouchers.get(voucher_id, "voucher_id = %s", voucher_id)

    def lock_voucher(self, voucher_id: UUID) -> Voucher | None:
        return self._vouchers.first("voucher_id = %s FOR NO KEY UPDATE", voucher_id)

    def by_code(self, operator_id: OperatorId, code: str) -> Voucher | None:
        return self._vouchers.first("operator_id = %s AND code = %s", operator_id, code)

    def vouchers_of(self, driver_id: DriverId, limit: int = 100) -> Sequence[Voucher]:
        return self._vouchers.find("driver_id = %s ORDER BY issued_at DESC, voucher_id DESC LIMIT %s", driver_id, limit)

    def open_vouchers_of(self, driver_id: DriverId) -> Sequence[Voucher]:
        return self._vouchers.find(_OPEN_OF, driver_id)

    def vouchers_query(self, driver_id: DriverId) -> DbQuery:
        """The query that `open_vouchers_of` runs."""
        return self._vouchers.find_query(_OPEN_OF, driver_id)

    def voucher_page(self, driver_id: DriverId, request: PageRequest = FIRST_PAGE) -> ListPage[Voucher]:
        return _PAGED.page(self._vouchers.find, request, "driver_id = %s", driver_id)

    def vouchers_at(self, partner_id: UUID, span: Span) -> Sequence[Voucher]:
        where = "partner_id = %s AND issued_at >= %s AND issued_at < %s ORDER BY issued_at DESC, voucher_id DESC"
        return self._vouchers.find(where, partner_id, span.start, span.end)

    def earned_by(self, document_id: UUID) -> Sequence[Voucher]:
        return self._vouchers.find("document_id = %s ORDER BY issued_at, voucher_id", document_id)

    def expired(self, operator_id: OperatorId, at: datetime, limit: int = 500) -> Sequence[Voucher]:
        where = """operator_id = %s AND state = 'Open' AND valid_until <= %s
                   AND (driver_id IS NULL OR data->>'kind' <> 'PURCHASE' OR valid_until <= %s) ORDER BY valid_until, voucher_id LIMIT %s"""
        return self._vouchers.find(where, operator_id, at, at - LATE_BILLING_PERIOD, limit)

    def put_voucher(self, voucher: Voucher) -> None:
        self._vouchers.put(voucher)

    def put_redemption(self, redemption: Redemption) -> None:
        self._redemptions.put(redemption)

    def redemption(self, redemption_id: UUID) -> Redemption | None:
        return self._redemptions.get(redemption_id, "redemption_id = %s", redemption_id)

    def redemptions(self, partner_id: UUID, span: Span) -> Sequence[Redemption]:
        return self._redemptions.find(
            "partner_id = %s AND at >= %s AND at < %s ORDER BY at, redemption_id", partner_id, span.start, span.end
        )

    def open_items(self, partner_id: UUID) -> Sequence[OpenItems]:
        self._redemptions.flush()
        rows = self._db.rows(_OPEN_ITEMS, partner_id)
        return [OpenItems(OfferKind(kind), count, Money(int(minor), currency)) for kind, currency, count, minor in rows]

    def awaiting_statement(self, partner_id: UUID, before: datetime) -> Sequence[Redemption]:
        where = "partner_id = %s AND at < %s AND statement_id IS NULL ORDER BY at, redemption_id FOR NO KEY UPDATE"
        return self._redemptions.find(where, partner_id, before)

    def flush(self) -> None:
        for shelf in (self._partners, self._offers, self._vouchers, self._redemptions):
            shelf.flush()
