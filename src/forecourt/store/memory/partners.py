"""Partners, their offers and vouchers, their settlement; roaming partners and their customers' charges, in memory."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from forecourt.drivers import RoamingPartner, RoamingToken, contract_spellings
from forecourt.flows.ports import (
    FIRST_PAGE,
    ChangedSince,
    ListOrders,
    ListPage,
    OpenItems,
    PageRequest,
    PublishedObject,
    PushedObject,
    RoamingCdr,
    RoamingCharge,
    RoamingCommand,
    page_of,
)
from forecourt.kernel import BookingId, DocumentId, DriverId, EvseId, Money, OperatorId, SessionId, SiteId, Span, TokenUid
from forecourt.offers import Offer, OfferKind, Open, Partner, Redemption, Voucher, is_expired
from forecourt.settlement import Question, Statement, StatementPayment
from forecourt.store.memory.database import MemoryDatabase

_V = TypeVar("_V")


class Partners:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

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

    def put_statement(self, statement: Statement) -> None:
        self._db.statements.put(statement.id, statement)

    def statement(self, statement_id: UUID) -> Statement | None:
        return self._db.statements.get(statement_id)

    def statements(self, operator_id: OperatorId, partner_id: UUID | None = None) -> Sequence[Statement]:
        mine = self._db.statements.where(lambda one: one.operator_id == operator_id and partner_id in (None, one.partner_id))
        return sorted(mine, key=lambda one: (one.issued_at, one.number), reverse=True)

    def settle(self, settled: StatementPayment) -> bool:
        if settled.statement_id in self._db.settled:
            return False
        self._db.settled.put(settled.statement_id, settled)
        return True

    def unsettle(self, statement_id: UUID) -> bool:
        if statement_id not in self._db.settled:
            return False
        self._db.settled.drop(statement_id)
        return True

    def settled(self, statement_id: UUID) -> StatementPayment | None:
        return self._db.settled.get(statement_id)

    def put_pdf(self, statement_id: UUID, pdf: bytes, sha256: str) -> None:
        if statement_id not in self._db.statement_pdfs:
            self._db.statement_pdfs.put(statement_id, pdf)

    def pdf(self, statement_id: UUID) -> bytes | None:
        return self._db.statement_pdfs.get(statement_id)

    def without_pdf(self, limit: int = 20) -> Sequence[Statement]:
        waiting = self._db.statements.where(lambda one: one.id not in self._db.statement_pdfs)
        return sorted(waiting, key=lambda one: (one.issued_at, one.id))[:limit]


class Questions:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def put(self, question: Question) -> None:
        self._db.questions.put(question.id, question)

    def question(self, question_id: UUID) -> Question | None:
        return self._db.questions.get(question_id)

    def lock(self, question_id: UUID) -> Question | None:
        return self.question(question_id)  # units of work run alone here

    def of_statement(self, statement_id: UUID) -> Sequence[Question]:
        return self._oldest(lambda one: one.statement_id == statement_id)

    def of_partner(self, partner_id: UUID) -> Sequence[Question]:
        return self._oldest(lambda one: one.partner_id == partner_id)

    def waiting(self, operator_id: OperatorId) -> Sequence[Question]:
        return self._oldest(lambda one: one.operator_id == operator_id and one.open)

    def _oldest(self, wanted: Callable[[Question], bool]) -> Sequence[Question]:
        return sorted(self._db.questions.where(wanted), key=lambda one: (one.raised_at, one.id))


class Roaming:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def partner(self, partner_id: UUID) -> RoamingPartner | None:
        return self._db.roaming_partners.get(partner_id)

    def lock_partner(self, partner_id: UUID) -> RoamingPartner | None:
        return self.partner(partner_id)  # units of work run alone here

    def partners(self, operator_id: OperatorId) -> Sequence[RoamingPartner]:
        return sorted(self._db.roaming_partners.where(lambda one: one.operator_id == operator_id), key=lambda one: (one.name, one.id))

    def by_digest(self, digest: bytes) -> RoamingPartner | None:
        return next((one for one in self._db.roaming_partners if digest in one.digests), None)

    def put_partner(self, partner: RoamingPartner) -> None:
        self._db.roaming_partners.put(partner.id, partner)

    def token(self, partner_id: UUID, owner: tuple[str, str], uid: TokenUid, kind: str) -> RoamingToken | None:
        return self._db.roaming_tokens.get((partner_id, *owner, uid, kind))

    def shown(self, operator_id: OperatorId, uid: TokenUid) -> Sequence[RoamingToken]:
        spelled = contract_spellings(uid)
        found = self._db.roaming_tokens.where(lambda one: one.operator_id == operator_id and one.uid in spelled)
        return sorted(sorted(found, key=lambda one: (one.partner_id, one.type)), key=lambda one: one.last_updated, reverse=True)

    def token_figures(self, partner_id: UUID) -> tuple[int, datetime | None]:
        theirs = self._db.roaming_tokens.where(lambda one: one.partner_id == partner_id)
        return len(theirs), max((one.last_updated for one in theirs), default=None)

    def put_token(self, token: RoamingToken) -> None:
        self._db.roaming_tokens.put((token.partner_id, token.country, token.party, token.uid, token.type), token)

    def published(self, operator_id: OperatorId, keys: Collection[str]) -> Mapping[str, PublishedObject]:
        return {key: one for key in keys if (one := self._db.roaming_told.get((operator_id, key)))}

    def put_published(self, told: PublishedObject) -> None:
        self._db.roaming_told.put((told.operator_id, told.key), told)

    def pushed(self, partner_id: UUID, key: str) -> PushedObject | None:
        return self._db.roaming_pushed.get((partner_id, key))

    def pushed_to(self, partner_id: UUID) -> Sequence[PushedObject]:
        return sorted(self._db.roaming_pushed.where(lambda one: one.partner_id == partner_id), key=lambda one: one.key)

    def put_pushed(self, pushed: PushedObject) -> None:
        self._db.roaming_pushed.put((pushed.partner_id, pushed.key), pushed)

    def forget_pushed(self, partner_id: UUID) -> None:
        for one in self.pushed_to(partner_id):
            self._db.roaming_pushed.drop((partner_id, one.key))


def _newest(vouchers: Sequence[Voucher]) -> list[Voucher]:
    return sorted(vouchers, key=lambda one: (one.issued_at, one.id), reverse=True)


def _by_time(redemptions: Sequence[Redemption]) -> list[Redemption]:
    return sorted(redemptions, key=lambda one: (one.at, one.id))


class Roamed:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def put_charge(self, charge: RoamingCharge) -> None:
        self._db.roaming_charges.put(charge.id, charge)

    def charge(self, charge_id: UUID) -> RoamingCharge | None:
        return self._db.roaming_charges.get(charge_id)

    def charge_of(self, session_id: SessionId) -> RoamingCharge | None:
        return next(iter(self.charges({session_id})), None)

    def charge_of_booking(self, booking_id: BookingId) -> RoamingCharge | None:
        return next((one for one in self._db.roaming_charges if one.reserved and one.reserved.booking_id == booking_id), None)

    def reservation(self, partner_id: UUID, reservation_id: str) -> RoamingCharge | None:
        def named(one: RoamingCharge) -> bool:
            return one.reserved is not None and one.reserved.reservation_id.lower() == reservation_id.lower()

        found = self._db.roaming_charges.where(lambda one: one.partner_id == partner_id and named(one))
        return max(found, key=lambda one: (one.began_at, one.id), default=None)

    def reserved_at(self, site_id: SiteId) -> Sequence[RoamingCharge]:
        waiting = self._db.roaming_charges.where(lambda one: one.waits and one.reserved is not None and one.reserved.site_id == site_id)
        return sorted(waiting, key=lambda one: one.id)

    def charges(self, session_ids: Collection[SessionId]) -> Sequence[RoamingCharge]:
        return self._db.roaming_charges.where(lambda one: one.session_id in session_ids)

    def charges_of(self, partner_id: UUID, page: ChangedSince) -> tuple[Sequence[RoamingCharge], int]:
        found = sorted(self._db.roaming_charges.where(lambda one: one.partner_id == partner_id), key=lambda one: one.id)
        return _paged(sorted(found, key=lambda one: one.began_at), page, lambda one: one.changed_at)

    def page(self, partner_id: UUID, request: PageRequest = FIRST_PAGE) -> ListPage[RoamingCharge]:
        return page_of(self._db.roaming_charges.where(lambda one: one.partner_id == partner_id), ListOrders.ROAMED, request)

    def put_command(self, command: RoamingCommand) -> None:
        self._db.roaming_commands.put(command.id, command)

    def command(self, command_id: UUID) -> RoamingCommand | None:
        return self._db.roaming_commands.get(command_id)

    def requested_start(self, evse_id: EvseId, shown: TokenUid, since: datetime) -> RoamingCommand | None:
        found = self._db.roaming_commands.where(lambda one: one.evse_id == evse_id and one.shown == shown and one.requested_at >= since)
        return max(found, key=lambda one: (one.requested_at, one.id), default=None)

    def put_cdr(self, cdr: RoamingCdr) -> None:
        self._db.roaming_cdrs.put(cdr.document_id, cdr)

    def cdr(self, document_id: DocumentId) -> RoamingCdr | None:
        return self._db.roaming_cdrs.get(document_id)

    def cdrs_of_charge(self, charge_id: UUID) -> Sequence[RoamingCdr]:
        found = self._db.roaming_cdrs.where(lambda one: one.session_id == charge_id)
        return sorted(found, key=lambda one: (one.made_at, one.document_id))

    def cdrs_of(self, partner_id: UUID, page: ChangedSince) -> tuple[Sequence[RoamingCdr], int]:
        found = self._db.roaming_cdrs.where(lambda one: one.partner_id == partner_id)
        return _paged(sorted(found, key=lambda one: (one.made_at, one.document_id)), page, lambda one: one.made_at)

    def undelivered_cdrs(self, partner_id: UUID, span: Span) -> int:
        made = self._db.roaming_cdrs.where(lambda one: one.partner_id == partner_id and span.contains(one.made_at))
        return sum(one.passing.accepted_at is None for one in made)


def _paged(found: Sequence[_V], page: ChangedSince, changed: Callable[[_V], datetime]) -> tuple[Sequence[_V], int]:
    fit = [one for one in found if (page.since or changed(one)) <= changed(one) and (page.until is None or changed(one) < page.until)]
    return fit[page.offset : page.offset + page.limit], len(fit)
