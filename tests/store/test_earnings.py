"""Earnings of each site by ledger entries: each at the site of its document, none lost or counted twice."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from forecourt.billing import DocumentKind, invoice_txn
from forecourt.flows.ports import EARNING_ACCOUNTS, AccountEntries, Store, Transactions
from forecourt.kernel import DocumentId, Money, Span
from forecourt.ledger import Account, Txn
from forecourt.payments import ClearingLine, RowKind
from forecourt.settlement import ShareRule, clearing_txn, fee_txn, split_net

ZERO = Money.zero("EUR")


def booked(store: Store, sample, seed: int):
    """Documents with their shares and the fees of their cards, a third of which paid for something else, and a fee of the processor's own:
    each transaction, where it belongs, and whether it is a credit note's."""
    chance, sites = random.Random(seed), [sample.site.id, sample.id(), None]
    for number in range(1, 61):
        kind, site = chance.choice(list(DocumentKind)), chance.choice(sites)
        document = sample.invoice(number, gross=chance.randrange(100, 900), site_id=site, kind=kind)
        payment = replace(sample.payment(), document_id=document.id if number % 3 else DocumentId(sample.id()))
        row = ClearingLine(f"row{number}", payment.id, Money(100, "EUR"), Money(7, "EUR"), document.issued_at + timedelta(minutes=20))
        store.documents.put(document)
        store.payments.put(payment)
        noted = kind is DocumentKind.CREDIT_NOTE
        yield invoice_txn(document), site, noted
        yield split_net(document, [ShareRule("Garage", Decimal(20))], document.issued_at).txn, site, noted
        yield clearing_txn(payment, row), *((site, noted) if number % 3 else (None, False))
    own = ClearingLine("own", None, Money(-30, "EUR"), ZERO, sample.t0 + timedelta(minutes=10), RowKind.FEE)
    yield fee_txn(sample.operator.id, own), None, False


@pytest.mark.parametrize("seed", range(3))
def test_earnings_of_sites_equal_their_entries_and_together_the_ledger_balance(any_transactions: Transactions, sample, seed: int) -> None:
    span, expected = Span(sample.t0 + timedelta(minutes=10), sample.t0 + timedelta(minutes=50)), Counter[object]()
    with any_transactions.begin() as store:
        for txn, site, noted in booked(store, sample, seed):
            store.ledger.post(txn)
            for entry in _earning(txn) if span.contains(txn.at) else ():
                expected[site, noted, entry.account] -= entry.minor
        found = store.billing_totals.earnings(sample.operator.id, span)
        assert {(one.site_id, one.noted, one.account): one.net.minor for one in found} == expected
        sums = Counter[Account]()
        for one in found:
            sums[one.account] += one.net.minor
        balances = [one for one in store.ledger.trial_balance(sample.operator.id) if one.account.kind in EARNING_ACCOUNTS]
        assert len(balances) == len(sums) == 4
        for one in balances:
            whole = store.ledger.sum_of(sample.operator.id, AccountEntries(one.account.name, "EUR", span))
            assert sums[one.account] == -whole.minor


def _earning(txn: Txn):
    return [one for one in txn.entries if one.account.kind in EARNING_ACCOUNTS]
