"""The wording of notices: an email in its reader's language, or a call to an operator's system."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Protocol

from msgspec import json

from forecourt.drivers import Driver
from forecourt.notices import (
    LANGUAGES,
    Attachment,
    Device,
    Email,
    Notice,
    NoticeKind,
    Push,
    Topic,
    Webhook,
    WebhookCall,
    one_line,
    topic_of,
)
from forecourt.wording import Wording, fill_in, notice_values

# A push notification that could not be delivered for this long would only confuse.
_PUSH_LIFETIME_S = 12 * 3600
# These are about the next few minutes.
_URGENT = (
    *(
        NoticeKind.TURN,
        NoticeKind.TURN_LOST,
        NoticeKind.TURN_TAKEN,
        NoticeKind.SLOT_OFFERED,
        NoticeKind.OVERSTAY,
        NoticeKind.HOLD_NEARS,
        NoticeKind.STOPPED_MONEY,
        NoticeKind.STOPPED_LIMIT,
        NoticeKind.BOOKING_BAY,
        NoticeKind.BOOKING_WAITS,
        NoticeKind.BOOKING_OUT_OF_REACH,
        NoticeKind.BOOKING_BROKEN,
        NoticeKind.STAY_ENDING,
        NoticeKind.STAY_OVER,
    ),
    *(NoticeKind.REFUSED_BALANCE, NoticeKind.REFUSED_CURRENCY, NoticeKind.REFUSED_CARD, NoticeKind.REFUSED_DEBT, NoticeKind.REFUSED_LIMIT),
    NoticeKind.REFUSED_CLOSED,
)
# Sent to an address not yet confirmed: the email contains no text, not even the name, chosen by whoever entered the address.
_UNCONFIRMED_ADDRESS = (NoticeKind.SIGN_UP, NoticeKind.EMAIL_CONFIRM)
_PAGE = '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{subject}</title></head><body>{body}</body></html>'


class Reader(Protocol):
    """The reader of an email: a driver, or somebody with only an account. name empty = unknown. guest: has no account."""

    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def guest(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class AccountHolder:
    """A person who signs in with an email address; with their driver's name and language, if they are a driver."""

    email: str
    name: str = ""
    language: str = LANGUAGES[0]
    guest: bool = False


def email_for(notice: Notice, reader: Reader, operator: str, home: str, attachments: Sequence[Attachment] = (), paid: str = "") -> Email:
    """home: the address of the pages ("https://charge.example"). Without it, or if the notice does not lead to a page, there are no links.

    operator: its public name. paid: how the attached document is paid; empty = no document, or nothing to pay.
    """
    wording = Wording(reader.language, notice.content.zone)
    messages = wording.labels["messages"]
    values = dict(notice_values(notice.content, wording))
    name = "" if reader.guest or notice.kind in _UNCONFIRMED_ADDRESS else one_line(reader.name)
    values |= {"operator": one_line(operator)} | ({"name": name} if name else {})
    topic = topic_of(notice.kind)
    settings = f"{home}/account/messages" if home and notice.path and topic and not reader.guest else ""
    if paid:
        values["payment"] = paid
    if home and notice.path:
        values["url"] = home + notice.path
    if settings:
        values["settings"] = settings
    subject, *body = messages[notice.kind]
    last = () if topic is None else (*messages["open"], *(messages["always"] if topic is Topic.MONEY else messages["choose"]))
    paragraphs = [text for one in (*messages["hello"], *body, *last) if (text := fill_in(one, values))]
    subject = fill_in(subject, values) or notice.kind
    html = "".join(f"<p>{_linked(escape(one), home)}</p>" for one in paragraphs)
    return Email(
        key=str(notice.id),
        to=reader.email,
        to_name=name,
        sender=one_line(operator),
        subject=subject,
        text="\n\n".join(paragraphs) + "\n",
        html=_PAGE.format(language=wording.language, subject=escape(subject), body=html),
        language=wording.language,
        attachments=tuple(attachments),
        settings_url=settings,
    )


def push_for(notice: Notice, driver: Driver, device: Device, now: datetime) -> Push:
    """The first lines of the email, and the page it leads to; our service worker shows them under the notice's own tag."""
    wording = Wording(driver.language, notice.content.zone)
    values = dict(notice_values(notice.content, wording))
    subject, *body = wording.labels["messages"][notice.kind]
    text = next((line for one in body if (line := fill_in(one, values))), "")
    content = {"title": fill_in(subject, values) or notice.kind, "body": text, "path": notice.path or "/", "tag": str(notice.id)}
    left_s = (notice.good_until - now).total_seconds() if notice.good_until else _PUSH_LIFETIME_S
    body_json, keys = json.encode(content), (device.endpoint, device.p256dh, device.auth)
    return Push(notice.id.hex, *keys, body_json, max(0, min(_PUSH_LIFETIME_S, int(left_s))), notice.kind in _URGENT)


def webhook_for(notice: Notice, hook: Webhook, site: str | None, at: datetime) -> WebhookCall:
    """The body is JSON: the fields of a Notice, without internal ones; amounts in minor units with their currency. site: the short name of
    the one it is about."""
    body = {
        "id": notice.id,
        "event": notice.kind,
        "made_at": notice.made_at,
        "webhook_id": hook.id,
        "site": site,
        "driver_id": notice.driver_id,
        "document_id": notice.document_id,
        "payment_id": notice.payment_id,
        "partner_id": notice.partner_id,
        "path": "" if notice.path.startswith(("/b/", "/c/")) else notice.path,  # a guest's page belongs to the guest only
        "says": notice.content,
    }
    return WebhookCall(str(notice.id), hook.url, hook.secrets_at(at), json.encode(body), at)


def _linked(html: str, home: str) -> str:
    """Our own addresses as links; such an address is at the end of a paragraph."""
    start = html.find(escape(home)) if home else -1
    return html if start < 0 else f'{html[:start]}<a href="{html[start:]}">{html[start:]}</a>'
