"""Every notice has its words in every language; nothing a stranger typed becomes markup or a line of its own."""

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
def test_every_language_has_words_for_every_notice(language: str) -> None:
    said, english = document_texts(language)["messages"], document_texts("en")["messages"]
    assert said.keys() == english.keys() and {kind.value for kind in IN_WORDS} <= said.keys()
    assert all(len(said[kind]) == len(english[kind]) and all(said[kind]) for kind in said)


@pytest.mark.parametrize("kind", IN_WORDS)
def test_a_notice_is_told_in_the_drivers_own_words(kind: NoticeKind) -> None:
    made = [letter(kind, language) for language in LANGUAGES]
    assert len({one.text for one in made}) == len(LANGUAGES)
    for one in made:
        assert one.subject and not set("{}") & set(one.subject + one.text) and "Musterstrom" in one.sender
        assert ("https://c.example/account/messages" in one.text) is (topic_of(kind) not in (Topic.MONEY, None))


def test_times_are_those_of_the_place_and_amounts_those_of_the_language() -> None:
    assert "14:00" in letter(NoticeKind.TURN, "de").text or "15:00" in letter(NoticeKind.TURN, "de").text
    assert "12,34\u00a0€" in letter(NoticeKind.INVOICE, "de").text and "€12.34" in letter(NoticeKind.INVOICE, "en").text


def test_a_sentence_about_what_is_not_there_is_left_out() -> None:
    bare = letter(NoticeKind.BOOKING_MADE, says=replace(FULL, amount=None, address=""), home="")
    assert "price" not in bare.text and "Weg 1" not in bare.text and "http" not in bare.text and "Marktplatz" in bare.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_driver_of_a_fleet_is_not_told_to_get_the_invoice_of_a_fee(language: str) -> None:
    for kind in (NoticeKind.BOOKING_MISSED, NoticeKind.BOOKING_CANCELLED_LATE):
        own, fleets = letter(kind, language), letter(kind, language, says=replace(FULL, payer="Vans Ltd"))
        assert "Vans Ltd" not in own.text and "Vans Ltd" in fleets.text
        assert len(own.text.split("\n\n")) == len(fleets.text.split("\n\n")), "the one sentence in place of the other"


def test_a_fee_is_named_and_where_there_is_none_that_is_said() -> None:
    fee, none = (letter(NoticeKind.BOOKING_MISSED, says=replace(FULL, amount=Money(minor, "EUR"))).text for minor in (595, 0))
    assert "It costs €5.95" in fee and "Nothing to pay" not in fee
    assert "Nothing to pay." in none and "invoice" not in none


def test_what_a_stranger_typed_stays_text() -> None:
    evil = '<script>alert(1)</script>\r\nBcc: eve@example.org {0.__class__} "'
    made = letter(NoticeKind.TURN, says=replace(FULL, site=evil, label=evil), name=evil)
    assert "<script" not in made.html and "&lt;script&gt;" in made.html and len(made.subject.splitlines()) == 1
    assert "\r" not in made.text and "{0.__class__}" in made.text and len(made.to_name.splitlines()) == 1


@pytest.mark.parametrize("kind", [NoticeKind.SIGN_UP, NoticeKind.EMAIL_CONFIRM])
def test_who_types_the_address_of_a_stranger_says_nothing_to_them(kind: NoticeKind) -> None:
    made = letter(kind, name="You won! https://evil.example")
    assert "evil" not in made.text + made.html + made.subject + made.to_name
    assert "Ada" in letter(NoticeKind.PASSWORD_LINK).text


def test_our_own_addresses_are_links() -> None:
    assert '<a href="https://c.example/bookings">https://c.example/bookings</a></p>' in letter(NoticeKind.TURN).html


def test_an_operators_system_gets_the_facts_as_json() -> None:
    made = webhook_for(notice(NoticeKind.READY), Webhook(UUID(int=9), ADA.operator_id, "https://erp.example", "s"), "market", NOON)
    assert b'"event":"ready"' in made.body and b'"amount":{"minor":1234,"currency":"EUR"}' in made.body
    assert made.key == str(UUID(int=3)) and b'"secret"' not in made.body and b'"site":"market"' in made.body


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_speaks_of_an_amount_of_zero(language: str) -> None:
    free = replace(FULL, amount=Money(0, "EUR"))
    assert not [kind for kind in IN_WORDS if "0.00" in (text := letter(kind, language, free).text) or "0,00" in text]
    assert "Nothing to pay." in letter(NoticeKind.INVOICE, says=free).text and "Nothing" not in letter(NoticeKind.INVOICE).text
