"""Mail by SMTP (RFC 5321), with one connection per mail; retries use the same Message-ID, so that mail systems can recognise repeats."""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from forecourt.kernel import BadInput, Clock
from forecourt.notices import DeliveryOutcome, DeliveryResult, Email, mail_address, one_line

TIMEOUT_S = 20.0
_SECURITY = {"smtp": ("starttls", 587), "smtps": ("tls", 465)}


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """security: "starttls" (required, not merely tried), "tls" from the first byte, or "none" for a relay on the same machine."""

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


def smtp_settings(url: str, sender: str) -> SmtpSettings:
    """Parse "smtp://user:password@mail.example:587" (STARTTLS), "smtps://…", or "smtp://127.0.0.1:25?tls=none". Raises BadInput."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in _SECURITY or not parts.hostname or port == -1 or parts.query not in ("", "tls=none"):
        raise BadInput("smtp", "FORECOURT_SMTP is not the address of a mail server.", "Write it as smtp://user:password@mail.example:587.")
    security, default_port = ("none", 25) if parts.query else _SECURITY[parts.scheme]
    try:
        return SmtpSettings(
            parts.hostname,
            port or default_port,
            security,
            mail_address(sender),
            unquote(parts.username or ""),
            unquote(parts.password or ""),
        )
    except BadInput as error:
        raise BadInput(
            "mail_from", "FORECOURT_MAIL_FROM is not an email address.", "Set it to the address that emails come from."
        ) from error


class SmtpMailer:
    """A Mailer. Blocking; may be used by several threads."""

    def __init__(self, settings: SmtpSettings, clock: Clock, trust: ssl.SSLContext | None = None) -> None:
        self._settings, self._clock = settings, clock
        self._trust = trust or ssl.create_default_context()

    def send(self, letter: Email) -> DeliveryResult:
        """A permanent refusal is a server's 5xx answer about the address or the mail; anything else may succeed later."""
        try:
            message = self._message(letter)
        except ValueError as error:
            return DeliveryResult(DeliveryOutcome.NEVER, f"cannot be written: {one_line(str(error))}")
        try:
            with self._connected() as server:
                server.sendmail(self._settings.sender, [letter.to], message.as_bytes())  # send_message escapes a leading From as >From
        except smtplib.SMTPRecipientsRefused as error:
            code, reply_text = next(iter(error.recipients.values()))
            return _refused(code, reply_text)
        except smtplib.SMTPDataError as error:
            return _refused(error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            return DeliveryResult(DeliveryOutcome.LATER, one_line(f"{type(error).__name__}: {error}")[:300])
        return DeliveryResult(DeliveryOutcome.SENT)

    def _connected(self) -> smtplib.SMTP:
        one = self._settings
        if one.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(one.host, one.port, timeout=TIMEOUT_S, context=self._trust)
        else:
            server = smtplib.SMTP(one.host, one.port, timeout=TIMEOUT_S)
        try:
            if one.security == "starttls":
                server.starttls(context=self._trust)
            if one.user:
                server.login(one.user, one.password)
        except BaseException:
            server.close()
            raise
        return server

    def _message(self, letter: Email) -> EmailMessage:
        """Raises ValueError if a header would span more than one line."""
        sender_domain = self._settings.sender.rpartition("@")[2]
        message = EmailMessage(policy=SMTP)
        message["From"] = _address(letter.sender, self._settings.sender)
        message["To"] = _address(letter.to_name, letter.to)
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<{letter.key}@{sender_domain}>"
        message["Auto-Submitted"] = "auto-generated"
        if letter.settings_url:
            message["List-Unsubscribe"] = f"<{letter.settings_url}>"
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        for one in letter.attachments:
            main, _, sub = one.media_type.partition("/")
            message.add_attachment(one.body, maintype=main, subtype=sub, filename=one.name)
        message["Content-Language"] = letter.language  # last: the headers about the content move into the parts with it
        return message


def _address(name: str, address: str) -> Address:
    return Address(display_name=name, addr_spec=address)


def _refused(code: int, reply_text: bytes | str) -> DeliveryResult:
    text = reply_text.decode("utf-8", "replace") if isinstance(reply_text, bytes) else reply_text
    return DeliveryResult(DeliveryOutcome.NEVER if code >= 500 else DeliveryOutcome.LATER, one_line(f"{code} {text}")[:300])
