"""Roaming partners and tokens: found by their credentials, one partner for each party of an operator."""

from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.drivers import Offer, Parted, RoamingPartner, TokenKind, TokenStatus, roaming_identity
from forecourt.flows.ports import PushedObject, Transactions
from forecourt.kernel import BadInput, Conflict, OperatorId, TokenUid
from roaming_world import PARTNER, SINCE, TOKEN_C, digest_of, invited, registered, roaming_token


def test_a_roaming_partner_is_found_by_its_current_credentials_token(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        store.roaming.put_partner(invited(sample.operator.id))
    with any_transactions.begin() as store:
        assert store.roaming.by_digest(digest_of("token-a")) == invited(sample.operator.id)
        store.roaming.put_partner(registered(sample.operator.id))
    with any_transactions.begin() as store:
        assert store.roaming.by_digest(digest_of("token-a")) is None
        assert store.roaming.by_digest(digest_of(TOKEN_C)) == store.roaming.lock_partner(PARTNER) == registered(sample.operator.id)
        store.roaming.put_partner(replace(registered(sample.operator.id), state=Parted(SINCE)))
    with any_transactions.begin() as store:
        assert store.roaming.by_digest(digest_of(TOKEN_C)) is None
        assert [one.state_name for one in store.roaming.partners(sample.operator.id)] == ["Parted"]
        assert not store.roaming.partners(OperatorId(sample.id()))


def test_a_roaming_partner_is_found_by_its_previous_token_and_by_the_token_offered_to_it(any_transactions: Transactions, sample) -> None:
    partner = registered(sample.operator.id)
    offer = Offer(digest_of("offered"), "sealed", "https://emsp.example/ocpi/versions", SINCE, digest_of("before"))
    partner = replace(partner, state=replace(partner.state, before=digest_of("before"), offer=offer))
    with any_transactions.begin() as store:
        store.roaming.put_partner(partner)
    with any_transactions.begin() as store:
        assert [store.roaming.by_digest(digest_of(one)) for one in (TOKEN_C, "before", "offered")] == [partner] * 3
        store.roaming.put_partner(replace(partner, state=partner.state.shown(digest_of(TOKEN_C), read_only=False)))
    with any_transactions.begin() as store:
        assert store.roaming.by_digest(digest_of("before")) is None and store.roaming.by_digest(digest_of("offered"))


def test_an_operator_has_one_roaming_partner_for_each_party_id(any_transactions: Transactions, sample) -> None:
    other = replace(invited(sample.operator.id, "another"), id=sample.id())
    with pytest.raises(Conflict, match="of that country and party id"), any_transactions.begin() as store:
        store.roaming.put_partner(invited(sample.operator.id))
        store.roaming.put_partner(other)


def test_the_same_card_from_several_partners_is_listed_newest_first(any_transactions: Transactions, sample) -> None:
    first = roaming_token(sample.operator.id)
    later = replace(first, partner_id=sample.id(), last_updated=SINCE + timedelta(hours=1))
    with any_transactions.begin() as store:
        store.roaming.put_partner(invited(sample.operator.id))
        store.roaming.put_partner(replace(invited(sample.operator.id, "b"), id=later.partner_id, party="ABC"))
        store.roaming.put_token(first)
        store.roaming.put_token(later)
    with any_transactions.begin() as store:
        assert store.roaming.token(PARTNER, ("NL", "TNM"), first.uid, "RFID") == first
        assert store.roaming.token(PARTNER, ("NL", "TNM"), first.uid, "APP_USER") is None
        assert store.roaming.shown(sample.operator.id, first.uid) == [later, first]
        assert not store.roaming.shown(OperatorId(sample.id()), first.uid)
        assert store.roaming.token_figures(PARTNER) == (1, SINCE)
        assert store.roaming.token_figures(sample.id()) == (0, None)


def test_each_roaming_contract_is_one_driver(sample) -> None:
    card, fob = roaming_token(sample.operator.id), roaming_token(sample.operator.id, "04FACADE02")
    driver, token = roaming_identity(card)
    assert roaming_identity(fob)[0] == driver
    assert (driver.roaming_partner_id, driver.guest, driver.email) == (PARTNER, True, "")
    assert (token.uid, token.kind, token.status) == (TokenUid("04FACADE"), TokenKind.ROAMING, TokenStatus.ACTIVE)
    assert roaming_identity(replace(card, valid=False))[1].status is TokenStatus.BLOCKED
    assert roaming_identity(replace(card, contract_id="NL8ACC12E46L90"))[0].id != driver.id


def test_an_object_pushed_to_a_partner_is_stored_by_its_key_until_dropped(any_transactions: Transactions, sample) -> None:
    site = PushedObject(sample.operator.id, PARTNER, "location/1", b"\x00\xff", {"e1": "CHARGING"}, ("t1",), SINCE)
    tariff = replace(site, key="tariff/t1", states={}, tariff_ids=(), error="answered 500")
    with any_transactions.begin() as store:
        store.roaming.put_partner(invited(sample.operator.id))
        store.roaming.put_pushed(tariff)
        store.roaming.put_pushed(site)
    with any_transactions.begin() as store:
        assert store.roaming.pushed(PARTNER, "location/1") == site and list(store.roaming.pushed_to(PARTNER)) == [site, tariff]
        store.roaming.forget_pushed(PARTNER)
        assert store.roaming.pushed(PARTNER, "tariff/t1") is None and not store.roaming.pushed_to(PARTNER)


@pytest.mark.parametrize("field, value", [("country", "de"), ("country", "DEU"), ("party", "AB"), ("party", "AB*"), ("name", " ")])
def test_a_roaming_partner_needs_a_name_a_country_and_a_party_id(sample, field: str, value: str) -> None:
    with pytest.raises(BadInput):
        replace(invited(sample.operator.id), **{field: value})
    assert isinstance(invited(sample.operator.id), RoamingPartner)
