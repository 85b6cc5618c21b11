"""Write-offs: tax by rate, to the cent, compared with a referee that calculates in fractions."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import Money
from forecourt.ledger import WRITE_OFF, Posting, Txn, receivable, revenue, vat
from forecourt.payments import write_off_reversal, write_off_txn, written_off_amount
from money_world import NOON, C, P, invoice, tariff

LATER, FEE = NOON + timedelta(days=30), 500


def mixed():  # type: ignore[no-untyped-def]
    """7 % on the start, 19 % on energy and parking."""
    parts = [
        {"type": "FLAT", "price": 0.5, "vat": 7, "step_size": 1},
        {"type": "ENERGY", "price": 0.4, "vat": 19, "step_size": 1},
        {"type": "PARKING_TIME", "price": 6, "vat": 19, "step_size": 60},
    ]
    return invoice(tariff(elements=[{"price_components": parts}]), (C, 60, 10_000), (P, 30, 0))


def moved(made, amount: int, taxes=None):  # type: ignore[no-untyped-def]
    txn = write_off_txn(made, made.content.taxes if taxes is None else taxes, Money(amount, "EUR"), LATER)
    sums: dict[str, int] = {}
    for entry in txn.entries:
        sums[entry.account.name] = sums.get(entry.account.name, 0) + entry.minor
    return sums


@given(st.integers(1, 2000))
def test_a_write_off_corrects_the_tax_of_each_rate_in_proportion(minor: int) -> None:
    made = mixed()
    amount = min(minor, made.due.minor + FEE)
    sums, unpaid = moved(made, amount), min(amount, made.due.minor)
    for tax in made.content.taxes:
        fair = Fraction(unpaid * tax.tax.minor, made.due.minor)
        assert abs(sums.get(vat(tax.vat_percent).name, 0) - fair) <= 1
    assert sums[receivable(made.driver_id).name] == -amount and sum(sums.values()) == 0


def test_a_full_write_off_corrects_all_tax_and_fees_bear_none() -> None:
    made = mixed()
    sums = moved(made, made.due.minor + FEE)
    assert [sums[vat(tax.vat_percent).name] for tax in made.content.taxes] == [tax.tax.minor for tax in made.content.taxes]
    assert sums[WRITE_OFF.name] == made.net.minor + FEE and vat(Decimal(19)).name in sums


def test_a_write_off_without_tax_is_a_loss_in_full() -> None:
    made = mixed()
    assert moved(made, made.due.minor, ())[WRITE_OFF.name] == made.due.minor


@given(st.integers(1, 1400), st.integers(0, 1000), st.lists(st.integers(1, 600), max_size=5))
def test_a_payment_after_a_write_off_reverses_the_loss_fees_first(minor: int, over: int, parts: list[int]) -> None:
    """over: what the document still amounts to after credit notes; what is owed beside that bears no tax."""
    made = mixed()
    due = min(Money(over, "EUR"), made.due)
    given_up = min(minor, due.minor + FEE) or FEE
    fee = Txn(
        f"dunning/{made.id}/2",
        made.operator_id,
        NOON,
        "",
        made.id,
        (Posting(revenue("dunning"), receivable(made.driver_id), Money(FEE, "EUR")),),
    )
    txns = [fee, write_off_txn(made, made.content.taxes, Money(given_up, "EUR"), LATER, due)]
    unpaid, back = min(given_up, due.minor), 0
    for part in (0, *parts, given_up):
        if amount := min(part, given_up - back):
            txns.append(write_off_reversal(made, txns, Money(amount, "EUR"), LATER, due))
        back += amount
        assert written_off_amount(made.driver_id, "EUR", txns) == Money(given_up - back, "EUR")
        taxed = max(0, back - (given_up - unpaid))
        for tax in made.content.taxes:
            left = sum(entry.minor for txn in txns for entry in txn.entries if entry.account == vat(tax.vat_percent))
            assert abs(left - Fraction((unpaid - taxed) * tax.tax.minor, made.due.minor)) <= 2
    sums = Counter[str]()
    for entry in (entry for txn in txns[1:] for entry in txn.entries):
        sums[entry.account.name] += entry.minor
    assert not any(sums.values()) and len({txn.key for txn in txns}) == len(txns)
