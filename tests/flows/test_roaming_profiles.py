"""A roaming partner sets a charging profile: plan and charger follow, it never raises power, and the partner gets the result."""

from dataclasses import replace
from uuid import UUID

import pytest

from forecourt.drivers import Endpoint
from forecourt.flows.desk import Staff
from forecourt.flows.ports import ChangedSince, PartnerProfile
from forecourt.flows.power import begin_test
from forecourt.flows.roaming import (
    ProfileRequest,
    answer_pending_profiles,
    block_roaming_partner,
    clear_profile,
    end_partnership,
    query_profile,
    set_profile,
    unregister_partner,
    update_partners,
)
from forecourt.kernel import BadInput, Conflict
from forecourt.ocpi import ChargingProfile, ProfileResponse, RateUnit
from forecourt.ocpi.charging_profiles import ProfilePeriod
from forecourt.stations import Obedience, Outcome
from forecourt.store import PostgresTransactions
from power_world import deliver, limited, limits, plan, safe_fallback
from roaming_world import PARTNER
from stores import both_stores

from .conftest import Forecourt, at
from .partner import said

URL = "https://emsp.example/p/1"


@pytest.fixture
def charging(roaming: Forecourt) -> str:
    """The Session's id; 20 A are drawn at B1, another driver charges at B2, and there is room for both."""
    safe_fallback(roaming)
    limited(roaming, 64)
    transaction = roaming.starts("CP1", 0, "04FACADE").transaction
    roaming.starts("CP2", 0)
    plan(roaming, 0)
    deliver(roaming, 0)
    roaming.meters("CP1", transaction, 1, 1200, 20)
    said(roaming)
    return charge_id(roaming)


def charge_id(place: Forecourt) -> str:
    with place.transactions.begin() as store:
        return str(store.roaming_charges.charges_of(PARTNER, ChangedSince())[0][0].id)


def kept(place: Forecourt) -> PartnerProfile | None:
    with place.transactions.begin() as store:
        return store.roaming_charges.charges_of(PARTNER, ChangedSince())[0][0].profile


def amps(*periods: tuple[int, float], **fields: object) -> ChargingProfile:
    """From the start of the charge, at minute 0."""
    listed = tuple(ProfilePeriod(60 * minute, limit) for minute, limit in periods)
    return ChargingProfile(charging_rate_unit=RateUnit.A, charging_profile_period=listed, **fields)  # type: ignore[arg-type]


def asks(place: Forecourt, session: str, minute: float, wanted: object = None, url: str = URL, **changes: object) -> ProfileResponse:
    """A profile: to set it; None: to clear what is set; a number: what is planned for so many seconds."""
    with place.transactions.begin() as store:
        partner = store.roaming.partner(PARTNER)
        assert partner is not None
        by = ProfileRequest(replace(partner, **changes), session, url, at(minute), place.ids)
        if isinstance(wanted, ChargingProfile):
            return set_profile(store, by, wanted)
        return clear_profile(store, by) if wanted is None else query_profile(store, by, int(str(wanted)))


def test_a_partners_charging_profile_limits_its_car_until_it_is_cleared(roaming: Forecourt, charging: str) -> None:
    assert plan(roaming, 1)["B1"] > 8
    assert asks(roaming, charging, 2, amps((0, 8))) is ProfileResponse.ACCEPTED
    assert plan(roaming, 2)["B1"] == 8 and said(roaming) == []
    assert limits(deliver(roaming, 2))["CP1"] == 8
    assert said(roaming) == [("POST", URL, {"result": "ACCEPTED"})]  # by the charger
    assert asks(roaming, charging, 3) is ProfileResponse.ACCEPTED
    assert plan(roaming, 3)["B1"] > 8 and limits(deliver(roaming, 3))["CP1"] > 8
    assert said(roaming) == [("POST", URL, {"result": "ACCEPTED"})]
    assert asks(roaming, charging, 4) is ProfileResponse.ACCEPTED
    assert said(roaming) == [("POST", URL, {"result": "UNKNOWN"})]  # there was none any more


def test_a_profile_the_charger_already_complies_with_is_accepted_at_once(roaming: Forecourt, charging: str) -> None:
    """Its accepted limit is within the profile, and no plan will raise it."""
    asks(roaming, charging, 2, amps((0, 32)))
    assert said(roaming) == [("POST", URL, {"result": "ACCEPTED"})]
    asks(roaming, charging, 3, amps((0, 6)))
    with roaming.transactions.begin() as store:  # its last order has not been answered: nobody knows what it keeps to
        grant = store.plans.grant(roaming.evse_id(1))
        store.plans.put_grant(replace(grant, confirmed_a=6))
    assert answered(roaming, 3.5) == []


def answered(place: Forecourt, minute: float) -> list[str]:
    with place.transactions.begin() as store:
        answer_pending_profiles(store, place.site_id, at(minute), place.ids)
    return [told["result"] for how, _, told in said(place) if how == "POST"]


@pytest.mark.parametrize(("outcome", "minute"), [(Outcome.REJECTED, 4), (Outcome.UNSUPPORTED, 4), (Outcome.UNANSWERED, 5)])
def test_a_profile_the_charger_refuses_is_rejected_and_the_previous_one_stays(
    roaming: Forecourt, charging: str, outcome: Outcome, minute: float
) -> None:
    asks(roaming, charging, 2, amps((0, 16)))
    plan(roaming, 2)
    deliver(roaming, 2)
    said(roaming)
    before = kept(roaming)
    asks(roaming, charging, 4, amps((0, 8)))
    assert plan(roaming, 4)["B1"] == 8
    deliver(roaming, 4, outcome)
    assert answered(roaming, minute) == ["REJECTED"]  # a refusal at once, silence after a while
    after = kept(roaming)
    assert before and after and (after.limits, after.pending) == (before.limits, None) and before.pending is None
    assert plan(roaming, 6)["B1"] == 16


def test_a_profile_without_answer_is_rejected_after_a_minute_and_a_late_answer_ignored(roaming: Forecourt, charging: str) -> None:
    asks(roaming, charging, 2, amps((0, 8)))
    plan(roaming, 2)
    assert answered(roaming, 2.5) == [] and answered(roaming, 3) == ["REJECTED"]
    deliver(roaming, 3)
    assert answered(roaming, 3) == [] and plan(roaming, 4)["B1"] > 8


def test_a_pending_profile_is_rejected_by_the_next_request_or_the_end_of_the_charge(roaming: Forecourt, charging: str) -> None:
    asks(roaming, charging, 2, amps((0, 8)))
    asks(roaming, charging, 3, amps((0, 7)))
    assert said(roaming) == [("POST", URL, {"result": "REJECTED"})]
    asks(roaming, charging, 3.1)
    assert [told["result"] for _, _, told in said(roaming)] == ["REJECTED", "ACCEPTED"] and kept(roaming).limits == ()
    asks(roaming, charging, 4, amps((0, 8)))
    with roaming.transactions.begin() as store:
        transaction = store.sessions.open_on(roaming.evse_id(1)).transaction
    roaming.stops("CP1", transaction, 5, 2000)
    assert {"result": "REJECTED"} in [told for _, _, told in said(roaming)] and answered(roaming, 6) == []


def test_each_profile_period_applies_in_its_time_and_the_plan_names_the_partner(roaming: Forecourt, charging: str) -> None:
    asks(roaming, charging, 2, amps((0, 20), (10, 6), (20, 0), (30, 12), duration=2400))
    assert [plan(roaming, minute)["B1"] for minute in (3, 10.1, 19.9, 20.1)] == [20, 6, 0, 0]  # the last fall is told before it is due
    with roaming.transactions.begin() as store:
        words = next(one.because for one in store.plans.latest(roaming.site_id).setpoints if one.evse_id == roaming.evse_id(1))
    assert words == "The profile of The New Motion allows less than the minimum current."
    assert plan(roaming, 31)["B1"] == 12 and plan(roaming, 41)["B1"] > 12


def test_a_profile_does_not_raise_power_above_the_site_limit(roaming: Forecourt, charging: str) -> None:
    limited(roaming, 14)
    asks(roaming, charging, 2, amps((0, 32)))
    assert sum(plan(roaming, 2).values()) <= 14


def test_a_profile_in_watts_is_converted_to_amps_by_the_phases_of_the_socket(roaming: Forecourt, charging: str) -> None:
    watts = ChargingProfile(charging_rate_unit=RateUnit.W, charging_profile_period=(ProfilePeriod(0, 2299.0),))
    asks(roaming, charging, 2, watts)
    assert plan(roaming, 2)["B1"] == 9  # 9.99 A of one phase


def test_an_invalid_profile_or_a_foreign_response_url_is_refused_and_changes_nothing(roaming: Forecourt, charging: str) -> None:
    asks(roaming, charging, 2, amps((0, 8)))
    before = kept(roaming)
    with pytest.raises(BadInput, match="start_date_time"):
        asks(roaming, charging, 3, amps((0, 32), start_date_time="9999-12-31T23:59:59Z"))
    for url in ("https://elsewhere.example/1", "https://emsp.example.elsewhere.example/1", "https://emsp.example@elsewhere.example/"):
        with pytest.raises(BadInput, match="response_url"):
            asks(roaming, charging, 3, amps((0, 32)), url)
    assert kept(roaming) == before and said(roaming)[1:] == []


def test_profiles_for_other_partners_sessions_or_ended_ones_get_unknown_session(roaming: Forecourt, charging: str) -> None:
    assert asks(roaming, charging, 2, amps((0, 8)), id=UUID(int=99)) is ProfileResponse.UNKNOWN_SESSION
    for name in ("1", str(UUID(int=9)), "x" * 300):
        assert asks(roaming, name, 2, amps((0, 8))) is ProfileResponse.UNKNOWN_SESSION
    with roaming.transactions.begin() as store:
        own = store.sessions.open_on(roaming.evse_id(2)).id
        transaction = store.sessions.open_on(roaming.evse_id(1)).transaction
    assert asks(roaming, str(own), 2) is ProfileResponse.UNKNOWN_SESSION
    roaming.stops("CP1", transaction, 5, 2000)
    assert [asks(roaming, charging, 6, one) for one in (amps((0, 8)), None, 900)] == [ProfileResponse.UNKNOWN_SESSION] * 3


def test_too_frequent_profile_requests_are_refused_but_clearing_is_always_accepted(roaming: Forecourt, charging: str) -> None:
    asks(roaming, charging, 2, amps((0, 8)))
    assert asks(roaming, charging, 2.1, amps((0, 9))) is ProfileResponse.TOO_OFTEN
    assert asks(roaming, charging, 2.1) is ProfileResponse.ACCEPTED
    assert asks(roaming, charging, 2.2, amps((0, 9))) is ProfileResponse.TOO_OFTEN
    assert [asks(roaming, charging, minute, 900) for minute in (3, 3.1, 3.2)] == [
        ProfileResponse.ACCEPTED,
        ProfileResponse.TOO_OFTEN,
        ProfileResponse.ACCEPTED,
    ]


def test_a_profile_is_refused_for_an_offline_charger_or_a_socket_that_exceeds_limits(roaming: Forecourt, charging: str) -> None:
    with roaming.transactions.begin() as store:
        grant, charger = store.plans.grant(roaming.evse_id(1)), store.stations.charger("CP1")
        store.stations.put_charger(replace(charger, connected=False))
    assert asks(roaming, charging, 2, amps((0, 8))) is ProfileResponse.REJECTED
    with roaming.transactions.begin() as store:
        store.stations.put_charger(charger)
        store.plans.put_grant(replace(grant, disobeyed=9))
    assert asks(roaming, charging, 2, amps((0, 8))) is ProfileResponse.NOT_SUPPORTED
    assert kept(roaming) is None


def test_an_untested_socket_gets_no_more_than_the_profile(roaming: Forecourt, charging: str) -> None:
    """It is not part of the solver's plan: its maximum is reserved."""
    with roaming.transactions.begin() as store:
        store.plans.put_grant(replace(store.plans.grant(roaming.evse_id(1)), obeys=Obedience.UNTESTED, verified=False))
    assert plan(roaming, 2)["B1"] > 8
    asks(roaming, charging, 3, amps((0, 8)))
    assert plan(roaming, 3)["B1"] == 8


@pytest.mark.parametrize("gone", ["blocked", "parted", "left"])
def test_the_profile_of_a_blocked_or_departed_partner_no_longer_limits_the_charge(roaming: Forecourt, charging: str, gone: str) -> None:
    """The charge continues as without a profile."""
    asks(roaming, charging, 2, amps((0, 8)))
    assert plan(roaming, 2)["B1"] == 8 and limits(deliver(roaming, 2))["CP1"] == 8
    by = Staff(roaming.operator_id, "ops", at(3), roaming.ids)
    with roaming.transactions.begin() as store:
        if gone == "blocked":
            block_roaming_partner(store, by, PARTNER, True)
        elif gone == "parted":
            end_partnership(store, by, PARTNER)
        else:
            unregister_partner(store, PARTNER, at(3), roaming.ids)
    assert plan(roaming, 3)["B1"] > 8 and limits(deliver(roaming, 3))["CP1"] > 8
    with roaming.transactions.begin() as store:
        assert store.sessions.open_on(roaming.evse_id(1)) is not None
        if gone == "blocked":
            block_roaming_partner(store, by, PARTNER, False)
    assert (plan(roaming, 4)["B1"] == 8) is (gone == "blocked")  # it was away for a while, and has not let go


@pytest.mark.parametrize("any_transactions", ["postgres"], indirect=True)
def test_a_profile_and_its_pending_result_survive_a_restart(roaming: Forecourt, charging: str, database_url: str) -> None:
    asks(roaming, charging, 2, amps((0, 8)))
    with PostgresTransactions(database_url) as others:
        restarted = replace(roaming, transactions=others)
        assert plan(restarted, 3)["B1"] == 8 and limits(deliver(restarted, 3))["CP1"] == 8
        assert said(restarted) == [("POST", URL, {"result": "ACCEPTED"})]


def test_a_socket_with_an_active_partner_profile_cannot_be_tested(roaming: Forecourt, charging: str) -> None:
    asks(roaming, charging, 2, amps((0, 8)))
    with pytest.raises(Conflict, match="profile limits"), roaming.transactions.begin() as store:
        begin_test(store, Staff(roaming.operator_id, "ops", at(3), roaming.ids), roaming.evse_id(1))


def test_the_active_profile_shows_the_current_plan_and_then_the_lower_of_forecast_and_profile(roaming: Forecourt, charging: str) -> None:
    asks(roaming, charging, 2, amps((0, 20), (150, 8), (155, 0)))
    now_a = plan(roaming, 99.9)["B1"]  # `said` looks at minute 100
    said(roaming)
    assert asks(roaming, charging, 100, 10**9) is ProfileResponse.ACCEPTED
    ((_, where, told),) = said(roaming)
    profile = told["profile"]["charging_profile"]
    periods = [(one["start_period"], one["limit"]) for one in profile["charging_profile_period"]]
    assert where == URL and profile["duration"] == 86_400
    assert periods == [(0, now_a), (3000, 4), (3300, 0)]  # foretold as the mean of ten minutes, but never against the profile


def test_a_partner_with_a_profile_is_sent_an_update_when_the_planned_current_changes(roaming: Forecourt, charging: str) -> None:
    def told(minute: float) -> list[tuple[str, str, int]]:
        with roaming.transactions.begin() as store:
            update_partners(store, roaming.site_id, at(minute), roaming.ids)
        found = [one for one in said(roaming) if one[0] == "PUT"]
        return [(how, where, one["charging_profile"]["charging_profile_period"][0]["limit"]) for how, where, one in found]

    asks(roaming, charging, 1, 900)
    assert told(1) == []  # it was asked about, and nothing set
    asks(roaming, charging, 2, amps((0, 8)))
    plan(roaming, 2)
    assert told(3) == [("PUT", f"chargingprofiles/{charging}", 8)] and told(4) == []
    limited(roaming, 6)
    after = plan(roaming, 5)["B1"]
    assert after < 8 and told(6) == [("PUT", f"chargingprofiles/{charging}", after)]


@both_stores
def test_a_partner_without_the_charging_profiles_module_gets_no_updates(roaming: Forecourt, charging: str) -> None:
    asks(roaming, charging, 2, amps((0, 8)))
    with roaming.transactions.begin() as store:
        partner = store.roaming.partner(PARTNER)
        here = tuple(one for one in partner.peer.endpoints if one.module != "chargingprofiles")
        assert len(here) < len(partner.peer.endpoints) and all(isinstance(one, Endpoint) for one in here)
        store.roaming.put_partner(replace(partner, state=replace(partner.state, peer=replace(partner.peer, endpoints=here))))
    said(roaming)
    plan(roaming, 2)
    with roaming.transactions.begin() as store:
        update_partners(store, roaming.site_id, at(3), roaming.ids)
    assert said(roaming) == []
