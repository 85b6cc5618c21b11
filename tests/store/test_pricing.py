"""Price rules and proposals are stored and found."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from forecourt.flows.ports import Transactions
from forecourt.kernel import TariffVersionId
from forecourt.revenue import (
    ApprovalMode,
    Bounds,
    DayFigures,
    DayKind,
    Effect,
    Ladder,
    PriceMove,
    PriceProposal,
    PriceRules,
    ProposalKind,
    ProposalState,
    SlotBids,
)

RULES = Bounds(Decimal("0.35"), Decimal("0.65"), Decimal("0.05"))


def proposal(sample, minutes=0):
    prices = (Decimal("0.40"),) * 24
    return PriceProposal(
        sample.id(),
        sample.operator.id,
        sample.site.id,
        sample.t0 + timedelta(minutes=minutes),
        ProposalKind.BY_CLOCK,
        "{}",
        TariffVersionId(sample.id()),
        (PriceMove(DayKind.WEEKEND, 7, 10, Decimal("0.40"), Decimal("0.45"), "busy"),),
        (DayFigures(DayKind.WORKDAY, (1.0,) * 24, (0.5,) * 24, (0.1,) * 24, prices, prices, prices),),
        Effect(10.0, 11.0, Decimal("0.42"), 12.0, 0.09, 0.05, 0.1, 0.3, 0.2, 0.1),
        "because",
        Ladder((Decimal("0.35"), Decimal("0.65")), ((0, 1),) * 24, ((0, 0),) * 24),
    )


def test_the_newest_price_rules_of_each_site_apply(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    rules = PriceRules(sample.operator.id, sample.site.id, RULES)
    with any_transactions.begin() as store:
        assert store.pricing.rules(sample.site.id) is None
        store.pricing.put_rules(rules)
        store.pricing.put_rules(replace(rules, mode=ApprovalMode.AUTOMATIC))
    with any_transactions.begin() as store:
        assert store.pricing.rules(sample.site.id) == replace(rules, mode=ApprovalMode.AUTOMATIC)


def test_price_proposals_are_listed_newest_first_and_read_as_stored(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    old, new = proposal(sample), proposal(sample, 5)
    with any_transactions.begin() as store:
        store.pricing.put_proposal(old)
        store.pricing.put_proposal(new)
    with any_transactions.begin() as store:
        assert store.pricing.proposals(sample.site.id) == [new, old] and store.pricing.proposals(sample.site.id, 1) == [new]
        rejected = replace(old, state=ProposalState.REJECTED, decided_at=sample.t0, decided_by="anna")
        store.pricing.put_proposal(rejected)
        assert store.pricing.proposal(old.id) == rejected


def test_a_rolled_back_proposal_is_not_stored(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    kept = proposal(sample)
    try:
        with any_transactions.begin() as store:
            store.pricing.put_proposal(kept)
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    with any_transactions.begin() as store:
        assert store.pricing.proposal(kept.id) is None


def test_the_newest_slot_values_of_each_site_are_stored(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    worth = tuple(Decimal(hour) / 4 for hour in range(24))
    bids = SlotBids(sample.operator.id, sample.site.id, sample.t0, worth, worth[::-1])
    with any_transactions.begin() as store:
        assert store.pricing.bids(sample.site.id) is None
        store.pricing.put_bids(replace(bids, weekend=worth))
        store.pricing.put_bids(bids)
    with any_transactions.begin() as store:
        assert store.pricing.bids(sample.site.id) == bids
