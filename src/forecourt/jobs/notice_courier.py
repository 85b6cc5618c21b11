"""Delivers notices: words them, passes them to the mail server or the operator's system, and records the result.

An email is sent before that is recorded, so a crash between the two sends it again, with the same key.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from forecourt.billing import business_language
from forecourt.drivers import link_secret, visit_secret
from forecourt.flows.desk import EmailChange, email_change_key, password_key
from forecourt.flows.paying import document_of, payment_progress_of
from forecourt.flows.ports import OutboxItem, SendNotice, Store
from forecourt.jobs.notice_messages import AccountHolder, email_for, push_for
from forecourt.jobs.ports import WorkerPorts
from forecourt.jobs.statement_pdf import statement_attachments
from forecourt.jobs.statement_view import payment_words
from forecourt.jobs.webhook_delivery import call_for, record_attempt
from forecourt.kernel import BadInput, BookingId
from forecourt.notices import (
    PARTNER_WARNINGS,
    TO_PARTNERS,
    Attachment,
    Channel,
    DeliveryOutcome,
    DeliveryResult,
    Device,
    Email,
    Notice,
    NoticeKind,
    NoticeState,
    Push,
    WebhookCall,
    mail_address,
)
from forecourt.payments import PaymentStatus
from forecourt.stations import Operator
from forecourt.wording import Wording, payment_text

_log = structlog.get_logger("forecourt.jobs")

# About two days; then the failure is shown to a person, who can have it retried.
MAX_TRIES = 20
_MAX_WAIT = timedelta(hours=4)
_STATES = {
    DeliveryOutcome.SENT: NoticeState.SENT,
    DeliveryOutcome.KEPT: NoticeState.KEPT,
    DeliveryOutcome.NEVER: NoticeState.FAILED,
    DeliveryOutcome.LATER: NoticeState.WAITING,
    DeliveryOutcome.GONE: NoticeState.FAILED,
}


# These contain a link for choosing a password.
_WITH_LINK = (NoticeKind.PASSWORD_LINK, NoticeKind.TEAM_INVITED, NoticeKind.SIGN_UP, NoticeKind.SIGN_UP_KNOWN)
# These go to an address that is not, or is no longer, the account's, and contain a link that changes it.
_OF_ADDRESS = (NoticeKind.EMAIL_CONFIRM, NoticeKind.EMAIL_CHANGED)
# The stored copy of an email omits links that could cancel a booking, stop a charge, or take over an account.
_SECRET = re.compile(r"/(b|c|password|email)/[A-Za-z0-9_~.-]{43,}")


_Pushes = tuple[tuple[Device, Push], ...]
# Of the answers from several devices, the first in this order counts.
_BEST = (DeliveryOutcome.SENT, DeliveryOutcome.LATER, DeliveryOutcome.KEPT, DeliveryOutcome.NEVER, DeliveryOutcome.GONE)


class NoticeCourier:
    def __init__(self, ports: WorkerPorts) -> None:
        self._ports = ports

    def deliver(self, item: OutboxItem) -> None:
        """Deliver one notice; blocking."""
        ports = self._ports
        assert isinstance(item.work, SendNotice)  # noqa: S101 - the lane holds nothing else
        with ports.transactions.begin() as store:
            notice = store.notices.notice(item.work.notice_id)
            if notice is None or notice.state is not NoticeState.WAITING:
                store.outbox.done(item.id, ports.clock.now(), "nothing to send")
                return
            if self._is_late(notice):
                self._finish(store, item, replace(notice, state=NoticeState.LATE))
                return
            if item.attempts >= MAX_TRIES:  # every attempt so far ended in a crash
                self._finish(store, item, replace(notice, state=NoticeState.FAILED, error=notice.error or "let go"))
                return
            message = self._message_for(store, notice)
            if isinstance(message, DeliveryResult):
                self._record_result(store, item, notice, message)
                return
        result, dead_devices = self._push(message) if isinstance(message, tuple) else (self._send(message), ())
        with ports.transactions.begin() as store:
            for device in dead_devices:
                store.notices.drop_device(device.id)
            if isinstance(message, WebhookCall):
                record_attempt(store, notice, message, result, ports.ids)
            self._record_result(store, item, _with_sent_text(notice, message), result)

    def _is_late(self, notice: Notice) -> bool:
        if notice.kind in (*_WITH_LINK, *_OF_ADDRESS) and notice.content.until is not None:  # links expire in real time
            return notice.content.until <= datetime.now(UTC)
        return notice.good_until is not None and notice.good_until < self._ports.clock.now()

    def _push(self, pushes: _Pushes) -> tuple[DeliveryResult, Sequence[Device]]:
        """Push to every device, of which one is enough; also returns those that no longer exist."""
        answers = [(device, self._ports.pusher.push(push, self._ports.clock.now())) for device, push in pushes]
        dead_devices = [device for device, answer in answers if answer.fate is DeliveryOutcome.GONE]
        no_device = DeliveryResult(DeliveryOutcome.NEVER, "there is no device any more")
        best = min((answer for _, answer in answers), key=lambda one: _BEST.index(one.fate), default=no_device)
        return no_device if best.fate is DeliveryOutcome.GONE else best, dead_devices

    def _message_for(self, store: Store, notice: Notice) -> Email | WebhookCall | _Pushes | DeliveryResult | None:
        """A result: it is not sent, and why. None: the recipient no longer exists."""
        if notice.channel is Channel.HOOK:
            return call_for(store, notice, self._ports.clock.now())
        operator = store.stations.operator(notice.operator_id)
        if notice.account_id is not None:
            return self._to_account(store, notice, notice.account_id, operator.name)
        if notice.kind in TO_PARTNERS:
            return self._to_partner(store, notice, operator)
        if notice.driver_id is None:
            return None
        driver = store.drivers.driver(notice.driver_id)
        if notice.channel is Channel.PUSH:
            now = self._ports.clock.now()
            return tuple((one, push_for(notice, driver, one, now)) for one in store.notices.devices_of(driver.id))
        addressed = replace(notice, path=self._guest_page(store, notice.path)) if driver.guest else notice
        if not driver.email:
            return None
        paid = _payment_text(store, notice, Wording(driver.language, notice.content.zone), operator.bank)
        return email_for(addressed, driver, operator.name, self._ports.public_url, _files(store, notice), paid)

    def _to_account(self, store: Store, notice: Notice, account_id: UUID, operator: str) -> Email | None:
        """The link to a new password is made here, when the email is sent, and is not stored anywhere."""
        account, until = store.drivers.account(account_id), notice.content.until
        if account is None or account.closed_at is not None:
            return None
        driver = store.drivers.driver(account.driver_id) if account.driver_id else None
        reader = AccountHolder(account.email, driver.name, driver.language) if driver else AccountHolder(account.email)
        if notice.kind in _WITH_LINK and until is not None:
            notice = replace(notice, path=f"/password/{password_key(self._ports.secret, account, until)}")
        if notice.kind in _OF_ADDRESS and until is not None:
            undo, new_email = notice.kind is NoticeKind.EMAIL_CHANGED, notice.content.words
            change = EmailChange(account, notice.content.address if undo else account.email, new_email, undo)
            notice = replace(notice, path=f"/email/{email_change_key(self._ports.secret, change, until)}")
            reader = replace(reader, email=notice.content.address if undo else new_email)
        return email_for(notice, reader, operator, self._ports.public_url)

    def _to_partner(self, store: Store, notice: Notice, operator: Operator) -> Email | None:
        """Sent to the partner's current address for statements, in its country's language; warnings to the one before the change. A
        statement says who transfers what."""
        statement = store.partners.statement(notice.document_id) if notice.document_id else None
        partner_id = statement.partner_id if statement else notice.partner_id
        partner = store.partners.partner(partner_id) if partner_id else None
        address = notice.content.address if notice.kind in PARTNER_WARNINGS else partner.email if partner else ""
        if partner is None or not address:
            return None
        if statement is None:
            reader = AccountHolder(address, partner.name, business_language(partner.country))
            return email_for(notice, reader, operator.name, self._ports.public_url)
        reader = AccountHolder(partner.email, partner.name, business_language(statement.partner.country))
        files = statement_attachments(store, statement)
        paid = payment_words(statement, Wording(reader.language, statement.zone), operator.bank)
        return email_for(notice, reader, operator.name, self._ports.public_url, files, paid)

    def _guest_page(self, store: Store, path: str) -> str:
        """The page of a guest's booking or charge; the secret in its address is not stored anywhere."""
        key, (page, hex_id) = self._ports.secret, (path[:3], path[3:])
        if key and page == "/b/":
            return page + link_secret(key, BookingId(UUID(hex_id)))
        visit = store.guests.visit(UUID(hex_id)) if key and page == "/c/" else None
        return page + visit_secret(key, visit.email_seed) if visit else ""

    def _send(self, message: Email | WebhookCall | None) -> DeliveryResult:
        if message is None:
            return DeliveryResult(DeliveryOutcome.NEVER, "there is no address any more")
        if isinstance(message, WebhookCall):
            return self._ports.caller.call(message)
        try:
            return self._ports.mailer.send(replace(message, to=mail_address(message.to)))
        except BadInput as error:
            return DeliveryResult(DeliveryOutcome.NEVER, error.text)

    def _record_result(self, store: Store, item: OutboxItem, notice: Notice, result: DeliveryResult) -> None:
        at, tries = self._ports.clock.now(), item.attempts + 1
        fate = DeliveryOutcome.NEVER if result.fate is DeliveryOutcome.LATER and tries >= MAX_TRIES else result.fate
        tried = replace(notice, state=_STATES[fate], tries=tries, error=result.why[:300])
        tried = replace(tried, tried_at=at, response_code=result.code, response_ms=result.took_ms)
        if fate is DeliveryOutcome.LATER:
            store.notices.put(tried)
            store.outbox.retry(item, at + wait_after(tries), result.why[:300])
            return
        if fate is not DeliveryOutcome.SENT:
            _log.warning("notice_not_sent", notice=str(notice.id), kind=notice.kind.value, fate=fate.value, why=result.why)
        self._finish(store, item, tried)

    def _finish(self, store: Store, item: OutboxItem, notice: Notice) -> None:
        at: datetime = self._ports.clock.now()
        store.notices.put(replace(notice, done_at=at))
        store.outbox.done(item.id, at, f"{notice.state} {notice.error}".strip())


def wait_after(tries: int) -> timedelta:
    """The wait before the next try: minutes at first, hours in the end."""
    return min(_MAX_WAIT, timedelta(minutes=2 ** min(tries - 1, 10)))


def _with_sent_text(notice: Notice, message: Email | WebhookCall | _Pushes | None) -> Notice:
    match message:
        case Email():
            return replace(notice, to=message.to, subject=message.subject, text=_SECRET.sub(r"/\1/…", message.text))
        case WebhookCall():
            return replace(notice, to=message.url, subject=notice.kind.value, text=message.body.decode())
        case ((_, Push(body=body)), *_):
            labels = ", ".join(device.label for device, _ in message)
            return replace(notice, to=labels[:200], subject=notice.kind.value, text=body.decode())
        case _:
            return notice


_ABOUT_PAYING = (NoticeKind.INVOICE, NoticeKind.CREDIT_NOTE, NoticeKind.STATEMENT, NoticeKind.REMINDER)


def _payment_text(store: Store, notice: Notice, wording: Wording, bank: str) -> str:
    """How the attached document is paid, as of now."""
    if notice.document_id is None or notice.kind not in _ABOUT_PAYING or not notice.content.amount:
        return ""
    document = document_of(store, notice.document_id)
    progress = payment_progress_of(store, document) if document else None
    if progress is None or (notice.kind is NoticeKind.REMINDER and progress.status is not PaymentStatus.STATED_TRANSFER):
        return ""  # a reminder links to the page for paying it
    return payment_text(progress, wording, notice.content.number, bank)


def _files(store: Store, notice: Notice) -> Sequence[Attachment]:
    """The PDF of the document or statement that the notice is about."""
    if notice.document_id is None:
        return ()
    files, pdf = store.documents.files(notice.document_id), store.statements.pdf(notice.document_id)
    message = files.pdf if files else pdf
    return (Attachment(f"{notice.content.number}.pdf", "application/pdf", message),) if message else ()
