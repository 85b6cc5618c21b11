"""Both stores answer alike: bookings, queues, charges, power, prices, chargers and their history."""

from dataclasses import replace
from datetime import timedelta

from forecourt.drivers import Token, TokenKind
from forecourt.flows.ports import ChargeSearch, Closure, Grant, PowerDay, PowerPlan, Setpoint
from forecourt.kernel import (
    BookingId,
    ChargerId,
    DriverId,
    EvseId,
    OperatorId,
    SiteId,
    Span,
    TariffVersionId,
    TokenUid,
)
from forecourt.payments import StoredCard
from forecourt.planning import EnergyCosts, SiteStays
from forecourt.reservations import Booking, BookingRules, Deposit, Habits, Ticket, WaitlistEntry
from forecourt.revenue import PriceProposal, PriceRules, SlotBids
from forecourt.sessions import ChargeRecord, MeterPoint, Session
from forecourt.stations import AcceptanceTest, Approval, Charger, Incident, SiteAllowances, Socket
from forecourt.tariffs import PriceEntry, Tariff, TariffKey, TariffVersion
from money_world import tariff, version
from twin_money import MoneyWorld
from twins import T0, Twins, World, any_order, seeds, walked

KINDS = ["T2", "CCS"]


def of_sites(world: World):
    """Each site with what its rows have in common."""
    return [{"site_id": one.id, "operator_id": one.operator_id} for one in world.sites]


@seeds
def test_both_stores_agree_on_bookings_and_deposits(twins: Twins, seed: int) -> None:
    world = World(twins, seed)
    world.pools |= {"kind": KINDS, TokenUid: ["04A1"], "lane": range(3), "number": range(1, 5)}
    plain = {"id": world.id, "within": None, "power": None, "power_outcome": None, "notified": ()}
    bookings = [
        one
        for here in of_sites(world)
        for one in world.put(lambda store: store.bookings.put, Booking, 14, "id kind number", **here, **plain)
    ]
    world.pools[BookingId] = [one.id for one in bookings]
    for one in bookings[::2]:
        ours = {"booking_id": one.id, "operator_id": one.operator_id, "site_id": one.site_id}
        world.put(lambda store: store.deposits.put, Deposit, 2, "driver_id", **ours)
    site = world.sites[0]
    rules, habits = BookingRules(held_back=2), Habits(stays=(60,))
    twins.do(lambda store: store.bookings.put_rules(site, rules), lambda store: store.bookings.put_habits(site, "T2", habits))

    def queries():
        operator_id, site_id, driver_id, span = world.pick(OperatorId), world.pick(SiteId), world.pick(DriverId), world.span()
        booking_id, kind, number, limit = world.pick(BookingId), world.pick("kind"), world.pick("number"), world.random.randrange(1, 9)
        return (
            lambda store: store.bookings.lock_fee(site_id, booking_id),
            lambda store: store.bookings.lock_pool(site_id, kind),
            lambda store: store.bookings.booking(booking_id),
            lambda store: store.bookings.live_at(site_id),
            lambda store: store.bookings.of_driver(driver_id, limit),
            lambda store: store.bookings.live_of(driver_id),
            lambda store: walked(lambda request: store.bookings.past_of(driver_id, request)),
            lambda store: store.bookings.of_site(site_id, span),
            lambda store: store.bookings.rules(site_id),
            lambda store: store.bookings.habits(site_id, kind),
            lambda store: store.lookup.bookings(operator_id, number, limit),
            lambda store: store.deposits.prefetch([booking_id]),
            lambda store: store.deposits.of_booking(booking_id),
            lambda store: store.deposits.open_at(site_id),
            lambda store: store.deposits.open_of(driver_id),
            lambda store: store.deposits.unpaid(operator_id),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_queues_and_waiting_lists(twins: Twins, seed: int) -> None:
    world = World(twins, seed)
    world.pools |= {"kind": KINDS, TokenUid: ["04A1"], DriverId: [*world.pools[DriverId], *world.ids(9)]}
    tickets, waits = [], []
    for here in of_sites(world):
        tickets += world.put(lambda store: store.queue.put, Ticket, 14, "id kind driver_id", **here)
        waits += world.put(lambda store: store.waitlist.put, WaitlistEntry, 8, "id kind driver_id", **here)

    def queries():
        site_id, driver_id, span, at = world.pick(SiteId), world.pick(DriverId), world.span(), world.at()
        ticket, wait, kind, limit = (
            world.random.choice(tickets),
            world.random.choice(waits),
            world.pick("kind"),
            world.random.randrange(1, 9),
        )
        return (
            lambda store: store.queue.live_at(site_id),
            lambda store: store.queue.live_of(driver_id),
            lambda store: store.queue.latest_of(driver_id, at),
            lambda store: store.queue.ticket(ticket.id),
            lambda store: store.queue.joined_in(site_id, span),
            lambda store: store.queue.latest_called(site_id, kind, limit),
            lambda store: store.waitlist.live_at(site_id),
            lambda store: store.waitlist.live_of(driver_id),
            lambda store: store.waitlist.wait(wait.id),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_charges(twins: Twins, seed: int) -> None:
    world = MoneyWorld(twins, seed, documents=6)
    world.pools |= {
        "transaction": [str(n) for n in range(12)],
        TokenUid: ["04A1", "04B2"],
        "max_power_w": [7000],
        "power_w": [None, 0, 3000],
    }
    for driver, uid in zip(world.drivers, ("04A1", "04B2"), strict=False):
        token = Token(TokenUid(uid), driver.operator_id, driver.id, TokenKind.RFID)
        twins.do(lambda store, token=token: store.drivers.put_token(token))
    sessions, records = [], []
    for here in of_sites(world):
        ours = [None, *(one.id for one in world.drivers if one.operator_id == here["operator_id"])]
        here |= {"driver_id": lambda ours=ours: world.random.choice(ours)}
        given = {"energy_wh": lambda: world.random.choice((0, 0, 7)), "phases": (), "session_id": world.id}
        sessions += world.put(
            lambda store: store.sessions.put, Session, 5, "id charger_id transaction evse_id started_at", id=world.id, **here
        )
        records += world.put(lambda store: store.sessions.end, ChargeRecord, 5, **here, **given)
    ended = sessions.pop()
    same = {name: getattr(ended, name) for name in ("operator_id", "site_id", "driver_id")}
    over = world.make(ChargeRecord, session_id=ended.id, energy_wh=0, phases=(), **same)
    twins.do(lambda store: store.sessions.end(over))
    for one in sessions[:4]:
        points = [
            world.make(MeterPoint, session_id=one.id, at=one.started_at + timedelta(minutes=7 * n), energy_wh=100 * n) for n in range(5)
        ]
        twins.do(lambda store, points=points: store.sessions.add_points(points))

    def queries():
        operator_id, site_id, driver_id = world.pick(OperatorId), world.pick(SiteId), world.pick(DriverId)
        some, record, span, at = world.random.choice([ended, *sessions]), world.random.choice([over, *records]), world.span(), world.at()
        text = world.random.choice(("", "", "b", "c1", "04a1", "@x"))
        wanted, limit, skip = world.make(ChargeSearch, text=text), world.random.randrange(1, 9), world.random.randrange(3)
        transaction = world.pick("transaction")
        return (
            lambda store: store.sessions.session(some.id),
            lambda store: store.sessions.open_for(some.charger_id, some.transaction),
            lambda store: store.sessions.running(operator_id, wanted, skip, limit),
            lambda store: store.sessions.open_at(site_id),
            lambda store: store.sessions.open_of(driver_id),
            lambda store: store.sessions.points(some.id),
            lambda store: store.sessions.site_power(site_id, Span(T0, T0 + timedelta(minutes=30)), 300),
            lambda store: store.sessions.prefetch_records([record.session_id]),
            lambda store: store.sessions.record(record.session_id),
            lambda store: store.sessions.records(site_id, limit),
            lambda store: store.sessions.ended(site_id, limit),
            lambda store: store.sessions.ended_within(site_id, span),
            lambda store: walked(lambda request: store.sessions.page(operator_id, wanted, request)),
            lambda store: store.sessions.records_of(driver_id, limit),
            lambda store: store.sessions.recent_drivers(site_id, at, limit),
            lambda store: store.lookup.charges(operator_id, transaction, limit),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_power_plans_and_grants(twins: Twins, seed: int) -> None:
    world = World(twins, seed)
    world.pools |= {"limits_a": [(6, 16, 32)], "fallback_a": [None, 6], "day": [T0.date() + timedelta(days=n) for n in range(3)]}
    tests, sockets = [], twins.first(lambda store: [one for site in world.sites for one in store.stations.evses(site.id)])
    for evse in sockets:
        here = {"operator_id": evse.operator_id, "site_id": evse.site_id, "evse_id": evse.id}
        world.put(lambda store: store.plans.put_grant, Grant, 2, "evse_id", **here)
        tests += world.put(lambda store: store.plans.put_test, AcceptanceTest, 5, "id", **here)
        world.put(lambda store: store.stations.put_socket, Socket, 2, "evse_id", evse_id=evse.id)
    for here in of_sites(world):

        def setpoints():
            return (Setpoint(world.pick(EvseId), 6),)

        world.put(lambda store: store.plans.put, PowerPlan, 8, number=lambda: world.random.randrange(12), setpoints=setpoints, **here)
        world.put(lambda store: store.plans.put_day, PowerDay, 4, "day", **here)
    here = of_sites(world)[0]
    world.put(lambda store: store.plans.put_allowances, SiteAllowances, 1, "site_id", **here)
    world.put(lambda store: store.plans.put_stays, SiteStays, 2, "site_id", **here)
    world.put(lambda store: store.plans.put_energy_costs, EnergyCosts, 2, "site_id", **here)

    def queries():
        site_id, evse_id, charger_id, at, span = world.pick(SiteId), world.pick(EvseId), world.pick(ChargerId), world.at(), world.span()
        until, day, limit = world.random.choice((None, world.at())), world.pick("day"), world.random.randrange(1, 5)
        return (
            lambda store: store.plans.lock_site(site_id),
            lambda store: set(store.plans.sites_to_plan()),
            lambda store: store.plans.latest(site_id),
            lambda store: store.plans.since(site_id, at),
            lambda store: store.plans.since(site_id, at, until),
            lambda store: store.plans.allowed(site_id, span),
            lambda store: store.plans.grants(site_id),
            lambda store: store.plans.grant(evse_id),
            lambda store: store.plans.lacks_fallback(charger_id),
            lambda store: store.plans.energy_costs(site_id),
            lambda store: store.plans.allowances(site_id),
            lambda store: store.plans.open_test(evse_id),
            lambda store: store.plans.open_tests(site_id),
            lambda store: store.plans.tests_of(evse_id, limit),
            lambda store: store.plans.stays(site_id),
            lambda store: store.plans.days(site_id, day),
            lambda store: any_order(store.network_status.bays(world.operators[0].id)),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_stations_and_their_history(twins: Twins, seed: int) -> None:
    world = World(twins, seed)
    world.pools |= {"vendor": ["v"], "model": ["m"], "firmware": ["f"], "error": ["", "E1", "E2"], "last4": ["1", "2"], "number": [0, 1, 2]}
    evses = twins.first(lambda store: [one for site in world.sites for one in store.stations.evses(site.id)])
    for evse in evses:
        here = {"operator_id": evse.operator_id, "site_id": evse.site_id}
        world.put(lambda store: store.stations.put_charger, Charger, 2, "id", id=evse.charger_id, **here)
        world.put(lambda store: store.stations.put_socket, Socket, 2, "evse_id", evse_id=evse.id)
        world.put(
            lambda store: store.history.add,
            Incident,
            5,
            charger_id=evse.charger_id,
            until=T0 + timedelta(hours=world.random.randrange(3, 5)),
            **here,
        )
        ended = {"evse_id": evse.id, "charger_id": evse.charger_id, "energy_wh": lambda: world.random.choice((0, 7)), "phases": ()}
        world.put(lambda store: store.sessions.end, ChargeRecord, 3, session_id=world.id, **here, **ended)
    world.put(
        lambda store: store.stations.put_charger, Charger, 3, "id", operator_id=None, site_id=None, id=lambda: f"N{world.random.random()}"
    )
    world.put(lambda store: store.cards.put, StoredCard, 9, "operator_id driver_id id")
    for until in (T0, T0 + timedelta(hours=1)):
        for site in (*world.sites, world.sites[0]):
            twins.do(lambda store, site=site, until=until: store.history.put_past_site(site, until))
    twins.do(lambda store: store.stations.put_secret_hash(evses[0].charger_id, "hash", ("offered",)))

    def queries():
        operator_id, site_id, evse_id, charger_id = world.pick(OperatorId), world.pick(SiteId), world.pick(EvseId), world.pick(ChargerId)
        span, at, limit, chargers = world.span(), world.at(), world.random.randrange(1, 4), world.some(ChargerId)
        shut = [Closure(world.pick(SiteId), world.random.choice(("", "A", "b")), world.span()) for _ in range(3)]
        one, approval, label = world.random.choice((None, charger_id)), world.random.choice((None, *Approval)), world.random.choice("aBz")
        return (
            lambda store: store.stations.operators(),
            lambda store: store.stations.operator(operator_id),
            lambda store: store.stations.sites(),
            lambda store: store.stations.sites(operator_id),
            lambda store: store.stations.site(site_id),
            lambda store: store.stations.site_by_slug("s1"),
            lambda store: store.stations.prefetch_evses([site_id]),
            lambda store: store.stations.evses(site_id),
            lambda store: store.stations.evse(evse_id),
            lambda store: store.stations.evse_at(charger_id, 1),
            lambda store: store.stations.prefetch(chargers),
            lambda store: store.stations.charger(charger_id),
            lambda store: store.stations.chargers(),
            lambda store: store.stations.chargers(site_id, approval),
            lambda store: store.stations.terminal_chargers([site_id]),
            lambda store: store.stations.lock_available([*chargers, *chargers]),
            lambda store: store.stations.secret_hash(charger_id),
            lambda store: store.stations.offered_hashes(charger_id),
            lambda store: store.stations.socket(evse_id),
            lambda store: store.stations.sockets(site_id),
            lambda store: any_order(store.network_status.bays(operator_id)),
            lambda store: store.network_status.chargers(operator_id),
            lambda store: store.history.of_charger(charger_id, span),
            lambda store: store.history.uptimes(operator_id, span, shut, one),
            lambda store: store.history.errors(operator_id, span, limit, one),
            lambda store: store.history.past_sites(operator_id, at),
            lambda store: store.lookup.evses(operator_id, label, limit),
            lambda store: store.lookup.holders(operator_id, "1", limit),
            lambda store: store.lookup.guests(operator_id, "1@X.example", limit),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_prices(twins: Twins, seed: int) -> None:
    world = World(twins, seed)
    keys = [TariffKey(site_id, name) for site_id in (None, world.sites[0].id, world.sites[1].id) for name in "aB"]
    world.pools |= {TariffKey: keys, "evse_group": [""], "power_class": [""], "plan": [""], "offer": ["", "o1"], "priority": [0, 1]}
    world.pools |= {f"valid_{one}": [T0 + timedelta(hours=n) for n in hours] for one, hours in (("from", (-3, -1, 0)), ("to", (1, 3)))}
    world.pools["valid_to"].append(None)
    plain = version(tariff()).tariff
    world.pools[Tariff] = [replace(plain, id=name) for name in "aB"]
    versions = world.put(
        lambda store: store.prices.put_version, TariffVersion, 25, site_id=lambda: world.random.choice(keys).site_id, cuts=None
    )
    entries = world.put(lambda store: store.prices.put_entry, PriceEntry, 25, site_id=lambda: world.random.choice(keys).site_id)
    for one in versions[:6]:
        moved = replace(one, withdrawn=True)
        twins.do(lambda store, moved=moved: store.prices.put_version(moved))
    world.pools |= {TariffVersionId: [one.id for one in versions], "ladder": [None]}
    for here in of_sites(world):
        world.put(lambda store: store.pricing.put_proposal, PriceProposal, 8, "id", **here)
        world.put(lambda store: store.pricing.put_bids, SlotBids, 2, "site_id", **here)
    world.put(lambda store: store.pricing.put_rules, PriceRules, 2, "site_id", **of_sites(world)[0])

    def queries():
        operator_id, site_id, key, at = world.pick(OperatorId), world.pick(SiteId), world.random.choice(keys), world.at()
        some, entry, limit = world.random.choice(versions), world.random.choice(entries), world.random.randrange(1, 5)
        return (
            lambda store: store.prices.lock(operator_id),
            lambda store: store.prices.version(some.id),
            lambda store: store.prices.versions(operator_id),
            lambda store: store.prices.versions(operator_id, site_id),
            lambda store: store.prices.version_at(operator_id, key, at),
            lambda store: any_order(store.prices.versions_at(operator_id, at)),
            lambda store: store.prices.versions_of(operator_id, key),
            lambda store: store.prices.entries(operator_id),
            lambda store: store.prices.entries(operator_id, site_id),
            lambda store: store.prices.entry(entry.id),
            lambda store: store.pricing.rules(site_id),
            lambda store: store.pricing.proposal(world.id()),
            lambda store: store.pricing.proposals(site_id, limit),
            lambda store: walked(lambda request: store.pricing.page(site_id, request)),
            lambda store: store.pricing.ladders(site_id),
            lambda store: store.pricing.published(site_id),
            lambda store: store.pricing.bids(site_id),
        )

    world.ask(queries)
