"""Ends that a charger reports after a charge was sealed and billed. Overbilled amounts are credited automatically; for underbilled
amounts a person has the rest billed, or sets the report aside."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from forecourt.billing import (
    LESS_REPORTED,
    MORE_REPORTED,
    Draft,
    Invoice,
    LineKind,
    correction_reasons,
    creditable_amount,
    discounted,
    overcharge_credit,
    replaced_number,
    replacement_bill,
    supplementary_bill,
)
from forecourt.drivers import Driver
from forecourt.flows.billing.credit_notes import CreditRequest, issue_credit_note
from forecourt.flows.billing.invoicing import draft_of, issue_document, rated
from forecourt.flows.billing.roaming_cdrs import make_corrected_cdr
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.paying.barred_paybacks import returned_by_bank
from forecourt.flows.paying.lost_disputes import check_creditable
from forecourt.flows.paying.pay import is_being_charged, outstanding
from forecourt.flows.paying.refundable_amounts import refundable
from forecourt.flows.ports.inbox import LateEnd, QuarantineEntry
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.entitlement_use import lock_use, record_extra_use, record_use, reduce_use
from forecourt.flows.prices.entitlements import recalculated_entitlements
from forecourt.kernel import Conflict, Money, NotFound, SessionId
from forecourt.offers import AppliedDiscounts, Discount, apply_offers
from forecourt.payments import Refunding, Unknown
from forecourt.sessions import TOLERANCE, ChargeRecord, why_implausible, with_late_end

# Why an overbilled amount cannot be determined yet.
MONEY_MOVES: Final = "money_moves"
# How many of a site's latest charges are searched for the next one at a socket.
_NEXT_AMONG = 500


class _Late(NamedTuple):
    """draft: a bill for the difference, a replacement of the first bill (anew), or a partial credit note (less). applied: discounts on the
    whole charge. record: as billed; whole: with all that is now known."""

    draft: Draft
    first: Invoice
    applied: AppliedDiscounts
    record: ChargeRecord
    whole: ChargeRecord
    replaces: bool

    @property
    def more(self) -> Money:
        if self.replaces:
            return self.draft.gross - self.first.gross
        return self.draft.gross if self.draft.corrects is None else -self.draft.gross


def late_amount(store: Store, entry: QuarantineEntry) -> Money:
    """The further amount that would be billed, with tax; negative: credited. Raises Conflict, with a remedy, if no rule determines what is
    owed."""
    return _late(store, entry).more


def is_rebilled(store: Store, entry: QuarantineEntry) -> bool:
    """Whether the bill is credited and replaced, because a roaming partner accepts only one CDR per charge."""
    record = store.sessions.record(SessionId(UUID(entry.subject)))
    driver = store.drivers.driver(record.driver_id) if record and record.driver_id else None
    return driver is not None and driver.roaming_partner_id is not None


def credited_part(store: Store, entry: QuarantineEntry) -> str:
    """What a person should check first: credited parts of the first bill; empty if there are none."""
    first = next(iter(bills_of(store, SessionId(UUID(entry.subject)))), None)
    notes = store.documents.credit_notes_of(first.id) if first else ()
    credited = " and ".join(f"{one.due} by {one.number}" for one in notes)
    return f"{credited} of {first.number} was credited: check why before you bill more." if first and notes else ""


def _late(store: Store, entry: QuarantineEntry) -> _Late:
    late_end, record = entry.late, store.sessions.record(SessionId(UUID(entry.subject))) if entry.late else None
    if late_end is None or record is None or record.meter_stop_wh is None:
        raise Conflict("late_unread", "The additional amount is unknown.", "Set it aside.")
    driver = store.drivers.driver(record.driver_id) if record.driver_id else None
    bills = bills_of(store, record.session_id)
    if driver is None or not bills:
        raise Conflict("late_unbilled", "The charge has no bill.", "Check the charge.")
    first, notes = bills[0], [note for one in bills for note in store.documents.credit_notes_of(one.id)]
    if notes and (len(bills) > 1 or not creditable_amount(first, notes)):
        raise Conflict("late_credited", f"{notes[-1].content.corrects_number} was credited.", "Set it aside.")
    check_true(store, record, entry, late_end)
    applied = _discounts_of(store, whole := with_late_end(record, late_end.at, late_end.register_wh), first)
    if applied.discounts and len(bills) > 1:
        raise Conflict("late_again", f"{bills[-1].number} already goes beyond {first.number}, with a discount.", "Set it aside.")
    draft = _with_same_discounts(store, draft_of(store, whole, driver), applied.discounts, record, first)
    billed = _sum(bills) - sum((one.gross for one in notes), Money.zero(first.currency))
    if draft.gross == billed:
        raise Conflict("late_nothing", f"The total is the same as {first.number} and its credit notes.", "Set it aside.")
    is_less, bases = whole.ended_at < record.ended_at and draft.gross < billed, (first, applied, record, whole)
    if not is_less and (obstacle := _obstacle(store, driver, record, late_end)):
        raise Conflict("late_barred", f"It would be {draft.gross - _sum(bills)} more. {obstacle}", "Set it aside.")
    if driver.roaming_partner_id is not None:
        if notes or store.roaming_charges.cdr(first.id) is None:
            raise Conflict("late_no_cdr", f"{first.number} is not a CDR that can be corrected.", "Set it aside.")
        return _Late(replacement_bill(draft, first), *bases, replaces=True)
    if not is_less:
        return _Late(supplementary_bill(draft, first, bills[1:]), *bases, replaces=False)
    if len(bills) > 1 or notes:
        raise Conflict("late_less", f"{billed - draft.gross} too much was billed.", f"Check how much of {first.number} to credit.")
    less = overcharge_credit(draft, first)
    check_creditable(store, first, less.due)
    if _can_be_returned(store, first, less, driver):
        return _Late(less, *bases, replaces=False)
    return _Late(replacement_bill(draft, first), *bases, replaces=True)


def _can_be_returned(store: Store, first: Invoice, less: Draft, driver: Driver) -> bool:
    """Whether an overbilled amount can be returned; False: it is unpaid, and a new bill can replace this one. Raises Conflict if neither is
    possible; MONEY_MOVES while that may still change."""
    if store.statements.of_document(first.id) is not None:
        return True
    payments = store.payments.of_document(first.id)
    open_holds = [one for one in store.payments.of_session(first.session_id) if one.holding] if first.session_id else []
    if open_holds or is_being_charged(store, first) or any(isinstance(one.state, Refunding | Unknown) for one in payments):
        raise Conflict(MONEY_MOVES, f"A payment for {first.number} is in progress.", "Try again in a minute.")
    is_owed, overcharge = outstanding(store, first).minor > 0, f"{less.gross} too much was billed with {first.number}"
    if is_owed and driver.guest:
        raise Conflict("late_owed", f"{overcharge}, and part of it is unpaid.", "Credit it manually.")
    still_paid = refundable(store, payments, first.currency) + returned_by_bank(store, first)
    if not is_owed and less.gross > still_paid:
        raise Conflict(
            "late_gone", f"{overcharge}, and {still_paid} of the payment can be refunded.", "Check its payment and credit the rest."
        )
    return not is_owed


def unbilled_amount_text(store: Store, entry: QuarantineEntry) -> str:
    """For the log: what is not billed when a person sets a late end aside; empty for other entries."""
    if entry.late is None:
        return ""
    try:
        return f" Not billed: {late_amount(store, entry)}."
    except Conflict as refused:
        return f" Not billed: {refused.text}"


def bills_of(store: Store, session_id: SessionId) -> list[Invoice]:
    """The valid bills of a charge: the first and those that add to it, or their replacement."""
    first = next(iter(store.documents.of_session(session_id)), None)
    bills = [] if first is None else [first]
    while later := store.documents.with_reasons(bills[0].driver_id, correction_reasons(bills[0].number)) if bills else []:
        replaced = [one for one in later if replaced_number(one.content.reason)]
        if not replaced:
            return [bills[0], *later]
        bills = replaced[-1:]
    return bills


def _sum(bills: Sequence[Invoice]) -> Money:
    return sum((one.gross for one in bills), Money.zero(bills[0].currency))


def check_true(store: Store, record: ChargeRecord, entry: QuarantineEntry, late_end: LateEnd) -> None:
    """Raises Conflict if that end is impossible, or someone else has paid for what was delivered after it."""
    power_w, points = store.stations.evse(record.evse_id).max_power_w, store.sessions.points(record.session_id)
    if objection := why_implausible(record, points, entry.at, (late_end.at, late_end.register_wh), power_w):
        raise Conflict("late_doubtful", objection, "Check the charge, then set it aside.")
    if _overlaps_next(store, record, late_end):
        raise Conflict("late_overlap", "The next charge at that socket began at a lower reading, or before that end.", "Set it aside.")


def _obstacle(store: Store, driver: Driver, record: ChargeRecord, late_end: LateEnd) -> str:
    """Why nobody can be billed more for this charge; empty if somebody can. Matching signed values are in the record."""
    signs = bool(record.signed or store.stations.evse(record.evse_id).meter_key)
    if signs and not (late_end.signed and set(late_end.signed) <= set(record.signed)):
        return "Its meter signs its readings, but no signed reading confirms this: only what the driver can check is billed."
    if driver.guest and driver.roaming_partner_id is None:
        return (
            "Its driver has no account: the hold on the card was released with the bill, and no more can be charged without the cardholder."
        )
    return ""


def bill_late_end(store: Store, by: Staff, entry_id: UUID, shown: Money) -> Invoice:
    """Bill the difference, replace the bill, or credit it in part, and return the new document. shown: the amount the person saw. Raises
    NotFound if someone else was faster; Conflict as `late_amount`, or if the amount has changed."""
    entry = store.inbox.clear_quarantine(by.operator_id, entry_id, by.at)
    if entry is None:
        raise NotFound("entry", "There is no such entry any more.")
    _lock(store, SessionId(UUID(entry.subject)) if entry.late else None)
    late = _late(store, entry)
    if late.more != shown:
        raise Conflict("late_changed", f"The amount is {late.more}, not {shown}.", "Check it and try again.")
    document = _credited(store, by, late) if late.more.minor < 0 and not late.replaces else _billed(store, by, late)
    note(store, by, "quarantine.bill", entry.charger_id or entry.id, f"{document.number} over {document.gross}: {entry.text}")
    return document


def _credited(store: Store, by: Staff, late: _Late) -> Invoice:
    note = issue_credit_note(store, by, CreditRequest(late.first.id, 0, late.draft.reason, part=late.draft)).note
    reduce_use(store, late.first, late.applied)
    return note


def _billed(store: Store, by: Staff, late: _Late) -> Invoice:
    is_roamed = late.replaces and store.roaming_charges.cdr(late.first.id) is not None
    if late.replaces:
        issue_credit_note(store, by, CreditRequest(late.first.id, 0, MORE_REPORTED if late.more.minor > 0 else LESS_REPORTED))
    document = issue_document(store, late.draft, by.at, by.ids)
    if is_roamed:
        make_corrected_cdr(store, document, late.whole, by.at, by.ids)
    if late.replaces:
        record_use(store, document, late.applied, late.record.started_at, by.at)
    else:
        record_extra_use(store, document, late.applied, late.first, late.record.started_at)
    return document


def _lock(store: Store, session_id: SessionId | None) -> None:
    """Lock the charge's first bill before its others, so that nobody bills more of it, or credits one of them, meanwhile."""
    for one in store.documents.of_session(session_id)[:1] if session_id else ():
        store.documents.lock(one.id)
    for one in bills_of(store, session_id) if session_id else ():
        store.documents.lock(one.id)
        lock_use(store, one)


def _with_same_discounts(store: Store, draft: Draft, discounts: Sequence[Discount], record: ChargeRecord, first: Invoice) -> Draft:
    """The whole less its discounts. record: as billed. Raises Conflict if the bill cannot be reproduced."""
    driver = store.drivers.driver(first.driver_id)
    if not discounts and not any(line.what is LineKind.DISCOUNT for line in first.content.lines):
        return draft
    if discounted(draft_of(store, record, driver), _discounts_of(store, record, first).discounts).taxes != first.content.taxes:
        raise Conflict("late_less", f"{first.number} was calculated in a different way.", "Set it aside.")
    return discounted(draft, discounts)


def _discounts_of(store: Store, record: ChargeRecord, first: Invoice) -> AppliedDiscounts:
    rating, charge = rated(store, record)
    return apply_offers(rating, recalculated_entitlements(store, first, record.site_id, charge), charge)


def _overlaps_next(store: Store, record: ChargeRecord, late_end: LateEnd) -> bool:
    """Whether the next charge's bill already covers part of it, judged by a register that only grows."""
    after = [one for one in store.sessions.ended(record.site_id, _NEXT_AMONG) if one.evse_id == record.evse_id]
    ended = min((one for one in after if one.started_at > record.started_at), key=lambda one: one.started_at, default=None)
    running, sealed_wh = store.sessions.open_on(record.evse_id), record.meter_stop_wh or 0
    if ended is not None:
        following = store.sessions.record(ended.session_id)
        begins_at, begins_wh = ended.started_at, following.meter_start_wh if following else None
    elif running is not None:
        begins_at, begins_wh = running.started_at, running.meter.first_register_wh
    else:
        return False
    return late_end.at - begins_at > TOLERANCE or (begins_wh is not None and sealed_wh <= begins_wh < late_end.register_wh)
