"""Email addresses, and which notice goes to whom."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput, DriverId, OperatorId
from forecourt.notices import (
    EVENTS,
    TO_SYSTEMS,
    Channel,
    NoticeChoices,
    NoticeKind,
    Topic,
    channels_for,
    mail_address,
    one_line,
    topic_of,
)

OPERATOR, DRIVER = OperatorId(UUID(int=1)), DriverId(UUID(int=2))
ALL, NONE_OPTIONAL = NoticeChoices(OPERATOR, DRIVER), NoticeChoices(OPERATOR, DRIVER, (Topic.BOOKINGS, Topic.QUEUE, Topic.CHARGING))


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" ada@Example.ORG ", "ada@example.org"),
        ("o'brien+cars@mail.example.co", "o'brien+cars@mail.example.co"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
    ],
)
def test_an_email_address_is_stored_in_its_ascii_form(typed: str, address: str) -> None:
    assert mail_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "", "ada", "@example.org", "ada@", "ada@localhost", "ada@-a.org", "a b@example.org", "ada@example..org", ".ada@example.org",
        "ada@example.org\r\nBcc: eve@example.org", "ada@example.org,eve@example.org", "<ada@example.org>", "ada@exam ple.org",
        "a" * 65 + "@example.org", "ada@" + "a" * 64 + ".org", "ada@" + "a." * 130 + "org", "ädä@example.org", "ada@127.0.0.1:25",
    ],
)  # fmt: skip
def test_an_invalid_email_address_is_refused(typed: str) -> None:
    with pytest.raises(BadInput):
        mail_address(typed)


@given(st.text())
def test_a_text_for_a_header_becomes_one_line_of_printable_characters(text: str) -> None:
    assert one_line(text).isprintable() and len(one_line(text).splitlines()) <= 1


@given(st.text())
def test_an_email_address_never_contains_a_second_one(text: str) -> None:
    try:
        address = mail_address(f"{text}@example.org")
    except BadInput:
        return
    assert address.isascii() and address.isprintable() and address.count("@") == 1 and not set(address) & set(' ,;:<>()[]"\\')


@pytest.mark.parametrize("kind", [one for one in NoticeKind if one.startswith(("password", "factor", "team"))])
def test_account_notices_are_sent_by_email_only(kind: NoticeKind) -> None:
    assert channels_for(kind, "ada@example.org", ALL, devices=True) == (Channel.MAIL,)


@pytest.mark.parametrize("kind", [one for one in NoticeKind if one not in TO_SYSTEMS])
def test_notices_about_money_are_always_sent_and_others_by_preference(kind: NoticeKind) -> None:
    assert channels_for(kind, "ada@example.org", ALL) == (Channel.MAIL,)
    told = channels_for(kind, "ada@example.org", NONE_OPTIONAL)
    assert bool(told) is (topic_of(kind) in (Topic.MONEY, None))


@pytest.mark.parametrize("kind", TO_SYSTEMS)
def test_webhook_only_events_are_sent_to_no_person(kind: NoticeKind) -> None:
    assert channels_for(kind, "ada@example.org", ALL, devices=True) == ()


def test_notices_that_give_access_to_an_account_are_no_webhook_events() -> None:
    assert not [kind for kind in EVENTS if kind.startswith(("password", "sign_up", "email", "factor", "team"))]
