"""Concurrent price jobs and staff, on PostgreSQL: one proposal a day, one decision, one price."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from types import SimpleNamespace

import pytest

from busy_weeks import live_weeks
from flows.conftest import NOON, Forecourt
from forecourt.drivers import Duty
from forecourt.flows.desk import Staff, add_to_team
from forecourt.flows.ports import StoreUnavailable
from forecourt.flows.prices import approve_price, listed_unlawful_prices, reject_price, set_rules
from forecourt.jobs.price_reviews import PriceReviews
from forecourt.kernel import Refused
from forecourt.notices import NoticeKind
from forecourt.revenue import Bounds, Effect, Ladder, PriceProposal, PriceRules, ProposalKind, ProposalState
from forecourt.store import PostgresTransactions

BOUNDS = Bounds(Decimal("0.30"), Decimal("0.56"), Decimal("0.06"), notice_h=24)
WORKERS = 2


@pytest.fixture
def place(database_url) -> Iterator[Forecourt]:
    """Every connection is open before the race begins."""
    with PostgresTransactions(database_url, least=WORKERS, most=WORKERS) as opened:
        made = Forecourt(opened)
        with opened.begin() as store:
            made.build(store)
            set_rules(store, PriceRules(made.operator_id, made.site_id, BOUNDS, by_occupancy=True), "anna", NOON, made.ids)
        yield made


def at_once(work) -> list[object]:
    """The answer of each worker; the code of the refusal where there was one."""
    barrier = Barrier(WORKERS)

    def one(number: int) -> object:
        barrier.wait()
        while True:
            try:
                return work(number)
            except Refused as refusal:
                return refusal.code
            except StoreUnavailable:
                continue

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(one, range(WORKERS)))


def review(place: Forecourt, later: timedelta = timedelta()) -> None:
    clock = SimpleNamespace(now=lambda: NOON + later)
    PriceReviews(SimpleNamespace(transactions=place.transactions, clock=clock, ids=place.ids)).review()


def test_of_two_workers_one_proposes_prices_and_of_two_staff_members_one_decides(place):
    with place.transactions.begin() as store:
        live_weeks(store, place.site_id, NOON, 5, place.ids, busy=2.0)
    at_once(lambda _: review(place))
    review(place)  # where the winner was cut off, the next look makes up for it
    with place.transactions.begin() as store:
        (found,) = [one for one in store.pricing.proposals(place.site_id) if one.kind is ProposalKind.BY_CLOCK]
        versions = len(store.prices.versions(place.operator_id))

    def decide(number: int) -> ProposalState:
        with place.transactions.begin() as store:
            answer = approve_price if number % 2 else reject_price
            return answer(store, found.id, f"person {number}", NOON, place.ids).state

    answers = at_once(decide)
    assert answers.count("proposal_decided") == WORKERS - 1
    with place.transactions.begin() as store:
        state = store.pricing.proposal(found.id).state
        assert state in answers
        assert len(store.prices.versions(place.operator_id)) == versions + (state is ProposalState.APPROVED)


def test_two_workers_following_a_price_ladder_publish_one_new_price(place):
    rungs = ((2, 2, 2, 2),) * 24
    ladder = Ladder((Decimal("0.30"), Decimal("0.40"), Decimal("0.50")), rungs, rungs)
    nothing = Effect(0, 0, Decimal("0.40"), 0, 0, 0, 0, 0, 0, 0)
    with place.transactions.begin() as store:
        (version,) = store.prices.versions(place.operator_id)
        seen = (ProposalKind.BY_OCCUPANCY, version.source, version.id)
        paper = PriceProposal(place.ids.new(NOON), place.operator_id, place.site_id, NOON, *seen, (), (), nothing, "busy", ladder)
        store.pricing.put_proposal(paper)
    with place.transactions.begin() as store:
        approve_price(store, paper.id, "anna", NOON, place.ids)
    at_once(lambda _: review(place, timedelta(minutes=5)))
    review(place, timedelta(minutes=6))
    with place.transactions.begin() as store:
        versions = sorted(store.prices.versions(place.operator_id), key=lambda one: one.valid_from)
    assert len(versions) == 2 and versions[0].valid_to == versions[1].valid_from
    assert "0.46" in versions[1].source


def test_only_one_of_two_workers_reports_an_unlawful_price(place):
    """The tariff has a fee per session, which is allowed below 50 kW."""
    with place.transactions.begin() as store:
        store.stations.put_evse(replace(store.stations.evse(place.evse_id(1)), max_a=300))
        add_to_team(store, Staff(place.operator_id, "ops", NOON, place.ids), "prices@hof.example", [Duty.PRICES], "a hash")
    at_once(lambda _: review(place))
    with place.transactions.begin() as store:
        (listed,) = listed_unlawful_prices(store, place.operator_id)
        letters = [one for one in store.notices.page(place.operator_id).rows if one.kind is NoticeKind.PRICES_UNLAWFUL]
    assert "Regulation (EU) 2023/1804" in listed.raw and len(letters) == 1
