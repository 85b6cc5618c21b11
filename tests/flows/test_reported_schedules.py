"""The charging schedule a charger reports is compared with the limit it accepted; one above that voids the limit."""

from dataclasses import replace

import pytest

from forecourt.flows.answers import apply_order_result
from forecourt.flows.ports import ChargerOrder, OutboxItem
from forecourt.kernel import ChargerId
from forecourt.stations import ChargerBooted, ExternalLimit, ExternalLimitStep, OrderResult, Outcome, OwnSchedule, Protocol, ReadSchedule
from power_world import deliver, grant, limited, limits, plan, safe_fallback

from .conftest import Forecourt, at

CP1 = ChargerId("CP1")
ASKED = ReadSchedule(1, 3600, "A")


@pytest.fixture
def place(forecourt: Forecourt) -> Forecourt:
    """A car at B1 that was told 20 A, which its charger has accepted."""
    safe_fallback(forecourt)
    limited(forecourt, 20)
    forecourt.starts("CP1", 0)
    assert plan(forecourt, 1)["B1"] == 20
    deliver(forecourt, 1)
    return forecourt


def says(place: Forecourt, minute: float, *steps: tuple[int, float], outcome: Outcome = Outcome.ACCEPTED, **more: object) -> None:
    """more: the unit, if not amps; what it is mute to."""
    unit, mute = more.get("unit", "A"), more.get("mute")
    values = tuple((str(start), str(most)) for start, most in steps)
    work = ChargerOrder(CP1, ASKED)
    with place.transactions.begin() as store:
        item = OutboxItem(place.ids.new(at(minute)), place.operator_id, place.site_id, "charger", CP1, work, at(minute), "x")
        apply_order_result(store, item, work, OrderResult(outcome, str(unit), values, mute), at(minute), place.ids)


def schedules(place: Forecourt) -> tuple[OwnSchedule, ...]:
    with place.transactions.begin() as store:
        return store.stations.charger(CP1).schedules


def shown(place: Forecourt) -> list[str]:
    with place.transactions.begin() as store:
        return [one.text for one in store.inbox.quarantined() if one.code == "own_schedule"]


def asked(place: Forecourt, minute: float) -> int:
    return sum(isinstance(order, ReadSchedule) for _, order in deliver(place, minute))


@pytest.mark.parametrize(("said", "unit"), [((0, 20), "A"), ((0, 21), "A"), ((0, 4600), "W"), ((0, 6), "A")])
def test_a_reported_schedule_within_the_limit_is_stored_and_changes_nothing(place: Forecourt, said: tuple[int, float], unit: str) -> None:
    before = grant(place, 1)
    says(place, 2, said, (600, 32), unit=unit)
    assert grant(place, 1) == before and shown(place) == []
    assert schedules(place) == (OwnSchedule(1, at(2), unit, (said, (600, 32.0)), 20),)


def test_a_reported_schedule_above_the_limit_counts_as_a_refusal_and_the_limit_is_sent_again(place: Forecourt) -> None:
    says(place, 2, (0, 32))
    assert (grant(place, 1).counted_a, grant(place, 1).verified) == (32, False)
    assert shown(place) == ["B1: CP1 accepted a limit of 20 A, but reports that it allows 32 A."]
    plan(place, 2)
    assert limits(deliver(place, 2)) == {"CP1": 20}


def test_a_reported_schedule_just_beyond_the_meter_tolerance_is_too_high(place: Forecourt) -> None:
    says(place, 2, (0, 21.2))
    assert grant(place, 1).counted_a == 32


def test_a_schedule_of_a_dc_socket_is_compared_in_watts_and_not_in_amps(place: Forecourt) -> None:
    with place.transactions.begin() as store:
        evse = store.stations.evse(place.evse_id(1))
        store.stations.put_evse(replace(evse, standard="IEC_62196_T2_COMBO"))
    before = grant(place, 1)
    says(place, 2, (0, 400))
    assert grant(place, 1) == before and shown(place) == [] and schedules(place)[0].steps == ((0, 400.0),)
    says(place, 3, (0, 20 * 230 * 0.92), unit="W")
    assert grant(place, 1) == before, "so many watts at the plug are 20 A of the site"
    says(place, 4, (0, 20 * 230), unit="W")
    assert grant(place, 1).counted_a == 32


def test_the_charging_schedule_is_requested_in_the_rate_unit_of_the_charger(place: Forecourt) -> None:
    def booted(minute: float, **settings: object) -> list[object]:
        with place.transactions.begin() as store:
            charger = store.stations.charger(CP1)
            store.stations.put_charger(replace(charger, settings=replace(charger.settings, **settings)))
        place.says("CP1", ChargerBooted(at(minute), Protocol.OCPP201, "V", "M"))
        return [order for _, order in deliver(place, minute) if isinstance(order, ReadSchedule)]

    assert booted(1) == [ASKED]
    assert booted(61, rate_unit="W") == [replace(ASKED, unit="W")]
    assert booted(121, rate_unit="W", amps_alone=True) == [ASKED]


def test_a_reported_schedule_is_not_compared_while_a_new_limit_is_pending(place: Forecourt) -> None:
    limited(place, 10)
    plan(place, 2)
    says(place, 2, (0, 20))
    assert shown(place) == [] and schedules(place)[0].accepted_a is None


@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.UNSUPPORTED, Outcome.UNANSWERED])
def test_a_schedule_request_without_a_valid_answer_changes_nothing(place: Forecourt, outcome: Outcome) -> None:
    says(place, 2, (0, 32), outcome=outcome)
    assert schedules(place) == () and shown(place) == []


@pytest.mark.parametrize(("protocol", "kept"), [(Protocol.OCPP16, 0), (Protocol.OCPP21, None)])
def test_an_idle_schedule_above_the_fallback_voids_it_only_if_the_protocol_reports_it(forecourt, protocol, kept) -> None:
    safe_fallback(forecourt)
    with forecourt.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(CP1), protocol=protocol))
    says(forecourt, 2, (0, 32))
    assert grant(forecourt, 1).fallback_a == kept


def test_an_external_limit_below_the_reported_schedule_is_dropped(place: Forecourt) -> None:
    limit = ExternalLimit(0, "SO", at(1), (ExternalLimitStep(at(1), 10_000),))
    with place.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(CP1), outside=(limit, replace(limit, source="EMS", steps=()))))
    left = []
    for minute, amps in ((2, 10), (3, 20)):
        says(place, minute, (0, amps))
        with place.transactions.begin() as store:
            left.append([one.source for one in store.stations.charger(CP1).limits_at(at(minute))])
    assert left == [["SO", "EMS"], ["EMS"]]


def test_a_schedule_is_requested_after_excess_current_or_a_boot_at_most_once_an_hour(place: Forecourt) -> None:
    with place.transactions.begin() as store:
        transaction = store.sessions.open_on(place.evse_id(1)).transaction
    place.meters("CP1", transaction, 3, 1500, 31)
    assert asked(place, 3) == 1
    place.says("CP1", ChargerBooted(at(4), Protocol.OCPP201, "V", "M"))
    assert asked(place, 4) == 0
    place.says("CP1", ChargerBooted(at(64), Protocol.OCPP201, "V", "M"))
    assert asked(place, 64) == 1


def test_requests_a_charger_never_answers_stay_stored_until_its_firmware_changes(place: Forecourt) -> None:
    def mute() -> tuple[str, ...]:
        with place.transactions.begin() as store:
            return store.stations.charger(CP1).mute

    found = []
    for minute, told in ((2, ("Reset",)), (3, None), (4, ())):
        says(place, minute, (0, 6), mute=told)
        found.append(mute())
    assert found == [("Reset",), ("Reset",), ()], "None: nobody could tell"
    place.says("CP1", ChargerBooted(at(5), Protocol.OCPP16, "V", "M", firmware="1.0"))
    says(place, 6, (0, 6), mute=("Reset",))
    place.says("CP1", ChargerBooted(at(7), Protocol.OCPP16, "V", "M", firmware="1.0"))
    assert mute() == ("Reset",)
    place.says("CP1", ChargerBooted(at(8), Protocol.OCPP16, "V", "M", firmware="1.1"))
    assert mute() == ()
