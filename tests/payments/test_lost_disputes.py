"""Lost disputes: what the driver is owed is set off, and the tax of the rest is corrected by rate to the cent."""

from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import Money, PaymentId
from forecourt.ledger import WRITE_OFF, Txn, receivable, vat
from forecourt.payments import Dispute, DisputeState, losses, set_off, set_off_in_total, set_off_now, tax_correction
from forecourt.payments.write_offs import by_account
from money_world import CARD_DRIVER, NOON, OPERATOR, invoice, two_rates

MADE = invoice(two_rates())
TAXES, DEBTOR = MADE.content.taxes, receivable(CARD_DRIVER)
LOST, WON, OPEN = DisputeState.LOST, DisputeState.WON, DisputeState.NEEDS_ANSWER


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def dispute(number: int, minor: int, state: DisputeState, changed: int = 0) -> Dispute:
    opened, payment = NOON + timedelta(hours=number), PaymentId(UUID(int=number))
    at = NOON + timedelta(days=1 + changed)
    return Dispute(f"dp_{number}", OPERATOR, payment, CARD_DRIVER, eur(minor), eur(0), "", state, opened, at)


@given(
    st.lists(st.tuples(st.integers(1, 600), st.sampled_from([LOST, LOST, WON, OPEN])), max_size=5), st.integers(0, 900), st.integers(0, 900)
)
def test_lost_disputes_are_set_off_first_and_the_rest_corrects_tax_as_a_whole(
    parts: list[tuple[int, DisputeState]], owed: int, left: int
) -> None:
    disputes = [dispute(number, *part) for number, part in enumerate(parts)]
    found = list(losses(disputes, eur(owed), min(eur(left), MADE.due), TAXES))
    assert found == list(losses(disputes[::-1], eur(owed), min(eur(left), MADE.due), TAXES)), "in the order of their opening"
    lost = sum(one.amount.minor for one in disputes if one.state is LOST)
    assert sum(one.set_off.minor for one in found) == min(lost, owed)
    assert all(one.set_off.minor == 0 == sum(tax.minor for _, tax in one.taxes) for one in found if one.dispute.state is not LOST)
    bears = min(lost - min(lost, owed), left, MADE.due.minor)
    for tax in TAXES:
        corrected = sum(part.minor for one in found for account, part in one.taxes if account == vat(tax.vat_percent))
        assert abs(corrected * MADE.due.minor - bears * tax.tax.minor) <= MADE.due.minor
        assert bears < MADE.due.minor or corrected == tax.tax.minor


@given(st.lists(st.tuples(st.sampled_from([LOST, WON]), st.integers(0, 600), st.integers(0, 893)), min_size=1, max_size=5))
def test_the_ledger_follows_each_verdict_and_repeating_it_posts_nothing(verdicts: list[tuple[DisputeState, int, int]]) -> None:
    """Each time with the driver's current claim and what credit notes have left."""
    txns, ever = list[Txn](), 0
    for day, (state, owed, left) in enumerate(verdicts):
        (loss,) = losses([dispute(1, 500, state, day // 2)], eur(owed), min(eur(left), MADE.due), TAXES)
        ever += max(0, loss.set_off.minor - set_off_now(loss.dispute, txns).minor)
        txns += [one for one in (set_off(loss, DEBTOR, txns, NOON), tax_correction(loss, txns, NOON)) if one]
        assert set_off(loss, DEBTOR, txns, NOON) is None is tax_correction(loss, txns, NOON)
        assert (set_off_now(loss.dispute, txns), set_off_in_total(loss.dispute, txns)) == (loss.set_off, eur(ever))
        books, taxed = by_account(txns), {account: tax.minor for account, tax in loss.taxes}
        wanted = {DEBTOR: loss.set_off.minor, WRITE_OFF: -loss.set_off.minor - sum(taxed.values()), **taxed}
        assert all(books[one] == wanted.get(one, 0) for one in {*books, *wanted})
    assert len({txn.key for txn in txns}) == len(txns)
