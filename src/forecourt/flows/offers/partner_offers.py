"""Partners and their offers, made by the operator; vouchers issued and accepted by the partner's staff."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from forecourt.drivers import Account, Role
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import operator_zone, own_partner
from forecourt.flows.offers.memberships import check_sites
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.entitlements import lock_all
from forecourt.kernel import Conflict, Ids, Money, NotFound, OperatorId, SiteId, Span, Text
from forecourt.offers import (
    DiscountRule,
    Ended,
    Offer,
    OfferKind,
    Partner,
    Redemption,
    Voucher,
    accept_voucher,
    add_issued_voucher,
    code_of,
    commit_budget,
    is_expired,
    issue_voucher,
    parse_code,
)
from forecourt.settlement import gift_txn


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """Fields as in `offers.Offer`."""

    partner_id: UUID
    title: str
    kind: OfferKind
    partner_percent: Decimal
    validity: Span
    sites: tuple[SiteId, ...]
    cut: DiscountRule | None = None
    least_wh: int = 0
    worth: Money | None = None
    budget: Money | None = None
    voucher_days: int = 30


@dataclass(frozen=True, slots=True)
class Gift:
    """A voucher that a partner is about to accept, or has. credit: what the operator pays the partner for it."""

    voucher: Voucher
    offer: Offer
    credit: Money


def save_partner(store: Store, by: Staff, partner: Partner) -> None:
    """Store a new partner, or changed details. The handle stays, as the ledger identifies the partner by it."""
    known = store.partners.partner(partner.id)
    check_sites(store, by.operator_id, tuple(one for one in partner.sites if known is None or one not in known.sites))
    if known is not None and (known.operator_id != by.operator_id or known.handle != partner.handle):
        raise Conflict("partner_handle", "A partner's short name cannot change.")
    store.partners.put_partner(partner)
    note(store, by, "partner.change" if known else "partner.add", partner.id, partner.name)


def invite_partner(store: Store, by: Staff, partner_id: UUID, email: str, password_hash: str) -> Account:
    """Make a sign-in for a partner's staff, who see that partner only."""
    partner = own_partner(store, by.operator_id, partner_id)
    address = email.strip().lower()
    account = Account(by.ids.new(by.at), by.operator_id, address, Role.PARTNER, password_hash, partner_id=partner.id)
    if store.drivers.account_by_email(address) is not None:
        raise Conflict("email_taken", "There is already an account with this email address.", "Choose another address.")
    store.drivers.put_account(account)
    note(store, by, "partner.invite", partner.id, address)
    return account


def create_offer(store: Store, by: Staff, terms: OfferTerms) -> Offer:
    """Make an offer. Raises BadInput for empty or contradictory terms."""
    partner = own_partner(store, by.operator_id, terms.partner_id)
    if partner.left_at is not None:
        raise Conflict("partner_left", f"{partner.name} has left.", "Choose another partner.")
    check_sites(store, by.operator_id, terms.sites)
    offer = Offer(
        id=by.ids.new(by.at),
        operator_id=by.operator_id,
        partner_id=terms.partner_id,
        title=terms.title.strip(),
        kind=terms.kind,
        partner_percent=terms.partner_percent,
        validity=terms.validity,
        sites=terms.sites,
        cut=terms.cut,
        least_wh=terms.least_wh,
        worth=terms.worth,
        budget=terms.budget,
        voucher_days=terms.voucher_days,
    )
    store.partners.put_offer(offer)
    note(store, by, "offer.make", offer.id, offer.title)
    return offer


def pause_offer(store: Store, by: Staff, offer_id: UUID, paused: bool) -> Offer:
    """Set whether vouchers are issued. Those in circulation stay valid."""
    offer = store.partners.lock_offer(offer_id)
    if offer is None or offer.operator_id != by.operator_id:
        raise NotFound("offer", "There is no such offer.")
    offer = replace(offer, paused=paused)
    store.partners.put_offer(offer)
    note(store, by, "offer.pause" if paused else "offer.resume", offer.id, offer.title)
    return offer


def issue_partner_voucher(store: Store, partner_id: UUID, offer_id: UUID, at: datetime, ids: Ids) -> Voucher:
    """Issue a voucher of a PURCHASE offer for a customer of the partner. Raises NotFound for another partner's offer."""
    offer = store.partners.lock_offer(offer_id)
    if offer is None or offer.partner_id != partner_id or offer.kind is not OfferKind.PURCHASE:
        raise NotFound("offer", Text("You have no such offer."))
    _check_active(store, partner_id)
    store.partners.put_offer(add_issued_voucher(offer, at))
    voucher = issue_voucher(offer, ids.new(at), code_of(ids.new(at)), at, operator_zone(store, offer.operator_id))
    store.partners.put_voucher(voucher)
    return voucher


def preview_gift(store: Store, operator_id: OperatorId, partner_id: UUID, text: str, at: datetime) -> Gift:
    """What accepting a voucher would do; changes nothing. Raises BadInput, NotFound (unknown) or Conflict: used, expired,
    void, another partner's, or not for a partner."""
    known = store.partners.by_code(operator_id, parse_code(text))
    offer = store.partners.offer(known.offer_id) if known else None
    if known is None or offer is None:
        raise NotFound(
            "voucher_unknown", Text("We do not know this code."), Text("Check it letter by letter. Do not give anything for it.")
        )
    accept_voucher(known, partner_id, partner_id, at, operator_zone(store, operator_id))
    return Gift(known, offer, offer.operator_bears)


def accept_gift(store: Store, account: Account, text: str, at: datetime) -> Gift:
    """The partner has handed over the gift: the voucher is used, and its value is owed. Of concurrent attempts, one succeeds."""
    partner_id = _partner_of(account)
    known = preview_gift(store, account.operator_id, partner_id, text, at).voucher
    found = store.partners.lock_voucher(known.id) or known
    after = accept_voucher(found, partner_id, account.id, at, operator_zone(store, account.operator_id))
    offer, partner = store.partners.lock_offer(found.offer_id), store.partners.partner(partner_id)
    if offer is None or partner is None:
        raise NotFound("offer", "There is no such offer.")
    redemption = Redemption(
        id=uuid5(found.id, "gift"),
        operator_id=found.operator_id,
        partner_id=partner_id,
        offer_id=offer.id,
        voucher_id=found.id,
        kind=offer.kind,
        at=at,
        text=offer.title,
        owed=offer.operator_bears,
        code=found.code,
    )
    store.partners.put_voucher(after)
    store.partners.put_offer(replace(offer, used=offer.used + 1))
    store.partners.put_redemption(redemption)
    txn = gift_txn(redemption, partner.handle)
    if txn is not None:
        store.ledger.post(txn)
    return Gift(after, offer, redemption.owed)


def expire_vouchers(store: Store, operator_id: OperatorId, at: datetime) -> int:
    """End expired vouchers, and return what was set aside for gifts to the budget. Returns how many."""
    expired = store.partners.expired(operator_id, at)
    lock_all(store, (one.id for one in expired), (), {one.offer_id for one in expired})
    ended = 0
    for listed in expired:
        found, offer = store.partners.voucher(listed.id), store.partners.offer(listed.offer_id)
        if found is None or not is_expired(found, at):
            continue
        store.partners.put_voucher(replace(found, state=Ended(at, "expired")))
        if offer is not None and offer.kind is OfferKind.EARNED:
            store.partners.put_offer(commit_budget(offer, -offer.operator_bears))
        ended += 1
    return ended


def _partner_of(account: Account) -> UUID:
    if account.partner_id is None:
        raise NotFound("partner", Text("This account belongs to no partner."))
    return account.partner_id


def _check_active(store: Store, partner_id: UUID) -> None:
    partner = store.partners.partner(partner_id)
    if partner is None or not partner.active:
        raise Conflict("partner_paused", Text("Your account is paused."), Text("Ask the operator of the charging site."))
