"""Drivers, tokens, accounts and charging needs."""

from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.drivers import Account, ChargingNeed, Role, SecondFactor, SignIn, TokenKind, TokenStatus
from forecourt.flows.ports import Transactions
from forecourt.kernel import Conflict, DriverId, NotFound, OperatorId, TokenUid


def test_a_token_is_found_by_operator_and_uid(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        assert store.drivers.token(sample.operator.id, TokenUid("04A1")) == sample.token
        assert store.drivers.token(OperatorId(sample.id()), TokenUid("04A1")) is None
        assert store.drivers.token(sample.operator.id, TokenUid("FFFF")) is None
        store.drivers.put_token(replace(sample.token, uid=TokenUid("FFFF"), status=TokenStatus.BLOCKED))
        assert store.drivers.token(sample.operator.id, TokenUid("FFFF")).status is TokenStatus.BLOCKED
        assert [one.uid for one in store.drivers.tokens_of(sample.driver.id)] == ["04A1", "FFFF"]


def test_cards_are_listed_by_uid_for_all_or_some_drivers(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    other = replace(sample.driver, id=DriverId(sample.id()))
    kinds = {"02": TokenKind.RFID, "03": TokenKind.APP, "05": TokenKind.ROAMING, "06": TokenKind.GUEST}
    with any_transactions.begin() as store:
        store.drivers.put_driver(other)
        for uid, kind in kinds.items():
            store.drivers.put_token(replace(sample.token, uid=TokenUid(uid), driver_id=other.id, kind=kind))
        store.drivers.put_token(replace(sample.token, uid=TokenUid("01"), status=TokenStatus.BLOCKED))
        store.drivers.put_token(replace(sample.token, uid=TokenUid("00"), disputed=("dp_1",)))
    with any_transactions.begin() as store:
        assert [one.uid for one in store.drivers.cards(sample.operator.id, None, 9)] == ["02", "04A1", "05"]
        assert [one.uid for one in store.drivers.cards(sample.operator.id, None, 2)] == ["02", "04A1"]
        assert [one.uid for one in store.drivers.cards(sample.operator.id, [other.id], 9)] == ["02", "05"]
        assert store.drivers.cards(sample.operator.id, [], 9) == []


def test_a_token_without_its_driver_is_refused(any_transactions: Transactions, sample) -> None:
    with pytest.raises(Conflict) as refused, any_transactions.begin() as store:
        store.drivers.put_token(sample.token)
    assert refused.value.code == "missing"


def test_an_unknown_driver_is_not_found(any_transactions: Transactions, sample) -> None:
    with any_transactions.begin() as store, pytest.raises(NotFound):
        store.drivers.driver(DriverId(sample.id()))


def test_an_email_address_belongs_to_one_account(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    account = Account(sample.id(), sample.operator.id, "ada@example.org", Role.DRIVER, "argon", sample.driver.id)
    with any_transactions.begin() as store:
        store.drivers.put_account(account)
        assert store.drivers.account_by_email("ada@example.org") == account
    with pytest.raises(Conflict) as refused, any_transactions.begin() as store:
        store.drivers.put_account(replace(account, id=sample.id()))
    assert refused.value.code == "email_taken"


def test_a_sign_in_can_be_dropped(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    account = Account(sample.id(), sample.operator.id, "ada@example.org", Role.DRIVER)
    sign_in = SignIn(b"\x01" * 32, account.id, sample.t0, sample.t0 + timedelta(days=1))
    with any_transactions.begin() as store:
        store.drivers.put_account(account)
        store.drivers.put_sign_in(sign_in)
    with any_transactions.begin() as store:
        assert store.drivers.sign_in(sign_in.digest) == sign_in
        assert list(store.drivers.sign_ins(account.id)) == [sign_in]
        store.drivers.drop_sign_in(sign_in.digest)
        assert store.drivers.sign_in(sign_in.digest) is None


def test_the_newest_charging_need_replaces_the_earlier_one(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    need = ChargingNeed(sample.operator.id, sample.site.id, sample.driver.id, 20_000, sample.t0 + timedelta(hours=8), sample.t0)
    with any_transactions.begin() as store:
        store.drivers.put_need(need)
        store.drivers.put_need(replace(need, energy_wh=5000))
    with any_transactions.begin() as store:
        assert store.drivers.need(sample.driver.id, sample.site.id).energy_wh == 5000
        assert store.drivers.needs(sample.site.id)[sample.driver.id].departure == need.departure


def test_a_charging_need_stated_after_a_prefetch_is_found(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    need = ChargingNeed(sample.operator.id, sample.site.id, sample.driver.id, 20_000, sample.t0 + timedelta(hours=8), sample.t0)
    with any_transactions.begin() as store:
        store.drivers.prefetch_needs(sample.site.id, {sample.driver.id, DriverId(sample.id())})
        assert store.drivers.need(sample.driver.id, sample.site.id) is None
        store.drivers.put_need(need)
        assert store.drivers.need(sample.driver.id, sample.site.id) == need
    with any_transactions.begin() as store:
        store.drivers.prefetch_needs(sample.site.id, {sample.driver.id})
        assert store.drivers.need(sample.driver.id, sample.site.id) == need


def test_a_second_factor_is_stored_only_for_an_existing_account(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    account = Account(sample.id(), sample.operator.id, "ada@example.org", Role.DRIVER, "argon", sample.driver.id)
    factor = SecondFactor(account.id, "sealed", sample.t0, 59_000_000, (bytes(range(32)), b"\xff" * 32))
    with any_transactions.begin() as store:
        store.drivers.put_account(account)
        store.factors.put(factor)
    with any_transactions.begin() as store:
        assert store.factors.factor(account.id) == factor
        store.factors.put(replace(factor, recovery=()))
        assert store.factors.factor(account.id) == replace(factor, recovery=())
        store.factors.drop(account.id)
        assert store.factors.factor(account.id) is None
    with pytest.raises(Conflict), any_transactions.begin() as store:
        store.factors.put(replace(factor, account_id=sample.id()))


@pytest.mark.parametrize(("name", "typed"), [("İnci", "inci"), ("ΝΙΚΟΣ", "νικοσ"), ("Zoë", "ZOË"), ("a_b%", "A_B%")])
def test_a_name_is_found_in_its_own_and_in_plain_spelling(any_transactions: Transactions, sample, name: str, typed: str) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        store.drivers.put_driver(replace(sample.driver, name=name))
    with any_transactions.begin() as store:
        found = [store.drivers.page(sample.operator.id, text).rows for text in (name, typed, name[1:], "nobody")]
        assert [[one.name for one in rows] for rows in found] == [[name], [name], [name], []]
