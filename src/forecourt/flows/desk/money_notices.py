"""Notify drivers and partners about money: documents, statements, debts, mandates and memberships."""

from dataclasses import replace
from datetime import date, datetime, time
from uuid import uuid5
from zoneinfo import ZoneInfo

from forecourt.billing import STATEMENT_SERIES, AccountStatement, DocumentKind, Invoice
from forecourt.flows.desk.notifying import NOTICE_NAMESPACE, NoticeDraft, enqueue_notice, notify
from forecourt.flows.ports.store import Store
from forecourt.kernel import DocumentId, Money, SiteId, instant_text
from forecourt.notices import Channel, Notice, NoticeContent, NoticeKind
from forecourt.offers import Membership, Partner
from forecourt.payments import DunningCase, Mandate, Payback, Payment
from forecourt.settlement import Question, Statement
from forecourt.stations import Site


def notify_membership_ending(store: Store, membership: Membership, title: str, ending: tuple[datetime, Money | None], at: datetime) -> None:
    """A membership's sites close for good, and it ends with them; sent once for each such date. ending: when, and what was paid for
    the month in which that is."""
    ends_at, paid = ending
    content = NoticeContent(zone=membership.zone, words=title, until=ends_at, amount=paid)
    key = f"plan-closes/{membership.id}/{instant_text(ends_at)}"
    notify(store, NoticeDraft(key, membership.operator_id, membership.driver_id, NoticeKind.PLAN_CLOSES, content, "/membership"), at)


def notify_membership_continues(store: Store, membership: Membership, title: str, at: datetime) -> None:
    """The membership's sites stay open after all."""
    content, key = NoticeContent(zone=membership.zone, words=title), f"plan-stays/{membership.id}/{instant_text(at)}"
    notify(store, NoticeDraft(key, membership.operator_id, membership.driver_id, NoticeKind.PLAN_STAYS, content, "/membership"), at)


def notify_partner_of_site(store: Store, partner: Partner, site: Site, at: datetime) -> None:
    """A site closes for good after its last day or, if it has none, stays open. Sent to the partner's address for statements."""
    kind = NoticeKind.PARTNER_CLOSES if site.ends_at else NoticeKind.PARTNER_STAYS
    content = NoticeContent(site.name, site.address, site.zone, until=site.ends_at)
    notice_id = uuid5(NOTICE_NAMESPACE, f"{site.operator_id}/partner/{partner.id}/{site.id}/{instant_text(at)}")
    details = (notice_id, site.operator_id, None, kind, Channel.MAIL, at, content, "/partners")
    enqueue_notice(store, Notice(*details, partner_id=partner.id), at, f"notice/{notice_id}", notice_id)


def notify_partner_answer(store: Store, answered: Question, zone: str, at: datetime) -> None:
    """The answer to a partner's question about a line, sent to its address for statements."""
    kind = NoticeKind.QUESTION_CORRECTED if answered.correction else NoticeKind.QUESTION_ANSWERED
    content = NoticeContent(zone=zone, label=str(answered.place), number=answered.number, amount=answered.correction, words=answered.answer)
    notice_id = uuid5(NOTICE_NAMESPACE, f"{answered.operator_id}/question/{answered.id}")
    details = (notice_id, answered.operator_id, None, kind, Channel.MAIL, at, content, f"/partners/statements/{answered.number}/lines")
    enqueue_notice(store, Notice(*details, partner_id=answered.partner_id), at, f"notice/{notice_id}", notice_id)


def notify_document(store: Store, invoice: Invoice, at: datetime) -> None:
    """A document's file is ready. If it is collected monthly, the statement's notice covers it."""
    credit = invoice.kind is DocumentKind.CREDIT_NOTE
    if not credit and invoice.content.parties.on_account(store.drivers.driver(invoice.driver_id).pay_by):
        return
    place = invoice.content.place
    content = NoticeContent(place.site_name, place.address, place.zone, place.evse_label, invoice.number, amount=invoice.due)
    kind = NoticeKind.CREDIT_NOTE if credit else NoticeKind.INVOICE
    key, path = f"document/{invoice.id}", f"/receipts/{invoice.number}"
    draft = NoticeDraft(key, invoice.operator_id, invoice.driver_id, kind, content, path, invoice.id)
    notify(store, replace(draft, site_id=invoice.content.site_id), at)


def site_of_document(store: Store, document_id: DocumentId) -> SiteId | None:
    """None: it is of no single site, as a membership's or a statement."""
    invoice = store.documents.document(document_id)
    return invoice.content.site_id if invoice else None


def notify_statement(store: Store, statement: AccountStatement, at: datetime) -> None:
    content = NoticeContent(
        zone=statement.zone, number=statement.number, start=statement.month.start, end=statement.month.end, amount=statement.due
    )
    draft = NoticeDraft(
        f"statement/{statement.id}", statement.operator_id, statement.driver_id, NoticeKind.STATEMENT, content, "", statement.id
    )
    notify(store, replace(draft, path=f"/statements/{statement.number}"), at)


def notify_partner_statement(store: Store, statement: Statement) -> None:
    """A partner's statement, sent to its address for statements; repeating it changes nothing."""
    content = NoticeContent(zone=statement.zone, number=statement.number, start=statement.month.start, end=statement.month.end)
    notice_id = uuid5(NOTICE_NAMESPACE, f"{statement.operator_id}/partner/{statement.id}")
    details = (NoticeKind.PARTNER_STATEMENT, Channel.MAIL, statement.issued_at, content, "/partners", DocumentId(statement.id))
    if store.notices.notice(notice_id) is None:
        enqueue_notice(
            store, Notice(notice_id, statement.operator_id, None, *details), statement.issued_at, f"notice/{notice_id}", notice_id
        )


def notify_debt(store: Store, case: DunningCase, at: datetime, again: bool = False) -> None:
    """A payment failed, or a reminder is due: once per level. again: a payment was reversed, which is notified every time."""
    operator = store.stations.operator(case.operator_id)
    content = NoticeContent(zone=operator.zone, number=case.number, amount=case.owed, level=case.level)
    requested = bool(store.payments.of_document(case.document_id)) or store.statements.statement(case.document_id) is None
    failed = again or (case.level <= 1 and requested)  # nothing has failed while a transfer is awaited
    kind = NoticeKind.PAYMENT_FAILED if failed else NoticeKind.REMINDER
    key = f"debt/{case.document_id}/{case.level}" + (f"/{instant_text(case.since)}" if again else "")
    draft = NoticeDraft(key, case.operator_id, case.driver_id, kind, content, "/dues", case.document_id)
    notify(store, replace(draft, site_id=site_of_document(store, case.document_id)), at)


def notify_top_up(store: Store, top_up: Payment, at: datetime) -> None:
    """A top-up has arrived on the balance: sent once, whoever requested it."""
    content = NoticeContent(zone=store.stations.operator(top_up.operator_id).zone, start=at, amount=top_up.taken)
    notify(store, NoticeDraft(f"top-up/{top_up.id}", top_up.operator_id, top_up.driver_id, NoticeKind.TOPPED_UP, content, "/wallet"), at)


def notify_refund_failed(store: Store, payback: Payback, at: datetime) -> None:
    """The card did not accept a refund that is owed."""
    content = NoticeContent(zone=store.stations.operator(payback.operator_id).zone, number=payback.number, amount=payback.amount)
    draft = NoticeDraft(
        f"refund-missed/{payback.id}", payback.operator_id, payback.driver_id, NoticeKind.REFUND_MISSED, content, _page_of(payback.number)
    )
    notify(store, draft, at)


def notify_payback_cancelled(store: Store, cancelled: Payback, at: datetime) -> None:
    """A transfer that was announced will not be made, as they have the money another way."""
    content = NoticeContent(zone=store.stations.operator(cancelled.operator_id).zone, number=cancelled.number, amount=cancelled.amount)
    key = f"payback-off/{cancelled.id}/{cancelled.returns}"
    notify(
        store, NoticeDraft(key, cancelled.operator_id, cancelled.driver_id, NoticeKind.PAYBACK_OFF, content, _page_of(cancelled.number)), at
    )


def _page_of(number: str) -> str:
    return f"/{'statements' if number.startswith(STATEMENT_SERIES) else 'receipts'}/{number}"


def notify_mandate(store: Store, mandate: Mandate, at: datetime) -> None:
    """The terms of a mandate, which the person giving it must receive."""
    zone = store.stations.operator(mandate.operator_id).zone
    content = NoticeContent(
        zone=zone, number=mandate.number, words=mandate.creditor_id, label=mandate.ending, start=at, address=mandate.account.holder
    )
    notify(
        store,
        NoticeDraft(f"mandate/{mandate.id}", mandate.operator_id, mandate.driver_id, NoticeKind.MANDATE_GIVEN, content, "/mandate"),
        at,
    )


def notify_debit_retry(store: Store, statement: AccountStatement, mandate: Mandate, amount: Money, day: date, at: datetime) -> None:
    """The notice of another debit, which payers must have beforehand."""
    _notify_debit(store, NoticeKind.DEBIT_AGAIN, statement, _debit_content(statement, mandate, amount, day), at)


def notify_debit_cancelled(store: Store, statement: AccountStatement, mandate: Mandate, amount: Money, day: date, at: datetime) -> None:
    """day: the collection day in the notice to the payer."""
    _notify_debit(store, NoticeKind.DEBIT_OFF, statement, _debit_content(statement, mandate, amount, day), at)


def _debit_content(statement: AccountStatement, mandate: Mandate, amount: Money, day: date) -> NoticeContent:
    zone = statement.zone
    noon = datetime.combine(day, time(12), ZoneInfo(zone))
    return NoticeContent(
        zone=zone,
        number=statement.number,
        amount=amount,
        start=noon,
        label=mandate.ending,
        words=mandate.number,
        before=mandate.creditor_id,
    )


def _notify_debit(store: Store, kind: NoticeKind, statement: AccountStatement, content: NoticeContent, at: datetime) -> None:
    day = content.start.date() if content.start else ""
    key = f"{kind.value.replace('_', '-')}/{statement.id}/{day}/{instant_text(at)}"
    notify(store, NoticeDraft(key, statement.operator_id, statement.driver_id, kind, content, f"/statements/{statement.number}"), at)


def notify_mandate_changed(store: Store, before: Mandate, creditor_id: str, at: datetime) -> None:
    """creditor_id: the one the creditor uses from now on."""
    zone = store.stations.operator(before.operator_id).zone
    content = NoticeContent(zone=zone, number=before.number, words=creditor_id, before=before.creditor_id, label=before.ending, start=at)
    key = f"mandate-changed/{before.id}/{instant_text(at)}"
    notify(store, NoticeDraft(key, before.operator_id, before.driver_id, NoticeKind.MANDATE_CHANGED, content, "/mandate"), at)


def notify_mandate_ended(store: Store, ended: Mandate, at: datetime) -> None:
    """A mandate ended, but not by the debtor."""
    content = NoticeContent(zone=store.stations.operator(ended.operator_id).zone, number=ended.number, label=ended.ending, start=at)
    draft = NoticeDraft(f"mandate-ended/{ended.id}", ended.operator_id, ended.driver_id, NoticeKind.MANDATE_ENDED, content, "/mandate")
    notify(store, draft, at)
