"""A roaming partner's charging profile is shown in the charge's trace and as the reason for a limit on the power page."""

from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.flows.ports import Grant, PartnerProfile, ProfileLimit
from forecourt.kernel import SessionId
from forecourt.stations import Obedience
from roaming_world import registered

from .conftest import NOW, Scene
from .roaming_scene import roamed


@pytest.fixture
def capped(scene: Scene) -> SessionId:
    """At B-10: 8 A of three phases now, in an hour 4 kW, tomorrow nothing limits."""
    roamed(scene, registered(scene.operator_id))
    with scene.transactions.begin() as store:
        session = store.sessions.open_on(scene.evse(10))
        charge = store.roaming_charges.charge_of(session.id)
        evse = store.stations.evse(session.evse_id)
        limits = [(timedelta(0), 5520), (timedelta(hours=1), 4140), (timedelta(days=1), None)]
        profile = PartnerProfile(tuple(ProfileLimit(NOW + later, watts) for later, watts in limits), NOW)
        store.roaming_charges.put_charge(replace(charge, profile=profile))
        store.stations.put_charger(replace(store.stations.charger(evse.charger_id), connected=True))
        store.plans.put_grant(Grant(evse.id, evse.operator_id, evse.site_id, fallback_a=0, obeys=Obedience.OBEYS))
    scene.plan(NOW)
    return session.id


def test_the_session_trace_shows_the_limits_of_the_partners_charging_profile(scene: Scene, client, capped: SessionId) -> None:
    page = client.sign_in("ops").get(f"/console/sessions/{capped}").text
    assert "The New Motion set a profile" in page
    assert "At most 5.5 kW; at most 4.1 kW from 15:20; no limit from Tue 2 Jun 2026, 14:20." in page
    with scene.transactions.begin() as store:
        charge = store.roaming_charges.charge_of(capped)
        store.roaming_charges.put_charge(replace(charge, profile=PartnerProfile((), NOW)))
    page = client.get(f"/console/sessions/{capped}").text
    assert "The New Motion cleared its profile" in page and "Nothing but the site limits this charge." in page


def test_the_power_page_names_the_partner_as_the_reason_for_a_limited_charge(client, capped: SessionId) -> None:
    page = client.sign_in("ops").get("/console/sites/market/power").text
    assert "All that the profile of The New Motion allows: 8 A." in page
