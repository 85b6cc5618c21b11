"""Limits that a fleet's payer sets for a driver or a card: starts are refused and charges stopped before they are exceeded."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Barrier
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from forecourt.drivers import NO_LIMITS, Driver, GroupMember, Limits, PayBy, Token, TokenKind
from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.bookings import ReserveRequest, advance_bookings, reserve
from forecourt.flows.charging import accept, card_verdict, start_charge
from forecourt.flows.paying import enforce_fleet_limits, remaining_limit
from forecourt.kernel import ChargerId, Conflict, DriverId, Forbidden, Money, Span, TokenUid
from forecourt.notices import NoticeKind
from forecourt.stations import (
    CardPresented,
    InboxItem,
    Message,
    MeterSample,
    Outcome,
    StopCharge,
    TransactionStarted,
    TransactionUpdated,
    Verdict,
)
from forecourt.store import MemoryTransactions, PostgresTransactions
from stores import both_stores

from .conftest import CARD, KIND, Forecourt, at
from .test_guests import orders

FIRM = DriverId(UUID(int=30))


def eur(minor: int | None) -> Money | None:
    return None if minor is None else Money(minor, "EUR")


def fleet(place: Forecourt, limits: Limits = NO_LIMITS, on_card: Limits = NO_LIMITS, since: float = -600) -> Forecourt:
    place.free()
    with place.transactions.begin() as store:
        store.drivers.put_driver(Driver(FIRM, place.operator_id, "Vans Ltd", "pay@vans.example", pay_by=PayBy.ACCOUNT))
        store.drivers.put_member(GroupMember(place.operator_id, "vans", place.card_driver, at(since), limits=limits))
        store.drivers.put_token(replace(store.drivers.token(place.operator_id, TokenUid(CARD)), limits=on_card))
        store.drivers.put_token(Token(TokenUid("04OTHER"), place.operator_id, place.card_driver, TokenKind.RFID))
        store.statements.put_payer(place.operator_id, "vans", FIRM)
    return place


@both_stores
def test_a_no_show_notice_names_the_fleet_payer_of_the_fee(forecourt: Forecourt) -> None:
    fleet(forecourt)
    with forecourt.transactions.begin() as store:
        asked = ReserveRequest(forecourt.site_id, KIND, forecourt.card_driver, Span(at(60), at(120)))
        reserve(store, asked, at(0), forecourt.ids)
    for minute in (51, 76):
        with forecourt.transactions.begin() as store:
            advance_bookings(store, forecourt.site_id, at(minute), forecourt.ids)
    with forecourt.transactions.begin() as store:
        (missed,) = [one for one in store.notices.all_of(forecourt.card_driver) if one.kind is NoticeKind.BOOKING_MISSED]
    assert missed.content.payer == "Vans Ltd"


def ticks(place: Forecourt, minute: float) -> list[object]:
    with place.transactions.begin() as store:
        enforce_fleet_limits(store, place.operator_id, at(minute), place.ids)
    return orders(place, minute)


def shown(place: Forecourt, minute: float, card: str = CARD) -> Verdict:
    with place.transactions.begin() as store:
        return card_verdict(store, store.drivers.token(place.operator_id, TokenUid(card)), at(minute))


def told(place: Forecourt) -> list[NoticeKind]:
    with place.transactions.begin() as store:
        return [one.kind for one in store.notices.all_of(place.card_driver)]


def bills(place: Forecourt, minute: float) -> list[Money]:
    with place.transactions.begin() as store:
        for one in store.sessions.records_of(place.card_driver):
            rate_and_invoice(store, one.session_id, at(minute), place.ids)
        return [one.due for one in store.documents.of_driver(place.card_driver)]


@pytest.mark.parametrize("limits", [Limits(charge=eur(500)), Limits(day=eur(500)), Limits(month=eur(500))])
def test_a_charge_is_stopped_before_it_exceeds_the_fleet_limit_and_the_driver_notified_once(forecourt, limits) -> None:
    place = fleet(forecourt, limits)
    transaction = place.starts("CP1", 0).transaction
    place.meters("CP1", transaction, 60, 8_000)  # 3.93 with its start, and three more minutes are 0.18
    assert ticks(place, 60.5) == []
    place.meters("CP1", transaction, 76, 10_000)  # 4.88
    assert [type(one) for one in ticks(place, 76.5)] == [StopCharge] and ticks(place, 77) == []
    assert told(place) == [NoticeKind.STOPPED_LIMIT]
    place.stops("CP1", transaction, 78, 10_150)
    assert bills(place, 79)[0] <= Money(500, "EUR")


@both_stores
def test_a_used_up_daily_fleet_limit_refuses_starts_before_and_after_billing_until_the_next_day(forecourt) -> None:
    place = fleet(forecourt, Limits(day=eur(500)))
    transaction = place.starts("CP1", 0).transaction
    place.stops("CP1", transaction, 78, 10_000)  # 4.88: a start is 0.60, and three minutes 0.18
    assert place.starts("CP2", 79).verdict is Verdict.NO_CREDIT and told(place) == [NoticeKind.REFUSED_LIMIT]
    bills(place, 80)
    assert place.starts("CP3", 81).verdict is Verdict.NO_CREDIT
    assert place.starts("CP3", 12 * 60).verdict is Verdict.ACCEPTED, "after midnight"


def test_a_fleet_limit_of_one_card_does_not_affect_the_drivers_other_cards(forecourt) -> None:
    place = fleet(forecourt, on_card=Limits(month=eur(500)))
    place.stops("CP1", place.starts("CP1", 0).transaction, 80, 11_300)  # 5.50
    for _ in range(2):
        assert (shown(place, 90), shown(place, 90, "04OTHER")) == (Verdict.NO_CREDIT, Verdict.ACCEPTED)
        bills(place, 91)


def test_charges_before_joining_the_fleet_or_paid_by_the_driver_do_not_count_towards_its_limit(forecourt) -> None:
    place = fleet(forecourt, Limits(day=eur(500)), since=85)
    place.stops("CP1", place.starts("CP1", 0).transaction, 80, 10_600)
    assert shown(place, 90) is Verdict.ACCEPTED
    bills(place, 91)
    assert shown(place, 92) is Verdict.ACCEPTED
    with place.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(place.card_driver), pay_by=PayBy.CARD))
    ack = place.starts("CP1", 93)
    assert ack.verdict is Verdict.ACCEPTED
    place.meters("CP1", ack.transaction, 240, 17_000)
    assert ticks(place, 240.5) == []


def test_the_app_refuses_a_start_when_the_fleet_limit_is_used_up_and_says_so(forecourt) -> None:
    place = fleet(forecourt, Limits(charge=eur(70)))  # less than a start and three minutes
    with place.transactions.begin() as store:
        store.drivers.put_token(Token(TokenUid("APPVAN"), place.operator_id, place.card_driver, TokenKind.APP))
        with pytest.raises(Forbidden, match="limit of"):
            start_charge(store, place.card_driver, store.stations.evse(place.evse_id(1)), at(0), place.ids)


def test_a_charge_may_cost_the_least_that_any_of_its_limits_leaves_beside_running_charges(forecourt) -> None:
    place = fleet(forecourt, Limits(charge=eur(900), day=eur(1000)))
    first, second = (place.starts(f"CP{number}", 0).transaction for number in (1, 2))
    place.meters("CP1", first, 60, 8_000)  # 3.93, and 0.18 until a stop takes effect
    with place.transactions.begin() as store:
        running = [store.sessions.open_for(ChargerId(f"CP{number}"), one) for number, one in ((1, first), (2, second))]
        left = [remaining_limit(store, one, at(60)) for one in running]
    assert eur(585) <= left[1] <= eur(590) and eur(500) < left[0] < eur(900), "of the day; nobody knows yet what the second has taken"


STEP = 1  # minutes: the metering interval
MAX_W = 230 * 32
DRAWS = some.lists(some.tuples(some.integers(0, MAX_W), some.integers(0, MAX_W)), min_size=30, max_size=90)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draws=DRAWS, limit=some.integers(200, 900), late=some.integers(0, 10))
def test_two_simultaneous_charges_never_exceed_their_common_fleet_limit(draws, limit, late) -> None:
    """Whatever each draws, whenever the second begins: billed, they stay within the limit and one metering interval."""
    place = Forecourt(MemoryTransactions())
    with place.transactions.begin() as store:
        place.build(store)
    fleet(place, Limits(day=eur(limit)))
    running: dict[str, tuple[str, int]] = {}
    for minute, draw in enumerate(draws):
        for charger, watts, begins in (("CP1", draw[0], 0), ("CP2", draw[1], late)):
            if minute == begins:
                ack = place.starts(charger, minute)
                if ack.verdict is Verdict.ACCEPTED:
                    running[charger] = (ack.transaction, 1000)
                continue
            if charger in running:
                transaction, wh = running[charger]
                running[charger] = (transaction, wh + watts * STEP // 60)
                place.meters(charger, *_now(running[charger], minute), amps=watts // 230)
        stopped = {one.transaction for one in ticks(place, minute + 0.5) if isinstance(one, StopCharge)}
        for charger, (transaction, wh) in list(running.items()):
            if transaction in stopped:
                place.stops(charger, transaction, minute + 1, wh + MAX_W // 60)
                del running[charger]
    for charger, (transaction, wh) in running.items():
        place.stops(charger, transaction, len(draws), wh)
    paid = sum((one.minor for one in bills(place, len(draws) + 1)), 0)
    interval = 2 * -(-MAX_W * STEP * 4 * 119 // (60 * 10 * 1000))  # two cars at full power, 0.40 and 19 % a kilowatt-hour, in cents
    assert paid <= limit + interval


def _now(known: tuple[str, int], minute: int) -> tuple[str, int, int]:
    return known[0], minute, known[1]


def started(place: Forecourt, charger: str, minute: float, card: str = CARD, key: str | None = None) -> Message:
    return place.message(charger, TransactionStarted(at(minute), 1, "", card, samples=(MeterSample(at(minute), 1000),)), key)


def answered(place: Forecourt, *batch: InboxItem) -> list[Verdict | None]:
    """Kept and answered, and not applied yet."""
    with place.transactions.begin() as store:
        return [one.verdict for one in accept(store, batch)]


ONE_START = Limits(day=eur(100))  # a start and three minutes at full power are 0.78
YES, NO = Verdict.ACCEPTED, Verdict.NO_CREDIT


def test_of_starts_in_one_batch_only_as_many_are_accepted_as_the_fleet_limit_allows(forecourt) -> None:
    place = fleet(forecourt, ONE_START)
    assert answered(place, started(place, "CP1", 0), started(place, "CP2", 0), started(place, "CP3", 0, "04OTHER")) == [YES, NO, NO]
    assert told(place) == [NoticeKind.REFUSED_LIMIT]


def test_a_start_counts_towards_the_limit_from_its_acceptance_and_a_repeat_is_not_counted_again(forecourt) -> None:
    place = fleet(forecourt, ONE_START)
    assert answered(place, started(place, "CP1", 0, key="first")) == [YES]
    assert answered(place, started(place, "CP2", 0, "04OTHER")) == [NO]
    assert answered(place, started(place, "CP1", 0, key="first")) == [YES]
    assert len(told(place)) == 1, "of the second alone"


def test_a_repeated_start_of_a_running_charge_gets_the_same_answer_and_no_limit_notice(forecourt) -> None:
    place = fleet(forecourt, ONE_START)
    assert answered(place, started(place, "CP1", 0, key="first")) == [YES]
    place.apply(at(0))
    assert answered(place, started(place, "CP1", 0, key="first")) == [YES]
    assert told(place) == []
    assert answered(place, started(place, "CP2", 0), started(place, "CP1", 0, key="first")) == [NO, YES]
    assert told(place) == [NoticeKind.REFUSED_LIMIT], "for the other socket"


def asks(place: Forecourt, charger: str, minute: float, card: str) -> Verdict | None:
    """A charger asks about a card before anything begins."""
    return answered(place, CardPresented(ChargerId(charger), place.operator_id, place.site_id, card, at(minute)))[0]


def test_an_authorisation_counts_accepted_starts_elsewhere_that_are_not_applied_yet(forecourt) -> None:
    place = fleet(forecourt, Limits(day=eur(70)))  # less than a start, which is let begin only before the limit holds
    with place.transactions.begin() as store:
        store.drivers.put_member(GroupMember(place.operator_id, "vans", place.card_driver, at(-600), limits=NO_LIMITS))
    assert answered(place, started(place, "CP1", 0)) == [YES]
    with place.transactions.begin() as store:
        store.drivers.put_member(GroupMember(place.operator_id, "vans", place.card_driver, at(-600), limits=Limits(day=eur(70))))
    assert asks(place, "CP2", 0.1, "04OTHER") is NO
    assert asks(place, "CP1", 0.1, CARD) is YES, "it may be shown to end that charge"
    assert shown(place, 0.1) is NO
    assert told(place) == [NoticeKind.REFUSED_LIMIT]


def test_the_token_of_a_start_from_the_app_is_authorised_when_the_charger_asks(forecourt) -> None:
    place = fleet(forecourt, Limits(day=eur(78)))
    from_app(place, 1, 0)
    assert asks(place, "CP2", 1, CARD) is NO, "in a minute more it may have cost all there is"
    assert asks(place, "CP1", 1, "APPVAN") is YES


@both_stores
def test_a_limit_of_a_card_counts_starts_accepted_with_that_card(forecourt) -> None:
    place = fleet(forecourt, on_card=ONE_START)
    batch = [started(place, "CP1", 0), started(place, "CP2", 0, "04OTHER"), started(place, "CP3", 0)]
    assert answered(place, *batch) == [YES, YES, NO]


@both_stores
def test_a_card_named_in_every_message_of_a_charge_counts_as_one_start(forecourt) -> None:
    place = fleet(forecourt, Limits(day=eur(200)))  # two starts of 0.78
    begun = place.message("CP1", TransactionStarted(at(0), 1, "tx", CARD, seq=0))
    again = [place.message("CP1", TransactionUpdated(at(0), 1, "tx", token=CARD, seq=seq)) for seq in (1, 2, 3)]
    assert answered(place, begun, *again[:2]) == [YES] * 3
    assert answered(place, again[2], started(place, "CP2", 0), started(place, "CP3", 0)) == [YES, YES, NO]


def from_app(place: Forecourt, number: int, minute: float) -> None:
    with place.transactions.begin() as store:
        store.drivers.put_token(Token(TokenUid("APPVAN"), place.operator_id, place.card_driver, TokenKind.APP))
        start_charge(store, place.card_driver, store.stations.evse(place.evse_id(number)), at(minute), place.ids)


def charger_answers(place: Forecourt, minute: float, outcome: Outcome) -> None:
    with place.transactions.begin() as store:
        for item in store.outbox.claim("charger", at(minute), 10, 30):
            store.outbox.done(item.id, at(minute), outcome)


@both_stores
def test_a_remote_start_counts_towards_the_limit_until_it_has_expired(forecourt) -> None:
    place = fleet(forecourt, ONE_START)
    from_app(place, 1, 0)
    with pytest.raises(Forbidden):
        from_app(place, 2, 0.1)
    assert answered(place, started(place, "CP2", 0.2)) == [NO]
    charger_answers(place, 0.5, Outcome.ACCEPTED)
    assert answered(place, started(place, "CP2", 1)) == [NO], "the charge may be told of any moment"
    assert answered(place, started(place, "CP2", 3)) == [YES], "nobody plugged in"


def test_a_remote_start_that_the_charger_rejected_no_longer_counts(forecourt) -> None:
    place = fleet(forecourt, ONE_START)
    from_app(place, 1, 0)
    charger_answers(place, 0.5, Outcome.REJECTED)
    assert answered(place, started(place, "CP2", 1)) == [YES]


@both_stores
def test_a_remote_start_and_its_charge_count_once_towards_the_limit(forecourt) -> None:
    place = fleet(forecourt, Limits(day=eur(200)))  # two starts of 0.78, three are too many
    from_app(place, 1, 0)
    charger_answers(place, 0, Outcome.ACCEPTED)
    assert answered(place, started(place, "CP1", 0, "APPVAN")) == [YES]
    assert answered(place, started(place, "CP2", 0)) == [YES], "order and answer are one"
    place.apply(at(0))
    assert answered(place, started(place, "CP3", 0)) == [NO]


def test_of_simultaneous_starts_at_several_gateways_only_one_is_accepted(transactions: PostgresTransactions) -> None:
    place = Forecourt(transactions)
    with transactions.begin() as store:
        place.build(store)
    fleet(place, ONE_START)
    from_app(place, 3, -30)  # so that the app has its token
    charger_answers(place, -30, Outcome.REJECTED)
    barrier = Barrier(8)

    def start(number: int) -> bool:
        with suppress(Forbidden, Conflict), transactions.begin() as store:
            barrier.wait()
            if number < 6:
                (ack,) = accept(store, [started(place, f"CP{number % 2 + 1}", 0, ("04OTHER", CARD)[number % 2])])
                return ack.verdict is YES
            start_charge(store, place.card_driver, store.stations.evse(place.evse_id(3)), at(0), place.ids)
            return True
        return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(start, range(8))) == 1
