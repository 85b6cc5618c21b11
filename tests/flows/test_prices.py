"""From the price list to the invoice: one price, fixed at the start of the charge, lawful where it is sold."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from flows.conftest import APP, CARD, KIND, NOON, TARIFF, Forecourt, at
from forecourt.drivers import GroupMember, Token, TokenKind, token_uid
from forecourt.flows.billing import invoice_no_show, rate_and_invoice
from forecourt.flows.bookings import ReserveRequest, advance_bookings, reserve
from forecourt.flows.chargers import give_codes
from forecourt.flows.charging import start_charge
from forecourt.flows.desk.audit import Staff
from forecourt.flows.prices import (
    Publication,
    add_price_entry,
    breaches_at,
    buyer_of,
    find_price,
    markets_of_version,
    power_of,
    price_at,
    publish_tariff,
    running_cost,
    withdraw_entry,
    withdraw_version,
)
from forecourt.kernel import BadInput, Conflict, DriverId, PriceEntryId, Span, TariffVersionId
from forecourt.stations import (
    ConnectorReported,
    ConnectorState,
    EvseGroup,
    MeterSample,
    Protocol,
    Terminal,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from forecourt.tariffs import Channel, LegalOutcome, PriceEntry, TariffKey, check_tariff, parse_tariff
from stores import both_stores


def tariff(kwh: float, name: str = "TEST") -> dict[str, Any]:
    component = {"type": "ENERGY", "price": kwh, "vat": 19, "step_size": 1}
    return {**TARIFF, "id": name, "elements": [{"price_components": [component]}]}


def published(place: Forecourt, number: int, kwh: float, minute: float, now: float = 0, **changes: Any):
    source = changes.pop("source", None) or tariff(kwh, changes.pop("name", "TEST"))
    publication = Publication(TariffVersionId(UUID(int=number)), place.site_id, source, at(minute), at=at(now), by="ops")
    with place.transactions.begin() as store:
        return publish_tariff(store, replace(publication, **changes))


def lies_in(place: Forecourt, country: str, region: str) -> None:
    with place.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(place.site_id), country=country, region=region))


def entered(place: Forecourt, number: int, name: str, **changes: Any) -> PriceEntry:
    """The tariff of that name becomes a price: at `KEY`'s site, from noon on."""
    key = TariffKey(place.site_id, name)
    made = PriceEntry(PriceEntryId(UUID(int=number)), place.operator_id, place.site_id, key, name.title(), NOON, published_by="ops")
    with place.transactions.begin() as store:
        return add_price_entry(store, replace(made, **changes), NOON)


def price_of(place: Forecourt, driver: DriverId | None, minute: float = 5) -> str:
    with place.transactions.begin() as store:
        chosen = price_at(store, store.stations.site(place.site_id), KIND, buyer_of(store, driver, at(minute)), at(minute))
    return f"{chosen.version.tariff.elements[-1].components[0].price}" if chosen else "none"


def test_a_price_published_during_a_charge_applies_from_the_next_charge(forecourt: Forecourt) -> None:
    ack = forecourt.starts("CP1", 0)
    forecourt.meters("CP1", ack.transaction, 30, 4_000)
    published(forecourt, 6, 0.9, 31, now=30)
    with forecourt.transactions.begin() as store:
        (session,) = store.sessions.open_at(forecourt.site_id)
        cost = running_cost(store, session, at(40))
        assert cost is not None and cost.rating.gross.minor == 202  # (0.50 + 3 kWh x 0.40) x 1.19
    forecourt.stops("CP1", ack.transaction, 60, 7_000)
    later = forecourt.starts("CP1", 70, wh=7_000)
    forecourt.stops("CP1", later.transaction, 130, 13_000)
    with forecourt.transactions.begin() as store:
        second, first = store.sessions.records(forecourt.site_id)
        bills = [rate_and_invoice(store, one.session_id, at(131), forecourt.ids) for one in (first, second)]
    assert [bill.gross.minor for bill in bills] == [345, 643]
    assert bills[0].content.price_because == "Price 'TEST', valid since 2 May 2026"
    assert bills[1].content.price_because == "Price 'TEST', valid since 1 June 2026"


def test_a_booking_keeps_its_quoted_price_for_the_charge_and_for_the_no_show_fee(forecourt: Forecourt) -> None:
    forecourt.free()
    with forecourt.transactions.begin() as store:
        booking = reserve(store, ReserveRequest(forecourt.site_id, KIND, forecourt.card_driver, Span(at(60), at(180))), NOON, forecourt.ids)
        missed = reserve(store, ReserveRequest(forecourt.site_id, KIND, forecourt.app_driver, Span(at(60), at(180))), NOON, forecourt.ids)
    published(forecourt, 6, 0.9, 30)
    with forecourt.transactions.begin() as store:
        advance_bookings(store, forecourt.site_id, at(50), forecourt.ids)
    forecourt.starts("CP1", 60)
    with forecourt.transactions.begin() as store:
        (session,) = store.sessions.open_at(forecourt.site_id)
        assert booking.quote is not None and session.tariff_version_id == booking.quote.tariff_version_id
        assert session.price_because.endswith("as quoted with the booking")
        advance_bookings(store, forecourt.site_id, at(80), forecourt.ids)
        fee = invoice_no_show(store, missed.id, at(80), forecourt.ids)
        assert fee is not None and fee.gross.minor == 595 and fee.content.price_because


def test_members_guests_and_roaming_drivers_each_have_their_own_price(forecourt: Forecourt) -> None:
    for number, name, kwh in ((6, "MEMBER", 0.3), (7, "WALKIN", 0.6), (8, "ROAM", 0.7)):
        published(forecourt, number, kwh, 0, name=name, enter=False)
    entered(forecourt, 21, "MEMBER", plan="fleet")
    entered(forecourt, 22, "WALKIN", channel=Channel.ADHOC)
    entered(forecourt, 23, "ROAM", channel=Channel.ROAMING)
    guest, roaming_identity = DriverId(UUID(int=31)), DriverId(UUID(int=32))
    with forecourt.transactions.begin() as store:
        for driver_id, kind in ((guest, TokenKind.GUEST), (roaming_identity, TokenKind.ROAMING)):
            store.drivers.put_driver(replace(store.drivers.driver(forecourt.card_driver), id=driver_id))
            store.drivers.put_token(Token(token_uid(f"X{kind}"), forecourt.operator_id, driver_id, kind))
        store.drivers.put_member(GroupMember(forecourt.operator_id, "fleet", forecourt.card_driver, NOON, at(60)))
    assert [price_of(forecourt, one) for one in (forecourt.card_driver, forecourt.app_driver, guest, roaming_identity, None)] == [
        "0.3", "0.5", "0.6", "0.7", "0.6",
    ]  # fmt: skip
    assert price_of(forecourt, forecourt.card_driver, minute=61) == "0.5"
    forecourt.starts("CP1", 10, CARD)
    with forecourt.transactions.begin() as store:
        (session,) = store.sessions.open_at(forecourt.site_id)
        assert session.price_because == "Member price 'Member', valid since 1 June 2026"


def test_without_a_price_no_charge_starts_by_app_and_the_console_shows_one_begun_by_card(forecourt: Forecourt) -> None:
    with forecourt.transactions.begin() as store:
        (entry,) = store.prices.entries(forecourt.operator_id)
        withdraw_entry(store, forecourt.operator_id, entry.id, "ops", NOON)
    forecourt.says("CP1", ConnectorReported(at(1), 1, ConnectorState.AVAILABLE))
    window = Span(at(10), at(70))
    with pytest.raises(Conflict) as refused, forecourt.transactions.begin() as store:
        start_charge(store, forecourt.app_driver, store.stations.evse(forecourt.evse_id(1)), at(2), forecourt.ids)
    assert refused.value.code == "no_price"
    with pytest.raises(Conflict), forecourt.transactions.begin() as store:
        find_price(store, forecourt.site_id, KIND, window)
    with pytest.raises(Conflict), forecourt.transactions.begin() as store:
        reserve(store, ReserveRequest(forecourt.site_id, KIND, forecourt.app_driver, window), NOON, forecourt.ids)
    forecourt.starts("CP1", 5, APP)
    with forecourt.transactions.begin() as store:
        assert [one.code for one in store.inbox.quarantined()] == ["no_price"]


def test_a_scheduled_price_ends_the_one_before_which_continues_if_the_former_is_withdrawn(forecourt: Forecourt) -> None:
    scheduled = published(forecourt, 6, 0.9, 60)
    assert price_of(forecourt, None, 59) == "0.5" and price_of(forecourt, None, 60) == "0.9"
    between = published(forecourt, 7, 0.7, 30)
    assert between.valid_to == scheduled.valid_from
    with forecourt.transactions.begin() as store:
        withdraw_version(store, forecourt.operator_id, between.id, "ops", NOON)
    assert [price_of(forecourt, None, minute) for minute in (31, 61)] == ["0.5", "0.9"]
    with forecourt.transactions.begin() as store:
        withdraw_version(store, forecourt.operator_id, scheduled.id, "ops", NOON)
        withdraw_version(store, forecourt.operator_id, scheduled.id, "ops", NOON)
        (first,) = store.prices.versions_of(forecourt.operator_id, scheduled.key)
        assert first.valid_to is None
    assert price_of(forecourt, None, 61) == "0.5"


def test_price_versions_withdrawn_in_any_order_leave_no_gap_in_time(forecourt: Forecourt) -> None:
    made = [published(forecourt, 6 + step, 0.6 + step / 10, 60 * (step + 1)) for step in range(3)]
    for version in (made[1], made[0], made[2]):
        with forecourt.transactions.begin() as store:
            withdraw_version(store, forecourt.operator_id, version.id, "ops", NOON)
            spans = [(one.valid_from, one.valid_to) for one in store.prices.versions_of(forecourt.operator_id, version.key)]
        assert spans[-1][1] is None and [end for _, end in spans[:-1]] == [start for start, _ in spans[1:]]


@pytest.mark.parametrize("minute", [-30, -6])
def test_no_price_begins_in_the_past(forecourt: Forecourt, minute: int) -> None:
    with pytest.raises(BadInput):
        published(forecourt, 6, 0.9, minute)
    with pytest.raises(BadInput):
        entered(forecourt, 21, "TEST", valid_from=at(minute), priority=1)


def test_a_price_version_already_in_force_cannot_be_withdrawn(forecourt: Forecourt) -> None:
    now = published(forecourt, 6, 0.9, 0)
    with pytest.raises(Conflict), forecourt.transactions.begin() as store:
        withdraw_version(store, forecourt.operator_id, now.id, "ops", at(1))
    assert price_of(forecourt, None, 11) != "none"


@pytest.mark.parametrize("of_all_sites", [False, True])
def test_a_price_is_checked_against_the_law_of_the_region_of_the_site(forecourt: Forecourt, of_all_sites: bool) -> None:
    """California requires a price per kWh; elsewhere in the country a price by time alone is lawful."""
    element = {"price_components": [{"type": "TIME", "price": 6, "vat": 19, "step_size": 60}]}
    per_minute = {**tariff(0.5), "country_code": "US", "elements": [element]}
    wanted = {"site_id": None if of_all_sites else forecourt.site_id, "operator_id": forecourt.operator_id, "source": per_minute}
    for number, region in ((7, ""), (8, "US-TX")):
        lies_in(forecourt, "US", region)
        published(forecourt, number, 0, number, **wanted)
    lies_in(forecourt, "US", "US-CA")
    with pytest.raises(Conflict, match="CTEP"):
        published(forecourt, 9, 0, 10, **wanted)


def breaches(place: Forecourt, minute: float = 20) -> list[tuple[str, str]]:
    with place.transactions.begin() as store:
        site = store.stations.site(place.site_id)
        return [(one.entry.name, one.finding.rule) for one in breaches_at(store, site, at(minute))]


def test_a_price_made_unlawful_by_a_corrected_region_is_reported(forecourt: Forecourt) -> None:
    element = {"price_components": [{"type": "TIME", "price": 6, "vat": 19, "step_size": 60}]}
    lies_in(forecourt, "US", "US-TX")
    published(forecourt, 7, 0, 10, source={**tariff(0.5), "country_code": "US", "elements": [element]})
    assert breaches(forecourt) == []
    lies_in(forecourt, "US", "US-CA")
    assert breaches(forecourt) == [("TEST", "us-ca-ctep-ac")] and breaches(forecourt, minute=9) == []


def test_a_price_made_unlawful_by_a_charger_added_later_is_reported(forecourt: Forecourt) -> None:
    """A fee per session is allowed below 50 kW."""
    fee = [{"price_components": [{"type": kind, "price": 1, "vat": 19} for kind in ("ENERGY", "FLAT")]}]
    published(forecourt, 7, 0, 10, source={**tariff(0.5), "elements": fee})
    assert breaches(forecourt) == []
    with forecourt.transactions.begin() as store:
        evse = store.stations.evses(forecourt.site_id)[0]
        store.stations.put_evse(replace(evse, max_a=300))
    assert breaches(forecourt) == [("TEST", "eu-afir-50kw")]


def payment_found(place: Forecourt) -> LegalOutcome:
    """What the European rule on payment says of a price by the kWh at every socket of the site, for who has no contract."""
    rules = parse_tariff(tariff(0.5))
    with place.transactions.begin() as store:
        (entry,) = store.prices.entries(place.operator_id, place.site_id)
        version = store.prices.version_at(place.operator_id, entry.tariff, NOON)
        assert version is not None
        markets = [one for one in markets_of_version(store, version, [entry]) if one.channel is Channel.ADHOC]
    found = [check_tariff(rules, one.country, one.power_kw, one.channel, NOON.date(), one.point) for one in markets]
    (outcome,) = {one.outcome for findings in found for one in findings if one.rule == "eu-afir-payment"}
    return outcome


@both_stores
@pytest.mark.parametrize(("max_a", "by_code"), [(32, LegalOutcome.SATISFIED), (300, LegalOutcome.NOT_KNOWN)])
def test_a_qr_code_at_the_socket_satisfies_the_payment_rule_only_below_50_kw(
    forecourt: Forecourt, max_a: int, by_code: LegalOutcome
) -> None:
    with forecourt.transactions.begin() as store:
        for evse in store.stations.evses(forecourt.site_id):
            store.stations.put_evse(replace(evse, max_a=max_a))
    assert payment_found(forecourt) is LegalOutcome.NOT_KNOWN
    with forecourt.transactions.begin() as store:
        give_codes(store, Staff(forecourt.operator_id, "ops", NOON, forecourt.ids), forecourt.site_id)
    assert payment_found(forecourt) is by_code


@both_stores
def test_a_payment_terminal_satisfies_the_payment_rule_at_any_power(forecourt: Forecourt) -> None:
    with forecourt.transactions.begin() as store:
        for evse in store.stations.evses(forecourt.site_id):
            store.stations.put_evse(replace(evse, max_a=300))
        for charger in store.stations.chargers(forecourt.site_id):
            store.stations.put_charger(replace(charger, protocol=Protocol.OCPP21, terminal=Terminal(allowed=True)))
    assert payment_found(forecourt) is LegalOutcome.SATISFIED


def test_an_unlawful_price_version_or_entry_is_refused_with_the_citation_of_the_law(forecourt: Forecourt) -> None:
    per_minute = {**tariff(0.5), "elements": [{"price_components": [{"type": "TIME", "price": 6, "vat": 19, "step_size": 60}]}]}
    with pytest.raises(Conflict) as version:
        published(forecourt, 6, 0, 10, source=per_minute)
    published(forecourt, 7, 0, 10, source={**per_minute, "id": "CLUB"}, enter=False)
    with pytest.raises(Conflict) as entry:
        entered(forecourt, 21, "CLUB", channel=Channel.ADHOC)
    assert version.value.code == entry.value.code == "tariff_unlawful" and "Preisangabenverordnung" in entry.value.text
    assert entered(forecourt, 22, "CLUB", channel=Channel.CONTRACT)  # the rule binds ad hoc charging


def test_a_price_entry_with_a_tie_an_unknown_group_or_a_missing_tariff_is_refused(forecourt: Forecourt) -> None:
    for changes, code in (
        ({}, "price_tie"),
        ({"evse_group": "Roof"}, "entry_group"),
        ({"power_class": "TURBO"}, "entry_class"),
        ({"tariff": TariffKey(None, "NOWHERE"), "priority": 1}, "tariff_missing"),
    ):
        with pytest.raises((Conflict, BadInput)) as refused:
            entered(forecourt, 21, "TEST", **changes)
        assert refused.value.code == code


def test_the_price_of_a_socket_group_takes_precedence_over_that_of_the_site(forecourt: Forecourt) -> None:
    with forecourt.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(forecourt.site_id), evse_groups=(EvseGroup("Roof", (KIND,)),)))
    published(forecourt, 6, 0.3, 0, name="ROOF", enter=False)
    made = entered(forecourt, 21, "ROOF", evse_group="Roof", power_class="AC")
    assert price_of(forecourt, None) == "0.3"
    with forecourt.transactions.begin() as store:
        withdraw_entry(store, forecourt.operator_id, made.id, "ops", at(30))
    assert price_of(forecourt, None, 31) == str(Decimal("0.5"))


def test_retired_sockets_do_not_determine_the_power_class_while_another_of_the_kind_serves(forecourt: Forecourt) -> None:
    """The old sockets are slow, the new one is fast. Charges begun there are billed even after it is retired."""
    published(forecourt, 6, 0.9, 0, name="FAST", enter=False)
    entered(forecourt, 21, "FAST", power_class="DC")
    for retired, power, price in ((None, 7_360, "0.5"), (1, 7_360, "0.5"), (2, 86_250, "0.9"), (3, 7_360, "0.5")):
        with forecourt.transactions.begin() as store:
            if retired is None:
                store.stations.put_evse(replace(store.stations.evse(forecourt.evse_id(3)), phases=("L1", "L2", "L3"), max_a=125))
            else:
                store.stations.put_evse(replace(store.stations.evse(forecourt.evse_id(retired)), retired_at=NOON))
            assert power_of(store, forecourt.site_id, KIND) == power
        assert price_of(forecourt, None) == price


def test_a_price_with_a_minimum_above_its_maximum_is_refused_and_the_old_one_stays(forecourt: Forecourt) -> None:
    before = price_of(forecourt, None)
    with pytest.raises(BadInput, match="more than the max_price"):
        published(forecourt, 6, 0, 0, source={**tariff(0.5), "min_price": {"after_taxes": 9}, "max_price": {"after_taxes": 2}})
    assert price_of(forecourt, None) == before


def test_a_price_in_another_currency_than_the_sites_is_refused(forecourt: Forecourt) -> None:
    with pytest.raises(Conflict) as refused:
        published(forecourt, 6, 0.5, 10, source={**tariff(0.5), "currency": "USD"})
    assert refused.value.code == "tariff_currency"


def test_a_charge_reported_with_a_clock_behind_has_the_price_of_its_true_start(forecourt: Forecourt) -> None:
    published(forecourt, 6, 0.9, -60, now=-90)
    day = -24 * 60
    start = TransactionStarted(at(day), 1, "", CARD, samples=(MeterSample(at(day), 1000),))
    number = forecourt.hears("CP1", start, 0).transaction
    forecourt.hears("CP1", TransactionUpdated(at(day + 30), 1, number, samples=(MeterSample(at(day + 30), 3000),)), 30)
    forecourt.hears("CP1", TransactionEnded(at(day + 60), number, samples=(MeterSample(at(day + 60), 5000),)), 60)
    with forecourt.transactions.begin() as store:
        (record,) = store.sessions.records(forecourt.site_id)
    assert (record.started_at, record.tariff_version_id) == (at(0), TariffVersionId(UUID(int=6)))
