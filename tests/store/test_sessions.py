"""Open sessions, their meter points, and the charge records they become."""

from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from forecourt.flows.ports import ChargeSearch, PageRequest, PowerDay, Transactions
from forecourt.kernel import Conflict, DriverId, NotFound, SessionId, SiteId, Span
from forecourt.planning import EnergyContract, EnergyCosts, HourPrice, PastVisit, Plant, SiteStays, SolarPlant, StoragePlant, SunStep, Visit
from forecourt.sessions import EndedCharge
from forecourt.stations import Allowance, AllowanceStep, SiteAllowances


def test_an_open_session_is_found_by_id_transaction_socket_site_and_driver(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    session = sample.session()
    with any_transactions.begin() as store:
        store.sessions.put(session)
        assert store.sessions.open_on(session.evse_id) == session
    with any_transactions.begin() as store:
        assert store.sessions.session(session.id) == session
        assert store.sessions.open_for(session.charger_id, "1") == session
        assert store.sessions.open_at(sample.site.id) == [session]
        assert store.sessions.open_of(sample.driver.id) == [session]
        assert store.sessions.open_on(sample.evses[1].id) is None
        assert store.sessions.open_for(session.charger_id, "2") is None


def test_the_newest_stored_value_of_a_session_is_read(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    session = sample.session()
    with any_transactions.begin() as store:
        store.sessions.put(session)
        store.sessions.put(replace(session, power_w=6600, notes=("meter_reset",)))
        assert store.sessions.open_at(sample.site.id)[0].power_w == 6600
    with any_transactions.begin() as store:
        assert store.sessions.session(session.id).notes == ("meter_reset",)


def test_a_transaction_has_one_session(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        store.sessions.put(sample.session())
    with pytest.raises(Conflict), any_transactions.begin() as store:
        store.sessions.put(sample.session())


def test_an_ended_session_becomes_a_charge_record(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    session = sample.session()
    record = sample.record(session)
    with any_transactions.begin() as store:
        store.sessions.put(session)
        store.sessions.end(record)
        assert store.sessions.session(session.id) is None
        assert store.sessions.open_on(session.evse_id) is None
        assert store.sessions.record_for(session.charger_id, "1") == record
    with any_transactions.begin() as store:
        assert store.sessions.open_at(sample.site.id) == []
        assert store.sessions.record(session.id) == record
        assert store.sessions.record_for(session.charger_id, "1") == record
        assert store.sessions.record_for(session.charger_id, "2") is None


def test_a_stored_session_can_end_and_another_start_in_one_unit_of_work(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    first, second = sample.session(), sample.session(transaction="2")
    with any_transactions.begin() as store:
        store.sessions.put(first)
    with any_transactions.begin() as store:
        store.sessions.end(sample.record(store.sessions.session(first.id)))
        store.sessions.put(second)
        assert store.sessions.open_at(sample.site.id) == [second]
    with any_transactions.begin() as store:
        assert store.sessions.open_on(first.evse_id) == second


def test_charge_records_are_listed_newest_first(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    records = [sample.record(sample.session(transaction=str(n)), hours=n) for n in (1, 2, 3)]
    with any_transactions.begin() as store:
        for record in records:
            store.sessions.end(record)
    with any_transactions.begin() as store:
        assert store.sessions.records(sample.site.id, 2) == records[:0:-1]
        assert store.sessions.records_of(sample.driver.id, 1) == [records[2]]
        twin = replace(records[2], session_id=SessionId(sample.id()), transaction="twin")
        store.sessions.end(twin)
        later, earlier = sorted((twin, records[2]), key=lambda one: one.session_id, reverse=True)
        assert store.sessions.records(sample.site.id, 9) == [later, earlier, *records[1::-1]]


def test_regular_drivers_of_a_site_are_ordered_by_their_last_charge(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    others = [replace(sample.driver, id=DriverId(sample.id())) for _ in range(2)]
    with any_transactions.begin() as store:
        for one in others:
            store.drivers.put_driver(one)
        for hours, driver_id in ((1, others[0].id), (2, sample.driver.id), (3, None), (4, others[0].id), (0.5, others[1].id)):
            session = replace(sample.session(transaction=str(hours)), id=SessionId(sample.id()), driver_id=driver_id)
            store.sessions.end(sample.record(session, hours))
        assert store.sessions.recent_drivers(sample.site.id, sample.t0 + timedelta(hours=1), 5) == [others[0].id, sample.driver.id]
        assert store.sessions.recent_drivers(sample.site.id, sample.t0, 1) == [others[0].id]
        assert store.sessions.recent_drivers(SiteId(sample.id()), sample.t0, 5) == []


def test_ended_charges_are_listed_without_their_power_curve(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    records = [sample.record(sample.session(transaction=str(n)), hours=n) for n in (1, 2, 3)]
    names = [one.name for one in fields(EndedCharge)]
    first, second, third = charges = [EndedCharge(**{name: getattr(record, name) for name in names}) for record in records]
    with any_transactions.begin() as store:
        for record in records:
            store.sessions.end(record)
        assert store.sessions.ended(sample.site.id, 2) == charges[:0:-1]
        assert store.sessions.ended_within(sample.site.id, Span(first.ended_at, third.ended_at)) == [first, second]
        assert not store.sessions.ended_within(SiteId(sample.id()), Span(first.started_at, third.ended_at))


def test_two_charges_that_ended_at_the_same_instant_are_on_different_pages(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    one = sample.record(sample.session(transaction="1"))
    twin = replace(one, session_id=SessionId(sample.id()), transaction="twin")
    with any_transactions.begin() as store:
        for record in (one, twin):
            store.sessions.end(record)
        first = store.sessions.page(sample.operator.id, ChargeSearch(), PageRequest(limit=1))
        second = store.sessions.page(sample.operator.id, ChargeSearch(), PageRequest(first.older, limit=1))
        (later,), (earlier,) = first.rows, second.rows
        assert {later.session_id, earlier.session_id} == {one.session_id, twin.session_id}


def test_meter_points_are_ordered_by_time_and_then_by_insertion(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    session = sample.session()
    first, second = sample.point(session, 0, 0), sample.point(session, 10, 1100)
    same_time = sample.point(session, 10, 1200)
    with any_transactions.begin() as store:
        store.sessions.put(session)
        store.sessions.add_points([second])
        store.sessions.add_points([first, same_time])
        assert list(store.sessions.points(session.id)) == [first, second, same_time]
    with any_transactions.begin() as store:
        later = sample.point(session, 20, 2200)
        store.sessions.add_points([later])
        assert list(store.sessions.points(session.id)) == [first, second, same_time, later]
        store.sessions.end(sample.record(session))
    with any_transactions.begin() as store:
        assert list(store.sessions.points(session.id)) == [first, second, same_time, later]


def test_meter_points_without_a_session_are_refused(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with pytest.raises(NotFound), any_transactions.begin() as store:
        store.sessions.add_points([sample.point(sample.session(), 0, 0)])


def test_site_power_is_the_mean_of_each_step(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    one, other = sample.session(0), sample.session(1)
    with any_transactions.begin() as store:
        store.sessions.put(one)
        store.sessions.put(other)
        store.sessions.add_points([sample.point(one, 0, 0), sample.point(one, 60, 6000)])
        store.sessions.add_points([sample.point(other, 30, 0), sample.point(other, 60, 2000)])
        store.sessions.end(sample.record(other))
    with any_transactions.begin() as store:
        power = store.sessions.site_power(sample.site.id, sample.window(0, 1.5), 1800)
    starts = [sample.t0 + timedelta(minutes=30 * n) for n in range(3)]
    assert list(power) == list(zip(starts, [6000, 10_000, 0], strict=True))


def test_power_plans_are_stored_with_their_number(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        store.plans.lock_site(sample.site.id)
        store.plans.put(sample.plan(1))
        store.plans.put(sample.plan(2))
        assert store.plans.latest(sample.site.id) == sample.plan(2)
    with any_transactions.begin() as store:
        assert store.plans.since(sample.site.id, sample.plan(2).made_at) == [sample.plan(2)]
        assert store.plans.since(sample.site.id, sample.plan(1).made_at, sample.plan(2).made_at) == [sample.plan(1)]
    with pytest.raises(Conflict), any_transactions.begin() as store:
        store.plans.put(sample.plan(2))


def test_the_newest_grant_of_a_socket_replaces_the_earlier_one(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        store.plans.put_grant(sample.grant())
        store.plans.put_grant(sample.grant(target_a=6))
        assert store.plans.grant(sample.evses[0].id).target_a == 6
    with any_transactions.begin() as store:
        assert store.plans.grants(sample.site.id) == {sample.evses[0].id: sample.grant(target_a=6)}
        assert store.plans.grant(sample.evses[1].id) is None


def test_learned_stays_of_a_site_are_replaced(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    at = sample.plan(2).made_at
    visit = Visit(at, "ann", at + timedelta(hours=3), 9000.0)
    past = (PastVisit(visit, at + timedelta(hours=5), 4100.5), PastVisit(Visit(at), at, 0.0))
    stays = SiteStays(sample.site.operator_id, sample.site.id, at, past, believe_end=True, believe_need=False)
    with any_transactions.begin() as store:
        assert store.plans.stays(sample.site.id) is None
        store.plans.put_stays(replace(stays, past=()))
        store.plans.put_stays(stays)
    with any_transactions.begin() as store:
        assert store.plans.stays(sample.site.id) == stays


def test_power_statistics_of_a_site_are_stored_once_a_day_and_read_in_order(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    made_at, first = sample.plan(2).made_at, date(2026, 5, 3)
    paper = PowerDay(sample.site.operator_id, sample.site.id, first, made_at, 3, 1, 0, 9000, 4000, 8000, 0.875, None, 0)
    later = replace(paper, day=first + timedelta(days=2))
    with any_transactions.begin() as store:
        for one in (later, replace(paper, charges=2), paper):
            store.plans.put_day(one)
    with any_transactions.begin() as store:
        assert store.plans.days(sample.site.id, first) == [paper, later]
        assert store.plans.days(sample.site.id, first + timedelta(days=1)) == [later]


def test_changes_of_the_externally_allowed_power_are_listed(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        for number, watts in enumerate((None, 4200, 4200, None, None, 0), 10):
            store.plans.put(replace(sample.plan(number), allowed_w=watts))
    made = [sample.plan(number).made_at for number in range(10, 16)]
    with any_transactions.begin() as store:
        assert store.plans.allowed(sample.site.id, Span(made[0], made[5])) == [(made[0], None), (made[1], 4200), (made[3], None)]
        assert store.plans.allowed(sample.site.id, Span(made[2], made[5] + timedelta(seconds=1)))[::2] == [(made[2], 4200), (made[5], 0)]


def test_energy_costs_of_a_site_are_replaced(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    price = (HourPrice(0, Decimal("0.06")), HourPrice(480, Decimal("0.0749")))
    contract = EnergyContract(price, price[:1], Decimal("0.3"), Decimal("15.51"))
    costs = EnergyCosts(sample.site.operator_id, sample.site.id, contract, "2026-11", 10, 20, sample.plan(2).made_at)
    with any_transactions.begin() as store:
        assert store.plans.energy_costs(sample.site.id) is None
        store.plans.put_energy_costs(replace(costs, contract=None))
        store.plans.put_energy_costs(costs)
    with any_transactions.begin() as store:
        assert store.plans.energy_costs(sample.site.id) == costs


def test_allowances_of_a_site_are_replaced(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    at = sample.plan(2).made_at
    word = Allowance(
        "grid", at, (AllowanceStep(at, 4200), AllowanceStep(at + timedelta(hours=1), None)), at + timedelta(hours=2), "why", 0, at
    )
    first = SiteAllowances(sample.site.operator_id, sample.site.id, (word,), 4200)
    with any_transactions.begin() as store:
        assert store.plans.allowances(sample.site.id) is None
        store.plans.put_allowances(first)
    with any_transactions.begin() as store:
        assert store.plans.allowances(sample.site.id) == first
        store.plans.put_allowances(first.without_source("grid"))
    with any_transactions.begin() as store:
        assert store.plans.allowances(sample.site.id).allowances == ()


def test_solar_and_storage_of_a_site_are_stored_with_its_energy_costs(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    at, flat = sample.plan(2).made_at, tuple([500] * 24)
    sun = SolarPlant(10_000, Decimal("0.08"), tuple([flat] * 12), (SunStep(at, 2500.5), SunStep(at + timedelta(hours=1), 0.0)))
    plant = Plant(sun, StoragePlant(20_000, 5000, 4000, Decimal("0.9"), 1000, Decimal("0.01"), 7000, at), 30_000, "2026-11")
    costs = EnergyCosts(sample.site.operator_id, sample.site.id, None, plant=plant)
    with any_transactions.begin() as store:
        store.plans.put_energy_costs(costs)
    with any_transactions.begin() as store:
        assert store.plans.energy_costs(sample.site.id) == costs
