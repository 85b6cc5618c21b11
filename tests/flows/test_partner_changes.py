"""A partner is paused, resumed and ended: it issues no new vouchers, those issued stay valid, and the ledger balances."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from forecourt.flows.billing import issue_partner_statements, settle_statement
from forecourt.flows.desk import own_partner
from forecourt.flows.offers import (
    PartnerDetails,
    accept_gift,
    change_partner,
    details_fingerprint,
    end_partner,
    hosts_fingerprint,
    issue_partner_voucher,
    pause_partner,
    set_hosts,
)
from forecourt.kernel import BadInput, Conflict
from forecourt.settlement import payable
from forecourt.stations import HostTerms
from forecourt.store import MemoryTransactions
from money_world import CARD_DRIVER, NOON, OPERATOR, SITE
from offer_world import CAFE, OfferWorld, eur


@pytest.fixture
def world():
    made = OfferWorld(MemoryTransactions())
    made.till = made.cafe()
    return made


def do(world, act, *more, at=NOON):
    with world.transactions.begin() as store:
        return act(store, world.staff(at), own_partner(store, OPERATOR, CAFE), *more)


def coffees(world) -> list[str]:
    with world.transactions.begin() as store:
        return [one.code for one in store.partners.vouchers_of(CARD_DRIVER) if one.document_id and one.state_name == "Open"]


def test_a_paused_partner_issues_no_new_vouchers_and_still_redeems_those_issued(world):
    parking = world.parking_offer()
    world.coffee_offer()
    world.charge(20_000)
    (promised,) = coffees(world)
    do(world, pause_partner, True)
    world.charge(20_000, begin=NOON + timedelta(hours=3))
    assert coffees(world) == [promised]  # the second charge earned none
    with pytest.raises(Conflict, match="paused"), world.transactions.begin() as store:
        issue_partner_voucher(store, CAFE, parking.id, NOON, world.world.ids)
    with world.transactions.begin() as store:
        assert accept_gift(store, world.till, promised, NOON + timedelta(hours=5)).credit == eur(320)
    do(world, pause_partner, False)
    world.charge(20_000, begin=NOON + timedelta(hours=6))
    assert len(coffees(world)) == 1


def test_an_ended_partner_gets_a_last_statement_and_another_for_vouchers_redeemed_later(world):
    """3.57 of parking less one coffee of 3.20: it owes 0.37. A voucher issued before is redeemed in the next month."""
    world.take(world.voucher(world.parking_offer()))
    world.coffee_offer()
    world.charge(20_000, parked_min=45)
    world.charge(20_000, begin=NOON + timedelta(hours=3))
    first, second = coffees(world)
    with world.transactions.begin() as store:
        accept_gift(store, world.till, first, NOON + timedelta(hours=6))
    (last,) = do(world, end_partner, at=NOON + timedelta(hours=8))
    assert last.owed == eur(-37)
    with world.transactions.begin() as store:
        accept_gift(store, world.till, second, NOON + timedelta(days=20))
        (late,) = issue_partner_statements(store, OPERATOR, NOON + timedelta(days=40), world.world.ids)
        assert late.owed == eur(320)
        for one in (last, late):
            settle_statement(store, world.staff(NOON + timedelta(days=41)), one.id, "SEPA")
        assert store.ledger.balance(OPERATOR, payable("cafe-strom"), "EUR") == 0
    with pytest.raises(Conflict, match="left"):
        do(world, pause_partner, False)


@pytest.mark.parametrize("since", [NOON, NOON + timedelta(days=30)])
def test_a_partner_with_a_current_or_future_site_share_cannot_be_ended(world, since):
    with world.transactions.begin() as store:
        site = store.stations.site(SITE)
        store.stations.put_site(replace(site, host_terms=(HostTerms(since, (("cafe-strom", Decimal(10)),)),)))
    with pytest.raises(Conflict, match="share"):
        do(world, end_partner, at=NOON + timedelta(hours=1))


def test_an_ended_partner_cannot_become_host_of_a_site(world):
    do(world, end_partner)
    with world.transactions.begin() as store, pytest.raises(BadInput, match="no partner 'cafe-strom'"):
        set_hosts(store, world.staff(), SITE, (("cafe-strom", Decimal(10)),), None, hosts_fingerprint(store.stations.site(SITE)))


def test_changed_partner_details_are_stored_normalised_and_invalid_ones_refused(world):
    wanted = PartnerDetails("Café Strom GmbH", "Buch@Cafe.example", "Weg 3", "de", "de123456789")
    with world.transactions.begin() as store:
        change_partner(store, world.staff(), CAFE, wanted, details_fingerprint(own_partner(store, OPERATOR, CAFE)))
    with world.transactions.begin() as store:
        kept = own_partner(store, OPERATOR, CAFE)
    assert (kept.name, kept.email, kept.country, kept.vat_number, kept.handle) == (
        "Café Strom GmbH", "buch@cafe.example", "DE", "DE123456789", "cafe-strom",
    )  # fmt: skip
    for wrong in ({"name": ""}, {"email": "nobody"}, {"country": "D1"}):
        with pytest.raises(BadInput):
            PartnerDetails(**{"name": "Café", **wrong})
