"""Third-party apps and their grants."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.drivers import Account, App, AppCode, AppGrant, Role, SignIn
from forecourt.flows.desk import AppCodeRequest, authorise_app, choose_password
from forecourt.flows.ports import Transactions
from forecourt.kernel import Conflict
from sequential_ids import SequentialIds


def test_dropping_an_app_drops_its_grants_and_grants_belong_to_one_account(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    at = sample.t0
    ada, bob = (Account(sample.id(), sample.operator.id, f"{name}@example.org", Role.DRIVER) for name in ("ada", "bob"))
    volt, amp = (App(sample.id(), sample.operator.id, name, ("https://app.example/",), at) for name in ("Volt", "Amp"))
    kept = AppGrant(b"\x01" * 32, sample.operator.id, volt.id, ada.id, at, at + timedelta(days=90), None, b"a", at, b"r", at)
    asked = replace(kept, family=b"\x02" * 32, code=AppCode(b"c", "https://app.example/", "x"), since=at + timedelta(seconds=1))
    with any_transactions.begin() as store:
        for account in (ada, bob):
            store.drivers.put_account(account)
        for app in (volt, amp):
            store.apps.put_app(app)
        for grant in (asked, kept, replace(kept, family=b"\x03" * 32, account_id=bob.id, app_id=amp.id)):
            store.apps.put_grant(grant)
    with any_transactions.begin() as store:
        assert (store.apps.app(volt.id), store.apps.apps(sample.operator.id)) == (volt, [amp, volt])
        assert list(store.apps.grants_of(ada.id)) == [kept, asked] and store.apps.lock_grant(kept.family) == kept
        assert [store.apps.connected(volt.id, at + timedelta(days=days)) for days in (0, 90)] == [1, 0]
        store.apps.drop_app(volt.id)
        assert (store.apps.app(volt.id), list(store.apps.grants_of(ada.id)), store.apps.grant(kept.family)) == (None, [], None)
        (left,) = store.apps.grants_of(bob.id)
        store.apps.drop_grant(left.family)
    with any_transactions.begin() as store:
        assert store.apps.grant(left.family) is None and store.apps.apps(sample.operator.id) == [amp]


def test_a_grant_without_its_app_or_account_is_refused(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with pytest.raises(Conflict) as refused, any_transactions.begin() as store:
        store.apps.put_grant(AppGrant(b"x", sample.operator.id, sample.id(), sample.id(), sample.t0, sample.t0))
    assert refused.value.code == "missing"


def test_an_app_granted_while_its_owner_resets_the_password_has_no_grant_afterwards(transactions: Transactions, sample) -> None:
    sample.filled(transactions)
    at, here = sample.t0, b"here" * 8
    ada = Account(sample.id(), sample.operator.id, "ada@example.org", Role.DRIVER)
    volt = App(sample.id(), sample.operator.id, "Volt", ("https://app.example/",), at)

    def choose() -> None:
        with transactions.begin() as store:
            choose_password(store, ada, "another", at, SequentialIds())

    with transactions.begin() as store:
        store.drivers.put_account(ada)
        store.drivers.put_sign_in(SignIn(here, ada.id, at, at + timedelta(days=1)))
        store.apps.put_app(volt)
    with ThreadPoolExecutor(1) as other:
        with transactions.begin() as store:
            authorise_app(store, AppCodeRequest(volt, "https://app.example/", "x"), ada.id, here, lambda: "chance", at)
            chosen = other.submit(choose)
            time.sleep(0.5)
        chosen.result(10)
    with transactions.begin() as store:
        assert list(store.apps.grants_of(ada.id)) == []
