"""Storing a card on the provider's page, with our own API and with Stripe's: the same outcome."""

from uuid import uuid4

import httpx
import pytest

from forecourt.kernel import DriverId, Money, OperatorId, PaymentId
from forecourt.payments import Accepted, CardSetup, Charge
from forecourt.processors import ProviderCards, StripeCards, StripeOptions

from .conftest import SECRET, World

BACK = "https://here.example/cards"


@pytest.fixture
def desk(world: World):  # type: ignore[no-untyped-def]
    made = (
        StripeCards(SECRET, StripeOptions((SECRET,), url=world.provider.url)) if world.stripe else ProviderCards(world.provider.url, SECRET)
    )
    yield made
    made.close()


def begun(desk: ProviderCards | StripeCards) -> CardSetup:
    setup_id = uuid4()
    page = desk.begin(setup_id, "EUR", BACK)
    assert desk.begin(setup_id, "EUR", BACK) == page, "asked again, it is the same page"
    return CardSetup(setup_id, OperatorId(uuid4()), DriverId(uuid4()), None, page.reference, page.page)  # type: ignore[arg-type]


def given(setup: CardSetup, **fields: str) -> httpx.Response:
    address, _, key = setup.page.partition("?key=")
    return httpx.post(address, data={"key": key, **fields})


def test_a_stored_card_can_be_charged(world: World, desk: ProviderCards | StripeCards) -> None:
    setup = begun(desk)
    assert desk.fetch_record(setup).status == "open"
    assert given(setup, card="4242 4242 4242 4242", expires="12/34").headers["location"] == BACK
    record = desk.fetch_record(setup)
    assert (record.status, record.brand, record.last4, record.year, record.month) == ("stored", "visa", "4242", 2034, 12)
    payment_id = PaymentId(uuid4())
    answer = world.client.carry_out(Charge(payment_id, OperatorId(uuid4()), Money(500, "EUR"), record.method, f"{payment_id}/1"))
    assert isinstance(answer, Accepted)


def test_a_refused_or_unauthenticated_card_is_not_stored_and_can_be_retried(desk: ProviderCards | StripeCards) -> None:
    setup = begun(desk)
    assert "card declined" in given(setup, card="4000000000000002", expires="12/34").text
    assert "is this you" in given(setup, card="4000002500003155", expires="12/34").text
    assert "authentication failed" in given(setup, word="no").text
    assert desk.fetch_record(setup).status == "open"
    given(setup, card="5555555555554444", expires="1/30")
    assert desk.fetch_record(setup).brand == "mastercard"


def test_a_card_page_needs_its_key_and_an_unreachable_provider_is_reported(world: World, desk: ProviderCards | StripeCards) -> None:
    setup = begun(desk)
    assert httpx.get(setup.page.partition("?")[0]).status_code == 404
    world.provider.faults.down = True
    with pytest.raises(ConnectionError):
        desk.begin(uuid4(), "EUR", BACK)
