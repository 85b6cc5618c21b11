"""Notify drivers: one notice per channel, stored with the order to send it in the commit of the event.

A notice's id is derived from the event, so that repeating a step notifies once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from forecourt.billing import STATEMENT_SERIES, AccountStatement, DocumentKind, Invoice, no_show_rating
from forecourt.drivers import Account, looks_like_guest
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.paid_for import fleet_payer
from forecourt.flows.ports.outbox import OutboxItem, SendNotice
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, DocumentId, DriverId, Ids, Money, NotFound, OperatorId, instant_text
from forecourt.notices import LANGUAGES, Channel, Choices, Hook, Notice, NoticeKind, NoticeState, Says, Topic, channels_for, one_line
from forecourt.offers import Membership, Partner
from forecourt.payments import DunningCase, Mandate, Payback, Payment
from forecourt.reservations import Booking, Bound, Broken, Called, Cancelled, Kept, Missed, Ticket, WaitlistEntry, credit_for, waits_until
from forecourt.settlement import Question, Statement
from forecourt.stations import Site

NOTICE_IDS = UUID("5a1e5f0e-7d0c-5c59-9d5e-6f2f3f0b7a11")
# Sent later than this, a notice would only confuse.
_STALE = timedelta(hours=12)
_BILLED = (NoticeKind.BOOKING_CANCELLED_LATE, NoticeKind.BOOKING_MISSED)
_POWER = (NoticeKind.BOOKING_POWER_UNSURE, NoticeKind.BOOKING_POWER_SURE)
_MADE = (NoticeKind.BOOKING_MADE, NoticeKind.BOOKING_FLEXIBLE)


@dataclass(frozen=True, slots=True)
class News:
    """key: identifies the event permanently; good_until and path as in a Notice."""

    key: str
    operator_id: OperatorId
    driver_id: DriverId
    kind: NoticeKind
    says: Says
    path: str = ""
    document_id: DocumentId | None = None
    good_until: datetime | None = None


def tell(store: Store, news: News, at: datetime) -> None:
    """Once per channel; repeating it changes nothing."""
    driver = store.drivers.driver(news.driver_id)
    if driver.guest:  # guests have no account pages; their own page's secret is inserted when the email is written
        news = replace(news, path=_guest_path(store, driver.id))
    choices, hook = store.notices.choices(news.operator_id, news.driver_id), store.notices.hook(news.operator_id)
    devices = not driver.guest and bool(store.notices.devices_of(driver.id))
    for channel in channels_for(news.kind, driver.email, choices, hook, devices):
        notice_id = uuid5(NOTICE_IDS, f"{news.operator_id}/{news.key}/{channel}")
        if store.notices.notice(notice_id) is None:
            about = (news.operator_id, news.driver_id, news.kind, channel, at, news.says, news.path, news.document_id, news.good_until)
            send_notice(store, Notice(notice_id, *about), at, f"notice/{notice_id}", notice_id)


# Pages where staff do what they are reminded of.
_WORK = {NoticeKind.COMPLAINTS_WAIT: "/console/complaints", NoticeKind.COLLECTIONS_DUE: "/console/direct-debits"}


def tell_account(store: Store, account: Account, kind: NoticeKind, says: Says, at: datetime, ids: Ids) -> None:
    """A message about the account itself, or its owner's work, sent only to its own address."""
    operator = store.stations.operator(account.operator_id)
    notice_id, path = ids.new(at), _WORK.get(kind, "/password")
    about = (account.operator_id, account.driver_id, kind, Channel.MAIL, at, replace(says, zone=operator.zone), path)
    send_notice(store, Notice(notice_id, *about, account_id=account.id), at, f"notice/{notice_id}", notice_id)


def _guest_path(store: Store, driver_id: DriverId) -> str:
    """The link in an email about a guest's booking or charge, with its id in place of the secret, which is not stored."""
    booked, visit = store.guests.booked_by(driver_id), store.guests.of_driver(driver_id)
    return f"/b/{booked.booking_id}" if booked else f"/c/{visit.id}" if visit and visit.letters else ""


def tell_again(store: Store, by: Staff, notice_id: UUID) -> Notice:
    """Retry a failed notice from the beginning."""
    notice = store.notices.notice(notice_id)
    if notice is None or notice.operator_id != by.operator_id:
        raise NotFound("notice", "There is no such message.")
    if notice.state not in (NoticeState.FAILED, NoticeState.KEPT):
        raise Conflict("not_failed", "This message is being sent or has been sent.")
    fresh = replace(notice, state=NoticeState.WAITING, done_at=None, tries=0, error="", good_until=None)
    item_id = by.ids.new(by.at)
    send_notice(store, fresh, by.at, f"notice/{notice_id}/{item_id}", item_id)
    note(store, by, "notice.again", notice_id, f"{notice.kind} to {notice.driver_id or notice.to}")
    return fresh


def tell_booking(store: Store, booking: Booking, kind: NoticeKind, at: datetime, label: str = "", before: str = "") -> None:
    """About a booking as it is now. label: its socket, or the name of the charge's; before: the one they were told last."""
    changed = kind is NoticeKind.BOOKING_CHANGED
    flexible = changed and not booking.fixed(at)
    site = store.stations.site(booking.site_id)
    window = booking.promised if flexible or kind is NoticeKind.BOOKING_FLEXIBLE else booking.window
    amount = booking.quote.due if (changed or kind in _MADE) and booking.quote else None
    if isinstance(booking.state, Broken):
        amount = booking.state.credit
    elif kind is NoticeKind.BOOKING_POWER and booking.power_outcome:
        amount = booking.power_outcome.credit
    says = Says(site.name, site.address, site.zone, label, str(booking.number), window.start, window.end, amount)
    says = replace(says, before="" if before == label else before, flexible=flexible)
    says = replace(says, until=waits_until(booking)) if kind is NoticeKind.BOOKING_WAITS else says
    says = replace(says, until=site.ends_at) if kind is NoticeKind.BOOKING_CLOSES else says
    says = _of_power(booking, says) if kind in _POWER else says
    says = replace(says, payer=_payer(store, booking.driver_id, at), amount=_fee(store, booking)) if kind in _BILLED else says
    key = f"booking/{booking.id}/{kind}/{_when(booking, kind, at)}"
    over = kind is NoticeKind.BOOKING_POWER or (not booking.live and not isinstance(booking.state, Kept))
    until = at + _STALE if over else booking.window.end
    tell(store, News(key, booking.operator_id, booking.driver_id, kind, says, "/bookings", good_until=until), at)


def tell_made(store: Store, booking: Booking, at: datetime) -> None:
    """A booking was made; says whether its exact time is still open."""
    tell_booking(store, booking, NoticeKind.BOOKING_FLEXIBLE if booking.within else NoticeKind.BOOKING_MADE, at)


def tell_firm(store: Store, booking: Booking, at: datetime) -> None:
    """A booking became firm by its deposit; by then its socket may be known."""
    tell_made(store, booking, at)
    if isinstance(booking.state, Bound):
        tell_booking(store, booking, NoticeKind.BOOKING_BAY, at, store.stations.evse(booking.state.evse_id).label)


def _fee(store: Store, booking: Booking) -> Money | None:
    """The no-show fee as billed: 0 if the site charges none; None if no price was promised."""
    if booking.quote is None:
        return None
    site = store.stations.site(booking.site_id)
    return no_show_rating(booking, store.prices.version(booking.quote.tariff_version_id), site.zone).gross


def _payer(store: Store, driver_id: DriverId, at: datetime) -> str:
    """The name of whoever gets the bills of a driver in a fleet; empty: the driver."""
    payer = fleet_payer(store, driver_id, at)
    return payer.name if payer else ""


def _of_power(booking: Booking, says: Says) -> Says:
    """Add the promised power, the compensation if it is not kept, and until when cancelling is free, if that is not past."""
    percent = booking.terms.broken_credit_percent if booking.terms and booking.power_unsure_since else 0
    credit = None if looks_like_guest(booking.token) else credit_for(booking, percent)
    until = booking.window.start if booking.live and booking.power_unsure_since else None
    return replace(says, energy_wh=booking.power.energy_wh if booking.power else 0, amount=credit, until=until)


def tell_unsecured(store: Store, booking: Booking, kind: NoticeKind, amount: Money, until: datetime, at: datetime) -> None:
    """A booking's deposit failed, and until when that can be fixed; or it was not fixed, and the booking is over."""
    site = store.stations.site(booking.site_id)
    says = Says(site.name, site.address, site.zone, "", str(booking.number), booking.window.start, booking.window.end, amount, until=until)
    key = f"booking/{booking.id}/{kind}/{instant_text(at)}"
    over = kind is NoticeKind.BOOKING_LET_GO
    path = "/bookings" if over else f"/bookings/{booking.id}/deposit"
    tell(store, News(key, booking.operator_id, booking.driver_id, kind, says, path, good_until=at + _STALE if over else until), at)


def tell_series(store: Store, made: Sequence[Booking], at: datetime) -> None:
    """Bookings made together: one email for all, about the first."""
    first = made[0]
    site = store.stations.site(first.site_id)
    says = Says(site.name, site.address, site.zone, start=first.promised.start, end=made[-1].promised.end, count=len(made))
    news = News(f"series/{first.id}", first.operator_id, first.driver_id, NoticeKind.BOOKING_SERIES, says, "/bookings")
    tell(store, replace(news, good_until=made[-1].window.end), at)


def _when(booking: Booking, kind: NoticeKind, at: datetime) -> str:
    """Distinguishes notices of the same kind about one booking."""
    if kind is NoticeKind.STAY_ENDING:
        return instant_text(booking.window.end)
    if kind in _MADE:
        return instant_text(booking.made_at)
    if kind is NoticeKind.BOOKING_TIME:
        return instant_text(booking.window.start)
    if kind is NoticeKind.BOOKING_WAITS:  # once for each lost bay, every time
        return f"{instant_text(booking.window.start)}/{sum(note.code == 'bay_lost' for note in booking.told)}"
    return "end" if isinstance(booking.state, Cancelled | Missed | Broken) else instant_text(at)


def tell_turn(store: Store, ticket: Ticket, kind: NoticeKind, at: datetime) -> None:
    """A turn in the queue begins; or, given the ticket as it was, it is over, and why."""
    turn = ticket.state
    if not isinstance(turn, Called):
        return
    label = store.stations.evse(turn.evse_id).label
    site = store.stations.site(ticket.site_id)
    says = Says(site.name, site.address, site.zone, label, start=turn.called_at, end=turn.until)
    key = f"{kind.replace('_', '-')}/{ticket.id}/{instant_text(turn.called_at)}"
    until = turn.until if kind is NoticeKind.TURN else at + _STALE
    tell(store, News(key, ticket.operator_id, ticket.driver_id, kind, says, f"/queue/{ticket.id}", good_until=until), at)


def tell_offer(store: Store, wait: WaitlistEntry, booking: Booking, at: datetime) -> None:
    """A time they waited for is available: until when it is kept for them, and what it would cost."""
    site, until = store.stations.site(wait.site_id), booking.offered_until
    amount = booking.quote.due if booking.quote else None
    says = Says(site.name, site.address, site.zone, start=wait.window.start, end=wait.window.end, amount=amount, until=until)
    key = f"slot-offer/{wait.id}/{instant_text(at)}"
    tell(store, News(key, wait.operator_id, wait.driver_id, NoticeKind.SLOT_OFFERED, says, f"/hopes/{wait.id}", good_until=until), at)


def tell_closing(store: Store, waits: WaitlistEntry | Ticket, at: datetime) -> None:
    """The site closes for good, so what they are waiting for will not come."""
    site = store.stations.site(waits.site_id)
    says = Says(site.name, site.address, site.zone, until=site.ends_at)
    path, until = (f"/hopes/{waits.id}", waits.window.end) if isinstance(waits, WaitlistEntry) else (f"/queue/{waits.id}", at + _STALE)
    key = f"wait-closes/{waits.id}"
    tell(store, News(key, waits.operator_id, waits.driver_id, NoticeKind.WAIT_CLOSES, says, path, good_until=until), at)


def tell_plan_closes(store: Store, membership: Membership, title: str, ending: tuple[datetime, Money | None], at: datetime) -> None:
    """A membership's sites close for good, and it ends with them; told once for each such date. ending: when, and what was paid for
    the month in which that is."""
    ends_at, paid = ending
    says = Says(zone=membership.zone, words=title, until=ends_at, amount=paid)
    key = f"plan-closes/{membership.id}/{instant_text(ends_at)}"
    tell(store, News(key, membership.operator_id, membership.driver_id, NoticeKind.PLAN_CLOSES, says, "/membership"), at)


def tell_plan_stays(store: Store, membership: Membership, title: str, at: datetime) -> None:
    """The membership's sites stay open after all."""
    says, key = Says(zone=membership.zone, words=title), f"plan-stays/{membership.id}/{instant_text(at)}"
    tell(store, News(key, membership.operator_id, membership.driver_id, NoticeKind.PLAN_STAYS, says, "/membership"), at)


def tell_partner_site(store: Store, partner: Partner, site: Site, at: datetime) -> None:
    """A site closes for good after its last day or, if it has none, stays open. Sent to the partner's address for statements."""
    kind = NoticeKind.PARTNER_CLOSES if site.ends_at else NoticeKind.PARTNER_STAYS
    says = Says(site.name, site.address, site.zone, until=site.ends_at)
    notice_id = uuid5(NOTICE_IDS, f"{site.operator_id}/partner/{partner.id}/{site.id}/{instant_text(at)}")
    about = (notice_id, site.operator_id, None, kind, Channel.MAIL, at, says, "/partners")
    send_notice(store, Notice(*about, partner_id=partner.id), at, f"notice/{notice_id}", notice_id)


def tell_answer(store: Store, answered: Question, zone: str, at: datetime) -> None:
    """The answer to a partner's question about a line, sent to its address for statements."""
    kind = NoticeKind.QUESTION_CORRECTED if answered.correction else NoticeKind.QUESTION_ANSWERED
    says = Says(zone=zone, label=str(answered.place), number=answered.number, amount=answered.correction, words=answered.answer)
    notice_id = uuid5(NOTICE_IDS, f"{answered.operator_id}/question/{answered.id}")
    about = (notice_id, answered.operator_id, None, kind, Channel.MAIL, at, says, f"/partners/statements/{answered.number}/lines")
    send_notice(store, Notice(*about, partner_id=answered.partner_id), at, f"notice/{notice_id}", notice_id)


def tell_document(store: Store, invoice: Invoice, at: datetime) -> None:
    """A document's file is ready. If it is collected monthly, the statement's notice covers it."""
    credit = invoice.kind is DocumentKind.CREDIT_NOTE
    if not credit and invoice.content.parties.on_account(store.drivers.driver(invoice.driver_id).pay_by):
        return
    place = invoice.content.place
    says = Says(place.site_name, place.address, place.zone, place.evse_label, invoice.number, amount=invoice.due)
    kind = NoticeKind.CREDIT_NOTE if credit else NoticeKind.INVOICE
    key, path = f"document/{invoice.id}", f"/receipts/{invoice.number}"
    tell(store, News(key, invoice.operator_id, invoice.driver_id, kind, says, path, invoice.id), at)


def tell_statement(store: Store, statement: AccountStatement, at: datetime) -> None:
    says = Says(zone=statement.zone, number=statement.number, start=statement.month.start, end=statement.month.end, amount=statement.due)
    news = News(f"statement/{statement.id}", statement.operator_id, statement.driver_id, NoticeKind.STATEMENT, says, "", statement.id)
    tell(store, replace(news, path=f"/statements/{statement.number}"), at)


def tell_partner(store: Store, statement: Statement) -> None:
    """A partner's statement, sent to its address for statements; repeating it changes nothing."""
    says = Says(zone=statement.zone, number=statement.number, start=statement.month.start, end=statement.month.end)
    notice_id = uuid5(NOTICE_IDS, f"{statement.operator_id}/partner/{statement.id}")
    about = (NoticeKind.PARTNER_STATEMENT, Channel.MAIL, statement.issued_at, says, "/partners", DocumentId(statement.id))
    if store.notices.notice(notice_id) is None:
        send_notice(store, Notice(notice_id, statement.operator_id, None, *about), statement.issued_at, f"notice/{notice_id}", notice_id)


def tell_debt(store: Store, case: DunningCase, at: datetime, again: bool = False) -> None:
    """A payment failed, or a reminder is due: once per level. again: a payment was reversed, which is told every time."""
    operator = store.stations.operator(case.operator_id)
    says = Says(zone=operator.zone, number=case.number, amount=case.owed, level=case.level)
    asked = bool(store.payments.of_document(case.document_id)) or store.statements.statement(case.document_id) is None
    failed = again or (case.level <= 1 and asked)  # nothing has failed while a transfer is awaited
    kind = NoticeKind.PAYMENT_FAILED if failed else NoticeKind.REMINDER
    key = f"debt/{case.document_id}/{case.level}" + (f"/{instant_text(case.since)}" if again else "")
    tell(store, News(key, case.operator_id, case.driver_id, kind, says, "/dues", case.document_id), at)


def tell_top_up(store: Store, top_up: Payment, at: datetime) -> None:
    """A top-up has arrived on the balance: told once, whoever requested it."""
    says = Says(zone=store.stations.operator(top_up.operator_id).zone, start=at, amount=top_up.taken)
    tell(store, News(f"top-up/{top_up.id}", top_up.operator_id, top_up.driver_id, NoticeKind.TOPPED_UP, says, "/wallet"), at)


def tell_refund_missed(store: Store, owed: Payback, at: datetime) -> None:
    """The card did not accept a refund that is owed."""
    says = Says(zone=store.stations.operator(owed.operator_id).zone, number=owed.number, amount=owed.amount)
    news = News(f"refund-missed/{owed.id}", owed.operator_id, owed.driver_id, NoticeKind.REFUND_MISSED, says, _page_of(owed.number))
    tell(store, news, at)


def tell_payback_off(store: Store, dropped: Payback, at: datetime) -> None:
    """A transfer they were told about will not be made, as they have the money another way."""
    says = Says(zone=store.stations.operator(dropped.operator_id).zone, number=dropped.number, amount=dropped.amount)
    key = f"payback-off/{dropped.id}/{dropped.returns}"
    tell(store, News(key, dropped.operator_id, dropped.driver_id, NoticeKind.PAYBACK_OFF, says, _page_of(dropped.number)), at)


def _page_of(number: str) -> str:
    return f"/{'statements' if number.startswith(STATEMENT_SERIES) else 'receipts'}/{number}"


def tell_mandate(store: Store, given: Mandate, at: datetime) -> None:
    """The terms of a mandate, which the person giving it must receive."""
    zone = store.stations.operator(given.operator_id).zone
    says = Says(zone=zone, number=given.number, words=given.creditor_id, label=given.ending, start=at, address=given.account.holder)
    tell(store, News(f"mandate/{given.id}", given.operator_id, given.driver_id, NoticeKind.MANDATE_GIVEN, says, "/mandate"), at)


def tell_debit_again(store: Store, statement: AccountStatement, mandate: Mandate, amount: Money, day: date, at: datetime) -> None:
    """The notice of another debit, which payers must have beforehand."""
    _tell_debit(store, NoticeKind.DEBIT_AGAIN, statement, _debit_says(statement, mandate, amount, day), at)


def tell_debit_off(store: Store, statement: AccountStatement, mandate: Mandate, amount: Money, day: date, at: datetime) -> None:
    """day: the collection day that the payer was told."""
    _tell_debit(store, NoticeKind.DEBIT_OFF, statement, _debit_says(statement, mandate, amount, day), at)


def _debit_says(statement: AccountStatement, mandate: Mandate, amount: Money, day: date) -> Says:
    zone = statement.zone
    on = datetime.combine(day, time(12), ZoneInfo(zone))
    return Says(
        zone=zone, number=statement.number, amount=amount, start=on, label=mandate.ending, words=mandate.number, before=mandate.creditor_id
    )


def _tell_debit(store: Store, kind: NoticeKind, statement: AccountStatement, says: Says, at: datetime) -> None:
    day = says.start.date() if says.start else ""
    key = f"{kind.value.replace('_', '-')}/{statement.id}/{day}/{instant_text(at)}"
    tell(store, News(key, statement.operator_id, statement.driver_id, kind, says, f"/statements/{statement.number}"), at)


def tell_mandate_changed(store: Store, before: Mandate, creditor_id: str, at: datetime) -> None:
    """creditor_id: the one the creditor uses from now on."""
    zone = store.stations.operator(before.operator_id).zone
    says = Says(zone=zone, number=before.number, words=creditor_id, before=before.creditor_id, label=before.ending, start=at)
    key = f"mandate-changed/{before.id}/{instant_text(at)}"
    tell(store, News(key, before.operator_id, before.driver_id, NoticeKind.MANDATE_CHANGED, says, "/mandate"), at)


def tell_mandate_ended(store: Store, ended: Mandate, at: datetime) -> None:
    """A mandate ended, but not by the debtor."""
    says = Says(zone=store.stations.operator(ended.operator_id).zone, number=ended.number, label=ended.ending, start=at)
    news = News(f"mandate-ended/{ended.id}", ended.operator_id, ended.driver_id, NoticeKind.MANDATE_ENDED, says, "/mandate")
    tell(store, news, at)


def set_notices(store: Store, driver_id: DriverId, language: str, off: Sequence[Topic], push_off: Sequence[Topic] | None = None) -> None:
    """Set a driver's language and which topics to leave out of emails and push (None: unchanged). Emails about money cannot be turned
    off. Raises BadInput."""
    driver = store.drivers.driver(driver_id)
    if language not in LANGUAGES:
        raise BadInput("language", f"{language[:20]!r} is not a language we offer.", f"Choose one of {', '.join(LANGUAGES)}.")
    if Topic.MONEY in off:
        raise BadInput("off", "Receipts and other money matters are always sent.")
    store.drivers.put_driver(replace(driver, language=language))
    before = store.notices.choices(driver.operator_id, driver_id).push_off
    pushed = before if push_off is None else tuple(sorted(set(push_off)))
    store.notices.put_choices(Choices(driver.operator_id, driver_id, tuple(sorted(set(off))), pushed))


def set_hook(store: Store, by: Staff, url: str, secret: str) -> Hook:
    """Set where the operator's own system receives notices; an empty address: nowhere. Raises BadInput."""
    url = url.strip()
    if url and not (url.startswith("https://") and url.isascii() and url.isprintable() and " " not in url and len(url) <= 500):
        raise BadInput("url", f"{one_line(url)[:60]!r} is not the address of a system.", "Enter it as https://example.org/path.")
    hook = Hook(by.operator_id, url, secret)
    store.notices.put_hook(hook)
    note(store, by, "notice.hook", by.operator_id, url or "none")
    return hook


def send_notice(store: Store, notice: Notice, at: datetime, key: str, item_id: UUID) -> None:
    """Store the order to send a notice. Keys differ, so that a delayed email holds up no other."""
    store.notices.put(notice)
    store.outbox.put(OutboxItem(item_id, notice.operator_id, None, "notice", key, SendNotice(notice.id), at, key))
