"""Record which entitlements an invoice used and which vouchers it earned; a credit note returns them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from forecourt.billing import Invoice
from forecourt.flows.desk.operator_scope import operator_zone
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.entitlements import lock_all
from forecourt.kernel import Conflict, Ids, Money
from forecourt.offers import (
    AppliedDiscounts,
    AppliedEntitlement,
    Ended,
    EntitlementKind,
    EntitlementUse,
    FunderKind,
    Offer,
    OfferKind,
    Open,
    Redemption,
    add_issued_voucher,
    code_of,
    commit_budget,
    issue_voucher,
    record_spending,
    reopen_voucher,
    use_voucher,
)
from forecourt.sessions import ChargeRecord


def record_use(store: Store, invoice: Invoice, applied: AppliedDiscounts, began_at: datetime, at: datetime) -> None:
    """Record what the invoice used up. began_at: of the charge, which decides whose month's allowance was used."""
    for taken in applied.taken:
        operator = _operator_minor(applied, taken.source)
        store.entitlements.put(
            EntitlementUse(
                uuid5(invoice.id, taken.source),
                taken.source,
                taken.kind,
                invoice.id,
                began_at,
                taken.amount,
                taken.energy_wh,
                taken.seconds,
                operator,
            )
        )
        if taken.kind is EntitlementKind.COUPON:
            _use_claim(store, UUID(taken.source), invoice, taken.amount)
        elif taken.kind is EntitlementKind.PARTNER:
            _use_voucher(store, invoice, taken, Money(operator, invoice.currency), at)


def record_extra_use(store: Store, invoice: Invoice, whole: AppliedDiscounts, first: Invoice, began_at: datetime) -> None:
    """Record what a further invoice for the same charge used up beyond the first. whole: the discounts on both together."""
    before = {one.source: one for one in store.entitlements.uses_on(first.id)}
    for taken in whole.taken:
        known, operator = before.get(taken.source), _operator_minor(whole, taken.source)
        amount = taken.amount - known.amount if known else taken.amount
        wh, seconds = (taken.energy_wh - known.energy_wh, taken.seconds - known.seconds) if known else (taken.energy_wh, taken.seconds)
        if amount.minor <= 0 and wh <= 0 and seconds <= 0:
            continue
        details = (uuid5(invoice.id, taken.source), taken.source, taken.kind, invoice.id, began_at)
        operator -= known.operator_minor if known else 0
        store.entitlements.put(EntitlementUse(*details, amount, max(0, wh), max(0, seconds), operator))
        claim = store.coupons.claim(UUID(taken.source)) if taken.kind is EntitlementKind.COUPON else None
        coupon = store.coupons.coupon(claim.coupon_id) if claim else None
        if coupon is not None:
            store.coupons.put(record_spending(coupon, amount, 0))


def reduce_use(store: Store, invoice: Invoice, whole: AppliedDiscounts) -> None:
    """After a partial credit note: reduce the recorded use to what the rest of the charge needs. whole: the discounts on that rest."""
    taken = {one.source: one for one in whole.taken}
    for used in store.entitlements.uses_on(invoice.id):
        now = taken.get(used.source) or AppliedEntitlement(used.source, used.kind, Money.zero(used.amount.currency))
        operator = _operator_minor(whole, used.source)
        store.entitlements.put(replace(used, amount=now.amount, energy_wh=now.energy_wh, seconds=now.seconds, operator_minor=operator))
        claim = store.coupons.claim(UUID(used.source)) if used.kind is EntitlementKind.COUPON else None
        coupon = store.coupons.coupon(claim.coupon_id) if claim else None
        if coupon is not None:
            store.coupons.put(record_spending(coupon, now.amount - used.amount, 0))


def earned_offers(store: Store, record: ChargeRecord) -> list[Offer]:
    """The offers whose vouchers a charge earns by its energy, except those of partners that are paused or have left."""
    active = {one.id for one in store.partners.partners(record.operator_id) if one.active}
    return [
        offer
        for offer in sorted(store.partners.offers(record.operator_id), key=lambda one: one.id)
        if offer.kind is OfferKind.EARNED
        and offer.partner_id in active
        and record.energy_wh >= max(1, offer.least_wh)
        and record.site_id in (offer.sites or (record.site_id,))
        and offer.runs(record.ended_at)
    ]


def issue_earned_vouchers(store: Store, invoice: Invoice, record: ChargeRecord, offers: Sequence[Offer], at: datetime, ids: Ids) -> None:
    """Issue a voucher for each of these offers (locked before), unless its budget is used up."""
    for known in offers:
        offer = store.partners.offer(known.id) or known
        try:
            store.partners.put_offer(add_issued_voucher(offer, record.ended_at))
        except Conflict:
            continue
        voucher = issue_voucher(
            offer, uuid5(record.session_id, str(offer.id)), code_of(ids.new(at)), at, operator_zone(store, offer.operator_id)
        )
        store.partners.put_voucher(replace(voucher, driver_id=invoice.driver_id, document_id=invoice.id, state=Open(at)))


def lock_use(store: Store, invoice: Invoice) -> None:
    """Lock everything that a credit note will return or void."""
    store.entitlements.lock_driver(invoice.driver_id)
    uses = store.entitlements.uses_on(invoice.id)
    claims = [store.coupons.claim(UUID(one.source)) for one in uses if one.kind is EntitlementKind.COUPON]
    used = [store.partners.voucher(UUID(one.source)) for one in uses if one.kind is EntitlementKind.PARTNER]
    vouchers = [one for one in (*used, *store.partners.earned_by(invoice.id)) if one is not None]
    lock_all(
        store, {one.id for one in vouchers}, {claim.coupon_id for claim in claims if claim is not None}, {one.offer_id for one in vouchers}
    )


def return_use(store: Store, invoice: Invoice, note: Invoice, at: datetime) -> None:
    """After a credit note: return allowances, claims, vouchers and budgets; void earned vouchers that are unused."""
    for used in store.entitlements.uses_on(invoice.id):
        if used.returned_at is None:
            store.entitlements.put(replace(used, returned_at=at))
            if used.kind is EntitlementKind.COUPON:
                _return_claim(store, UUID(used.source), invoice, used.amount)
            elif used.kind is EntitlementKind.PARTNER:
                _return_voucher(store, used, invoice, note, at)
    for earned in store.partners.earned_by(invoice.id):
        offer = store.partners.offer(earned.offer_id)
        if isinstance(earned.state, Open):
            store.partners.put_voucher(replace(earned, state=Ended(at, "credited")))
            if offer is not None:
                store.partners.put_offer(commit_budget(offer, -offer.operator_bears))


def _operator_minor(applied: AppliedDiscounts, source: str) -> int:
    """The operator's part of one entitlement's discounts, in minor units."""
    return -sum(one.gross.minor for one in applied.discounts if one.source == source and one.funder.kind is FunderKind.OPERATOR)


def _use_claim(store: Store, claim_id: UUID, invoice: Invoice, amount: Money) -> None:
    claim = store.coupons.claim(claim_id)
    coupon = store.coupons.coupon(claim.coupon_id) if claim else None
    if claim is None or coupon is None or claim.used_by is not None:
        raise Conflict("coupon_used", "This coupon was used a moment ago.", "Try again.")
    store.coupons.put_claim(replace(claim, used_by=invoice.id))
    store.coupons.put(record_spending(coupon, amount))


def _return_claim(store: Store, claim_id: UUID, invoice: Invoice, amount: Money) -> None:
    """Return the claim if this invoice used it; for a further invoice of the charge, only the money."""
    claim = store.coupons.claim(claim_id)
    coupon = store.coupons.coupon(claim.coupon_id) if claim else None
    if claim is not None and coupon is not None:
        used_it = claim.used_by == invoice.id
        if used_it:
            store.coupons.put_claim(replace(claim, used_by=None))
        store.coupons.put(record_spending(coupon, -amount, -1 if used_it else 0))


def _use_voucher(store: Store, invoice: Invoice, taken: AppliedEntitlement, operator: Money, at: datetime) -> None:
    found = store.partners.voucher(UUID(taken.source))
    offer = store.partners.offer(found.offer_id) if found else None
    if found is None or offer is None:
        raise Conflict("voucher", "There is no such voucher.")
    store.partners.put_voucher(use_voucher(found, invoice.id, at))
    store.partners.put_offer(commit_budget(offer, operator, 1))
    store.partners.put_redemption(
        Redemption(
            id=uuid5(found.id, str(invoice.id)),
            operator_id=invoice.operator_id,
            partner_id=found.partner_id,
            offer_id=offer.id,
            voucher_id=found.id,
            kind=offer.kind,
            at=at,
            text=offer.title,
            owed=operator - taken.amount,
            code=found.code,
            document=invoice.number,
        )
    )


def _return_voucher(store: Store, used: EntitlementUse, invoice: Invoice, note: Invoice, at: datetime) -> None:
    found = store.partners.voucher(UUID(used.source))
    offer = store.partners.offer(found.offer_id) if found else None
    before = store.partners.redemption(uuid5(UUID(used.source), str(invoice.id)))
    if found is None or offer is None or before is None:
        raise Conflict("voucher", "There is no such voucher.")
    store.partners.put_voucher(reopen_voucher(found, at, operator_zone(store, found.operator_id)))
    store.partners.put_offer(commit_budget(offer, Money(-used.operator_minor, used.amount.currency), -1))
    returned = replace(before, id=uuid5(found.id, str(note.id)), at=at, owed=-before.owed, document=note.number, statement_id=None)
    store.partners.put_redemption(returned)
