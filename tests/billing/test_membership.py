"""A month of a membership: the fee includes its tax to the cent, and the line names the month."""

from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from forecourt.billing import bill_membership_month, month_in_reason
from forecourt.kernel import Money
from forecourt.offers import DiscountRule, Membership, MembershipTerm, PlanVersion
from money_world import CARD_DRIVER, NOON, OPERATOR, PARTIES, PLACE

MEMBER = Membership(UUID(int=1), OPERATOR, CARD_DRIVER, (MembershipTerm(0, UUID(int=7), UUID(int=8)),), "Europe/Berlin", NOON)


@given(st.integers(1, 100_000), st.sampled_from([None, Decimal(0), Decimal("7.7"), Decimal(19), Decimal(100)]), st.integers(0, 30))
def test_a_membership_fee_includes_its_tax_to_the_cent_and_names_its_month(fee: int, vat: Decimal | None, number: int) -> None:
    version = PlanVersion(
        UUID(int=8), OPERATOR, UUID(int=7), 1, "Plus", Money(fee, "EUR"), vat, (DiscountRule(percent=Decimal(5)),), (), NOON
    )
    draft = bill_membership_month(MEMBER, version, MEMBER.period(number), PLACE, PARTIES)
    (line,) = draft.lines
    assert draft.gross == draft.due == line.amount == Money(fee, "EUR") and draft.net == line.net
    assert draft.net + draft.tax == draft.gross and abs(draft.tax.minor - Decimal(fee) * (vat or 0) / (100 + (vat or 0))) <= Decimal("0.5")
    assert (draft.period, month_in_reason(line.because), month_in_reason("10 % off")) == (MEMBER.period(number).span, number + 1, None)
