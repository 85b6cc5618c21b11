"""Partners, their offers, vouchers and redemptions, in memory."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, OpenItems, PageRequest, page_of
from forecourt.kernel import DriverId, Money, OperatorId, Span
from forecourt.offers import Offer, OfferKind, Open, Partner, Redemption, Voucher, is_expired
from forecourt.store.memory.partner_statements import Statements


class Partners(Statements):
    def partner(self, partner_id: UUID) -> Partner | None:
        return self._db.partners.get(partner_id)

    def partners(self, operator_id: OperatorId) -> Sequence[Partner]:
        return sorted(self._db.partners.where(lambda one: one.operator_id == operator_id), key=lambda one: (one.name, one.id))

    def put_partner(self, partner: Partner) -> None:
        self._db.partners.put(partner.id, partner)

    def offer(self, offer_id: UUID) -> Offer | None:
        return self._db.offers.get(offer_id)

    def lock_offer(self, offer_id: UUID) -> Offer | None:
        return self.offer(offer_id)  # units of work run alone here

    def offers(self, operator_id: OperatorId) -> Sequence[Offer]:
        return sorted(self._db.offers.where(lambda one: one.operator_id == operator_id), key=lambda one: (one.title, one.id))

    def put_offer(self, offer: Offer) -> None:
        self._db.offers.put(offer.id, offer)

    def voucher(self, voucher_id: UUID) -> Voucher | None:
        return self._db.vouchers.get(voucher_id)

    def lock_voucher(self, voucher_id: UUID) -> Voucher | None:
        return self.voucher(voucher_id)

    def by_code(self, operator_id: OperatorId, code: str) -> Voucher | None:
        return next((one for one in self._db.vouchers if (one.operator_id, one.code) == (operator_id, code)), None)

    def vouchers_of(self, driver_id: DriverId, limit: int = 100) -> Sequence[Voucher]:
        return _newest(self._db.vouchers.where(lambda one: one.driver_id == driver_id))[:limit]

    def open_vouchers_of(self, driver_id: DriverId) -> Sequence[Voucher]:
        return _newest(self._db.vouchers.where(lambda one: one.driver_id == driver_id and isinstance(one.state, Open)))

    def voucher_page(self, driver_id: DriverId, request: PageRequest = FIRST_PAGE) -> ListPage[Voucher]:
        return page_of(self._db.vouchers.where(lambda one: one.driver_id == driver_id), ListOrders.VOUCHERS, request)

    def vouchers_at(self, partner_id: UUID, span: Span) -> Sequence[Voucher]:
        return _newest(self._db.vouchers.where(lambda one: one.partner_id == partner_id and span.contains(one.issued_at)))

    def earned_by(self, document_id: UUID) -> Sequence[Voucher]:
        return _newest(self._db.vouchers.where(lambda one: one.document_id == document_id))[::-1]

    def expired(self, operator_id: OperatorId, at: datetime, limit: int = 500) -> Sequence[Voucher]:
        over = self._db.vouchers.where(lambda one: one.operator_id == operator_id and is_expired(one, at))
        return sorted(over, key=lambda one: (one.valid_until, one.id))[:limit]

    def put_voucher(self, voucher: Voucher) -> None:
        self._db.vouchers.put(voucher.id, voucher)

    def put_redemption(self, redemption: Redemption) -> None:
        self._db.redemptions.put(redemption.id, redemption)

    def redemption(self, redemption_id: UUID) -> Redemption | None:
        return self._db.redemptions.get(redemption_id)

    def redemptions(self, partner_id: UUID, span: Span) -> Sequence[Redemption]:
        return _by_time(self._db.redemptions.where(lambda one: one.partner_id == partner_id and span.contains(one.at)))

    def open_items(self, partner_id: UUID) -> Sequence[OpenItems]:
        sums: dict[tuple[OfferKind, str], OpenItems] = {}
        for one in self._db.redemptions.where(lambda one: one.partner_id == partner_id and one.statement_id is None):
            key = (one.kind, one.owed.currency)
            before = sums.get(key, OpenItems(one.kind, 0, Money.zero(one.owed.currency)))
            sums[key] = OpenItems(one.kind, before.count + 1, before.owed + one.owed)
        return [sums[key] for key in sorted(sums)]

    def awaiting_statement(self, partner_id: UUID, before: datetime) -> Sequence[Redemption]:
        return _by_time(
            self._db.redemptions.where(lambda one: one.partner_id == partner_id and one.statement_id is None and one.at < before)
        )


def _newest(vouchers: Sequence[Voucher]) -> list[Voucher]:
    return sorted(vouchers, key=lambda one: (one.issued_at, one.id), reverse=True)


def _by_time(redemptions: Sequence[Redemption]) -> list[Redemption]:
    return sorted(redemptions, key=lambda one: (one.at, one.id))
