"""The job that proposes better prices: once a day, where the operator has set rules, and never ended by an error."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from busy_weeks import live_weeks
from flows.conftest import NOON, Forecourt
from forecourt.flows.ports import StoreUnavailable
from forecourt.flows.prices import set_rules
from forecourt.jobs.price_reviews import PriceReviews
from forecourt.revenue import ApprovalMode, Bounds, PriceRules, ProposalState
from forecourt.store import MemoryTransactions

BOUNDS = Bounds(Decimal("0.30"), Decimal("0.56"), Decimal("0.06"), notice_h=24)


@dataclass
class Clock:
    at = NOON

    def now(self):
        return self.at


class Job:
    """The job at a site with some weeks behind it; rules None: its operator has set none."""

    def __init__(self, weeks=6, mode: ApprovalMode | None = ApprovalMode.ASK):
        self.place, self.clock = Forecourt(MemoryTransactions()), Clock()
        with self.place.transactions.begin() as store:
            self.place.build(store)
            live_weeks(store, self.place.site_id, NOON, weeks, self.place.ids, busy=2.0)
            if mode is not None:
                rules = PriceRules(self.place.operator_id, self.place.site_id, BOUNDS, mode)
                set_rules(store, rules, "anna", NOON, self.place.ids)
        self.prices = PriceReviews(SimpleNamespace(transactions=self.place.transactions, clock=self.clock, ids=self.place.ids))

    def review(self, later=timedelta()):
        self.clock.at = NOON + later
        self.prices.review()
        with self.place.transactions.begin() as store:
            return store.pricing.proposals(self.place.site_id)


def test_prices_are_reviewed_once_a_day_however_often_the_job_runs():
    job = Job()
    assert [len(job.review(timedelta(minutes=minutes))) for minutes in (0, 5, 10)] == [1, 1, 1]
    newest, before = job.review(timedelta(days=1))
    assert (newest.state, before.state) == (ProposalState.OPEN, ProposalState.REPLACED)


def test_without_price_rules_nothing_is_proposed():
    assert Job(mode=None).review() == []


def test_with_too_little_history_the_review_is_repeated_until_there_is_enough():
    job = Job(weeks=0)
    assert job.review() == []
    with job.place.transactions.begin() as store:
        live_weeks(store, job.place.site_id, NOON, 6, job.place.ids, busy=2.0)
    assert len(job.review(timedelta(minutes=5))) == 1


def test_with_automatic_approval_a_proposal_is_approved_without_staff():
    (found,) = Job(mode=ApprovalMode.AUTOMATIC).review()
    assert (found.state, found.decided_by) == (ProposalState.APPROVED, "automatic")


def test_an_unavailable_store_does_not_end_the_review_job():
    class Away:
        def begin(self):
            raise StoreUnavailable("gone")

    PriceReviews(SimpleNamespace(transactions=Away(), clock=Clock(), ids=None)).review()


@pytest.mark.parametrize("minutes", [0, 1])
def test_two_processes_make_one_proposal(minutes):
    job = Job()
    job.review()
    again = PriceReviews(SimpleNamespace(transactions=job.place.transactions, clock=job.clock, ids=job.place.ids))
    job.clock.at = NOON + timedelta(minutes=minutes)
    again.review()
    with job.place.transactions.begin() as store:
        assert len(store.pricing.proposals(job.place.site_id)) == 1
