"""Prepaid balances: rules and automatic top-ups are read as stored, and movements in order."""

from dataclasses import replace
from datetime import timedelta

from forecourt.flows.ports import PageRequest, Transactions
from forecourt.kernel import Money, PaymentId
from forecourt.ledger import CLEARING, Posting, Txn, wallet
from forecourt.payments import AutoTopUp, Payer, TopUp, WalletRules, begin_top_up


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def test_wallet_rules_and_automatic_top_ups_are_read_as_stored(any_transactions: Transactions, sample) -> None:
    operator_id, driver_id = sample.operator.id, sample.driver.id
    rules = replace(WalletRules.usual("EUR"), most_balance=eur(70_000))
    wish = AutoTopUp(operator_id, driver_id, eur(500), eur(2000), paused_at=sample.t0, paused_why="card_declined")
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        assert store.wallets.rules(operator_id) == WalletRules.usual("EUR")
        assert store.wallets.auto_top_up(driver_id) is None
        store.wallets.put_rules(operator_id, rules)
        for one in (replace(wish, on=False), wish):
            store.wallets.put_auto_top_up(one)
    with any_transactions.begin() as store:
        store.wallets.lock(driver_id)
        assert store.wallets.rules(operator_id) == rules and store.wallets.auto_top_up(driver_id) == wish


def test_top_ups_are_listed_apart_from_other_payments(any_transactions: Transactions, sample) -> None:
    payer = Payer(sample.operator.id, sample.driver.id, "pm_1")
    loads = [
        begin_top_up(payer, PaymentId(sample.id()), eur(2000), by, sample.t0 + timedelta(days=day)).payment for day, by in enumerate(TopUp)
    ]
    with any_transactions.begin() as store:
        for one in (*loads, sample.payment(replace(loads[0].state))):
            store.payments.put(one)
    with any_transactions.begin() as store:
        assert store.payments.top_ups(sample.driver.id) == loads[::-1]
        assert store.payments.top_ups(sample.driver.id, 1) == loads[1:]


def test_movements_of_an_account_are_listed_newest_first_in_one_currency(any_transactions: Transactions, sample) -> None:
    account, subject = wallet(sample.driver.id), sample.id()
    amounts = [eur(100), Money(100, "CHF"), eur(200), eur(300)]
    with any_transactions.begin() as store:
        for number, amount in enumerate(amounts):
            posting = Posting(account, CLEARING, amount)
            store.ledger.post(Txn(f"t/{number}", sample.operator.id, sample.t0, "Top-up", subject, (posting,)))
        store.ledger.post(sample.txn("else", 5))
        found = store.ledger.account_page(sample.operator.id, account, "EUR", PageRequest(limit=2))
        assert [one.txn.key for one in found.rows] == ["t/3", "t/2"]
        rest = store.ledger.account_page(sample.operator.id, account, "EUR", PageRequest(found.older, limit=9))
        assert [one.txn.key for one in rest.rows] == ["t/0"] and rest.older == ""
        assert store.ledger.account_page(sample.operator.id, account, "EUR", PageRequest(rest.newer, True, 2)) == found
        assert [store.ledger.balance(sample.operator.id, account, "EUR", one.position) for one in found.rows] == [-600, -300]
