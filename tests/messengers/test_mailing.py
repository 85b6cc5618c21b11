"""Emails on a real SMTP server."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP as POLICY

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import BadInput
from forecourt.messengers import SmtpMailer, SmtpSettings, smtp_settings
from forecourt.notices import Attachment, DeliveryOutcome, Email, one_line
from mail_server import MailServer, mail_server

HEADS = {
    "from", "to", "subject", "date", "message-id", "content-language", "auto-submitted", "list-unsubscribe", "mime-version", "content-type",
}  # fmt: skip


class Noon:
    def now(self) -> datetime:
        return datetime(2026, 6, 1, 12, tzinfo=UTC)

    async def sleep(self, seconds: float) -> None: ...


NOWHERE = SmtpMailer(SmtpSettings("127.0.0.1", 1, "none", "post@charge.example"), Noon())


def letter(to_name: str = "Ada Lindgrén", subject: str = "Reçu", **changes: object) -> Email:
    files = (Attachment("INV-1.pdf", "application/pdf", b"%PDF-1.7\n\x00\xff"),)
    given = {
        "text": "Grüße\n.\nEnde\n",
        "html": "<p>Grüße</p>",
        "language": "de",
        "attachments": files,
        "settings_url": "https://c.example/a",
    }
    return Email("key-1", "ada@example.org", to_name, "Müller, Strom & Söhne", subject, **{**given, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def server():
    with mail_server() as running:
        yield running


@pytest.fixture
def mailer(server: MailServer) -> SmtpMailer:
    server.received.clear()
    return SmtpMailer(SmtpSettings("127.0.0.1", server.port, "none", "post@charge.example"), Noon())


def test_an_email_arrives_as_written(server: MailServer, mailer: SmtpMailer) -> None:
    assert mailer.send(letter()).fate is DeliveryOutcome.SENT
    (got,) = server.received
    assert (got["subject"], got["to"], got["content-language"]) == ("Reçu", "Ada Lindgrén <ada@example.org>", "de")
    assert got["from"].addresses[0].display_name == "Müller, Strom & Söhne" and got["message-id"] == "<key-1@charge.example>"
    assert got.get_body(("plain",)).get_content().splitlines() == ["Grüße", ".", "Ende"]
    assert "<p>Grüße</p>" in got.get_body(("html",)).get_content()
    (file,) = got.iter_attachments()
    assert (file.get_filename(), file.get_content_type(), file.get_content()) == ("INV-1.pdf", "application/pdf", b"%PDF-1.7\n\x00\xff")


@pytest.mark.parametrize(
    ("answer", "fate"),
    [("450 busy", DeliveryOutcome.LATER), ("550 no such user", DeliveryOutcome.NEVER), ("452 full", DeliveryOutcome.LATER)],
)
def test_the_smtp_answer_decides_whether_sending_is_retried(
    server: MailServer, mailer: SmtpMailer, answer: str, fate: DeliveryOutcome
) -> None:
    server.answers.append(answer)
    carried = mailer.send(letter())
    assert (carried.fate, carried.why) == (fate, answer) and not server.received


def test_sending_is_retried_if_the_server_is_unreachable_or_offers_no_tls(server: MailServer) -> None:
    open_only = SmtpMailer(SmtpSettings("127.0.0.1", server.port, "starttls", "post@charge.example", "user", "pw"), Noon())
    before = len(server.received)
    assert (NOWHERE.send(letter()).fate, open_only.send(letter()).fate, len(server.received)) == (
        DeliveryOutcome.LATER,
        DeliveryOutcome.LATER,
        before,
    )


@settings(deadline=None)
@given(name=st.text(), subject=st.text())
def test_names_and_subjects_cannot_add_header_lines(name: str, subject: str) -> None:
    """Whatever names and subjects contain, they become one line."""
    written = NOWHERE._message(letter(one_line(name), one_line(subject)))
    read = message_from_bytes(written.as_bytes(), policy=POLICY)
    assert {one.lower() for one in read} == HEADS and len(read) == len(HEADS)
    assert [one.addr_spec for one in read["to"].addresses] == ["ada@example.org"]


@pytest.mark.parametrize("evil", ["Ada\r\nBcc: eve@example.org", "Ada\nX: y", "Ada\rX: y"])
def test_an_email_with_a_line_break_in_a_header_is_not_sent(server: MailServer, mailer: SmtpMailer, evil: str) -> None:
    assert {mailer.send(letter(subject=evil)).fate, mailer.send(letter(to_name=evil)).fate} == {DeliveryOutcome.NEVER}
    assert not server.received


def test_an_smtp_url_states_host_port_security_and_credentials() -> None:
    assert smtp_settings("smtps://me:p%40ss@mail.example", "Post@Charge.example") == SmtpSettings(
        "mail.example", 465, "tls", "Post@charge.example", "me", "p@ss"
    )
    assert smtp_settings("smtp://mail.example", "a@b.example").security == "starttls"
    assert smtp_settings("smtp://127.0.0.1:2525?tls=none", "a@b.example") == SmtpSettings("127.0.0.1", 2525, "none", "a@b.example")
    for url, sender in (("http://x", "a@b.example"), ("smtp://", "a@b.example"), ("smtp://h:99999", "a@b.example"), ("smtp://h", "me")):
        with pytest.raises(BadInput):
            smtp_settings(url, sender)


def test_a_body_line_that_begins_with_from_arrives_unchanged(server, mailer) -> None:
    assert mailer.send(letter(text="From 10:47 on it costs to stay.\n")).fate is DeliveryOutcome.SENT
    assert server.received[-1].get_body(("plain",)).get_content().startswith("From 10:47 on")
