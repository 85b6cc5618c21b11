"""One price for any socket, driver and time, or clearly none: compared with a referee that never sorts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from forecourt.kernel import BadInput, OperatorId, PriceEntryId, SiteId, TariffVersionId
from forecourt.tariffs import (
    Buyer,
    Channel,
    Component,
    Dimension,
    Element,
    PriceEntry,
    PriceLocation,
    Tariff,
    TariffKey,
    TariffVersion,
    choose_price,
    is_tied,
)

OPERATOR, HERE, THERE = OperatorId(UUID(int=1)), SiteId(UUID(int=2)), SiteId(UUID(int=3))
T0, BERLIN = datetime(2026, 5, 1, tzinfo=UTC), ZoneInfo("Europe/Berlin")
TARIFF = Tariff("T", "EUR", (Element((Component(Dimension.ENERGY, Decimal("0.5")),)),))
VERSION = TariffVersion(TariffVersionId(UUID(int=9)), OPERATOR, None, T0 - timedelta(days=99), None, "0" * 64, TARIFF, "{}")
KEY = VERSION.key
SOCKET = PriceLocation(HERE, "Roof", "HPC")
hours = st.integers(0, 6)


def every_entry() -> Iterator[PriceEntry]:
    """Whom and what an entry can name, the common ones oftener, each at one of all times."""
    chance = Random(7)
    named = product(
        [None, HERE, HERE, THERE],
        ["", "", "Roof", "Street"],
        ["", "", "HPC"],
        ["", "", "fleet", "staff"],
        ["", "", "cafe"],
        [None, None, *Channel],
        [0, 1],
    )
    for number, (site, group, power, plan, offer, channel, priority) in enumerate(named):
        start = chance.choice([0, 0, 1, 3, 6])
        end = chance.choice([None, None, chance.randint(start + 1, 8)])
        if (site or not group) and (not plan or channel in (None, Channel.CONTRACT)):
            times = (T0 + timedelta(hours=start), None if end is None else T0 + timedelta(hours=end))
            who = {"plan": plan, "offer": offer, "channel": channel, "priority": priority}
            where = {"evse_group": group, "power_class": power}
            yield PriceEntry(PriceEntryId(UUID(int=100 + number)), OPERATOR, site, KEY, "Some price", *times, **where, **who)


entries = st.sampled_from(list(every_entry()))


def book_of(wanted: list[PriceEntry]) -> list[PriceEntry]:
    """What the store would hold after each was published in turn."""
    kept: list[PriceEntry] = []
    for entry in wanted:
        if not any(is_tied(entry, other) or entry.id == other.id for other in kept):
            kept.append(entry)
    return kept


PLANS, OFFERS = (list(map(frozenset, ([], [one], [other], [one, other]))) for one, other in (("fleet", "staff"), ("cafe", "shop")))
buyers = st.sampled_from([Buyer(*one) for one in product(Channel, PLANS, OFFERS)])
places = st.sampled_from([PriceLocation(*one) for one in product([HERE, THERE], ["", "Roof", "Street"], ["AC", "DC", "HPC"])])


def beats(one: PriceEntry, other: PriceEntry) -> bool:
    """The order as docs/prices.md states it, walked word by word."""
    for name in ("offer", "plan", "site_id", "evse_group", "power_class", "channel"):
        if bool(getattr(one, name)) != bool(getattr(other, name)):
            return bool(getattr(one, name))
    return one.priority > other.priority


def referee(book: list[PriceEntry], place: PriceLocation, buyer: Buyer, at: datetime) -> list[PriceEntry]:
    """Every entry that holds and that no other one which holds beats."""
    holding = []
    for entry in book:
        in_time = entry.valid_from <= at and not (entry.valid_to and entry.valid_to <= at)
        same_place = not (entry.site_id and entry.site_id != place.site_id) and not (
            entry.evse_group and entry.evse_group != place.evse_group
        )
        same_power = not (entry.power_class and entry.power_class != place.power_class)
        has = not (entry.plan and entry.plan not in buyer.plans) and not (entry.offer and entry.offer not in buyer.offers)
        if in_time and same_place and same_power and has and not (entry.channel and entry.channel != buyer.channel):
            holding.append(entry)
    return [one for one in holding if not any(beats(other, one) for other in holding)]


@settings(max_examples=300)
@given(st.lists(entries, max_size=12), places, buyers, hours, st.randoms(use_true_random=False))
def test_the_price_book_gives_one_price_or_none_independent_of_the_order_of_entries(wanted, place, buyer, hour, random):
    book, at = book_of(wanted), T0 + timedelta(hours=hour)
    unbeaten = referee(book, place, buyer, at)
    assert len(unbeaten) <= 1
    for _ in range(3):
        random.shuffle(book)
        chosen = choose_price(book, lambda key: VERSION, place, buyer, at, BERLIN)
        assert [chosen.entry] == unbeaten if chosen else unbeaten == []


ANYBODY = [Buyer(channel, frozenset({"fleet", "staff"}), frozenset({"cafe", "shop"})) for channel in Channel]
ANYWHERE = [PriceLocation(*place) for place in product([HERE, THERE], ["Roof", "Street"], ["AC", "HPC"])]
NAMED = ("site_id", "evse_group", "power_class", "plan", "offer", "channel", "priority", "valid_from", "valid_to")


@given(entries, entries, st.sets(st.sampled_from(NAMED), max_size=2))
def test_two_entries_are_refused_only_if_some_driver_and_socket_would_match_both_equally(one, given_, differing):
    """Searched among all sockets and drivers: one with every plan and offer matches all that any can."""
    try:
        other = replace(one, id=given_.id, **{name: getattr(given_, name) for name in differing})
    except BadInput:
        assume(False)
    assume(one.id != other.id)
    undecided = any(
        len(referee([one, other], place, buyer, at)) == 2
        for place, buyer, at in product(ANYWHERE, ANYBODY, {one.valid_from, other.valid_from})
    )
    assert is_tied(one, other) == is_tied(other, one) == undecided
    assert not is_tied(replace(one, withdrawn=True), other) and not is_tied(one, replace(other, operator_id=OperatorId(UUID(int=8))))
    assert not is_tied(one, replace(other, id=one.id)) and not is_tied(one, replace(other, withdrawn=True))


def entry(number: int, **changes: object) -> PriceEntry:
    given_ = {"site_id": HERE, "tariff": KEY, "name": f"Price {number}", "valid_from": T0} | changes
    return PriceEntry(PriceEntryId(UUID(int=number)), OPERATOR, **given_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ((0, 2), (2, 4), False),
        ((0, 3), (2, 4), True),
        ((0, 9), (2, 3), True),
        ((0, None), (5, None), True),
        ((0, 1), (5, None), False),
        ((0, 1), (5, 9), False),
    ],
)
def test_two_equal_entries_may_follow_each_other_but_not_overlap(one, other, meet):
    first, second = (
        entry(number, valid_from=T0 + timedelta(hours=start), valid_to=None if end is None else T0 + timedelta(hours=end))
        for number, (start, end) in ((1, one), (2, other))
    )
    assert is_tied(first, second) is is_tied(second, first) is meet


def chosen_of(book: list[PriceEntry], buyer: Buyer = Buyer(), place: PriceLocation = SOCKET, at: datetime = T0) -> str:  # noqa: B008
    found = choose_price(book, lambda key: VERSION, place, buyer, at, BERLIN)
    return found.entry.name if found else ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Price 'Price 1', valid since 1 May 2026"),
        ({"valid_from": T0 - timedelta(days=120)}, "Price 'Price 1', valid since 22 January 2026"),  # the version's first day
        ({"evse_group": "Roof", "power_class": "HPC"}, "Price 'Price 1' at Roof for HPC sockets, valid since 1 May 2026"),
        ({"channel": Channel.CONTRACT}, "Price 'Price 1' with a contract, valid since 1 May 2026"),
        ({"plan": "fleet", "channel": Channel.CONTRACT}, "Member price 'Price 1', valid since 1 May 2026"),
        ({"offer": "cafe", "plan": "fleet"}, "Partner price 'Price 1', valid since 1 May 2026"),
    ],
)
def test_the_reason_for_the_chosen_price_is_stated(changes, words):
    member = Buyer(Channel.CONTRACT, frozenset({"fleet"}), frozenset({"cafe"}))
    found = choose_price([entry(1, **changes)], lambda key: VERSION, SOCKET, member, T0, BERLIN)
    assert found is not None and found.because == words
    assert chosen_of([entry(1, withdrawn=True, **changes)], member) == ""


def test_price_entries_rank_by_offer_plan_site_socket_group_power_class_channel():
    ranks = [
        entry(1, site_id=None),
        entry(2, site_id=None, channel=Channel.CONTRACT),
        entry(3, site_id=None, power_class="HPC"),
        entry(4),
        entry(5, evse_group="Roof"),
        entry(6, site_id=None, plan="fleet"),
        entry(7, site_id=None, offer="cafe"),
    ]
    member = Buyer(Channel.CONTRACT, frozenset({"fleet"}), frozenset({"cafe"}))
    for upto in range(1, len(ranks) + 1):
        assert chosen_of(ranks[:upto], member) == ranks[upto - 1].name


def test_two_plans_of_one_driver_need_different_priorities():
    fleet, staff = entry(1, plan="fleet"), entry(2, plan="staff")
    assert is_tied(fleet, staff)
    first = entry(2, plan="staff", priority=1)
    assert not is_tied(fleet, first)
    assert chosen_of([fleet, first], Buyer(Channel.CONTRACT, frozenset({"fleet", "staff"}))) == "Price 2"


def test_an_entry_whose_tariff_has_no_version_at_that_time_is_skipped():
    special, usual = entry(1, evse_group="Roof"), entry(2)
    book = [special, PriceEntry(usual.id, OPERATOR, HERE, TariffKey(None, "other"), "Usual", T0)]
    found = choose_price(book, lambda key: VERSION if key.id == "other" else None, SOCKET, Buyer(), T0, BERLIN)
    assert found is not None and found.entry.name == "Usual"
    assert choose_price([special], lambda key: None, SOCKET, Buyer(), T0, BERLIN) is None


def test_the_reason_for_a_price_states_dates_in_the_zone_of_the_site():
    late = entry(1, name="Commuter", plan="fleet", power_class="HPC", valid_from=datetime(2026, 5, 31, 22, 30, tzinfo=UTC))
    found = choose_price([late], lambda key: VERSION, SOCKET, Buyer(Channel.CONTRACT, frozenset({"fleet"})), late.valid_from, BERLIN)
    assert found is not None and found.because == "Member price 'Commuter' for HPC sockets, valid since 1 June 2026"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"priority": 100},
        {"site_id": None, "evse_group": "Roof"},
        {"plan": "fleet", "channel": Channel.ADHOC},
        {"tariff": TariffKey(THERE, "T")},
        {"site_id": None, "tariff": TariffKey(HERE, "T")},
        {"valid_to": T0},
        {"valid_from": datetime(2026, 5, 1)},  # noqa: DTZ001
    ],
)
def test_an_invalid_price_entry_is_refused(wrong):
    with pytest.raises(BadInput):
        entry(1, **wrong)
