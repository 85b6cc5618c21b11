"""Notices in every language; nothing a user typed becomes markup or an extra line."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from forecourt.drivers import Driver
from forecourt.jobs.notice_messages import email_for, webhook_for
from forecourt.kernel import DriverId, Money, OperatorId
from forecourt.notices import LANGUAGES, TO_SYSTEMS, Channel, Email, Notice, NoticeContent, NoticeKind, Topic, Webhook, topic_of
from forecourt.wording import document_texts

# Programs hear of the others.
IN_WORDS = [kind for kind in NoticeKind if kind not in TO_SYSTEMS]
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
FULL = NoticeContent(
    "Marktplatz",
    "Weg 1",
    "Europe/Berlin",
    "B1",
    "INV-2026-000001",
    NOON,
    NOON + timedelta(hours=1),
    Money(1234, "EUR"),
    21_500,
    2,
    3,
    NOON,
    before="B7",
)
ADA = Driver(DriverId(UUID(int=2)), OperatorId(UUID(int=1)), "Ada", "ada@example.org")


def notice(kind: NoticeKind, says: NoticeContent = FULL) -> Notice:
    return Notice(UUID(int=3), ADA.operator_id, ADA.id, kind, Channel.MAIL, NOON, says, "/bookings")


def letter(kind: NoticeKind, language: str = "en", says: NoticeContent = FULL, name: str = "Ada", home: str = "https://c.example") -> Email:
    return email_for(notice(kind, says), replace(ADA, language=language, name=name), "Musterstrom", home)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_notice_has_texts_in_every_language(language: str) -> None:
    said, english = document_texts(language)["messages"], document_texts("en")["messages"]
    assert said.keys() == english.keys() and {kind.value for kind in IN_WORDS} <= said.keys()
    assert all(len(said[kind]) == len(english[kind]) and all(said[kind]) for kind in said)


@pytest.mark.parametrize("kind", IN_WORDS)
def test_a_notice_is_written_in_the_language_of_the_driver(kind: NoticeKind) -> None:
    made = [letter(kind, language) for language in LANGUAGES]
    assert len({one.text for one in made}) == len(LANGUAGES)
    for one in made:
        assert one.subject and not set("{}") & set(one.subject + one.text) and "Musterstrom" in one.sender
        assert ("https://c.example/account/messages" in one.text) is (topic_of(kind) not in (Topic.MONEY, None))


def test_times_are_local_to_the_site_and_amounts_follow_the_language() -> None:
    assert "14:00" in letter(NoticeKind.TURN, "de").text or "15:00" in letter(NoticeKind.TURN, "de").text
    assert "12,34\u00a0€" in letter(NoticeKind.INVOICE, "de").text and "€12.34" in letter(NoticeKind.INVOICE, "en").text


def test_a_sentence_with_a_missing_value_is_left_out() -> None:
    bare = letter(NoticeKind.BOOKING_MADE, says=replace(FULL, amount=None, address=""), home="")
    assert "price" not in bare.text and "Weg 1" not in bare.text and "http" not in bare.text and "Marktplatz" in bare.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fleet_driver_is_told_that_the_payer_gets_the_invoice_of_a_fee(language: str) -> None:
    for kind in (NoticeKind.BOOKING_MISSED, NoticeKind.BOOKING_CANCELLED_LATE):
        own, fleets = letter(kind, language), letter(kind, language, says=replace(FULL, payer="Vans Ltd"))
        assert "Vans Ltd" not in own.text and "Vans Ltd" in fleets.text
        assert len(own.text.split("\n\n")) == len(fleets.text.split("\n\n")), "the one sentence in place of the other"


def test_a_no_show_email_states_the_fee_or_that_there_is_nothing_to_pay() -> None:
    fee, none = (letter(NoticeKind.BOOKING_MISSED, says=replace(FULL, amount=Money(minor, "EUR"))).text for minor in (595, 0))
    assert "It costs €5.95" in fee and "Nothing to pay" not in fee
    assert "Nothing to pay." in none and "invoice" not in none


def test_markup_and_header_lines_in_user_text_are_neutralised() -> None:
    evil = '<script>alert(1)</script>\r\nBcc: eve@example.org {0.__class__} "'
    made = letter(NoticeKind.TURN, says=replace(FULL, site=evil, label=evil), name=evil)
    assert "<script" not in made.html and "&lt;script&gt;" in made.html and len(made.subject.splitlines()) == 1
    assert "\r" not in made.text and "{0.__class__}" in made.text and len(made.to_name.splitlines()) == 1


@pytest.mark.parametrize("kind", [NoticeKind.SIGN_UP, NoticeKind.EMAIL_CONFIRM])
def test_an_email_to_an_unconfirmed_address_contains_no_user_text(kind: NoticeKind) -> None:
    made = letter(kind, name="You won! https://evil.example")
    assert "evil" not in made.text + made.html + made.subject + made.to_name
    assert "Ada" in letter(NoticeKind.PASSWORD_LINK).text


def test_links_to_our_own_pages_are_clickable() -> None:
    assert '<a href="https://c.example/bookings">https://c.example/bookings</a></p>' in letter(NoticeKind.TURN).html


def test_a_webhook_gets_the_event_as_json() -> None:
    made = webhook_for(notice(NoticeKind.READY), Webhook(UUID(int=9), ADA.operator_id, "https://erp.example", "s"), "market", NOON)
    assert b'"event":"ready"' in made.body and b'"amount":{"minor":1234,"currency":"EUR"}' in made.body
    assert made.key == str(UUID(int=3)) and b'"secret"' not in made.body and b'"site":"market"' in made.body


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_email_states_an_amount_of_zero(language: str) -> None:
    free = replace(FULL, amount=Money(0, "EUR"))
    assert not [kind for kind in IN_WORDS if "0.00" in (text := letter(kind, language, free).text) or "0,00" in text]
    assert "Nothing to pay." in letter(NoticeKind.INVOICE, says=free).text and "Nothing" not in letter(NoticeKind.INVOICE).text
