"""The page Power ahead: a power limit for the whole site is set, shown and removed; a warning says when it may be exceeded."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from forecourt.flows.chargers import link_changed

from .conftest import NOW

AT = "/console/sites/market"


def local(minutes):
    return f"{(NOW + timedelta(minutes=minutes)).astimezone(ZoneInfo('Europe/Berlin')):%Y-%m-%dT%H:%M}"


def form(minutes, kw="12", **more):
    return {"source": "works on the mains", "start": local(minutes), "end": local(minutes + 120), "kw": kw, **more}


def allowed(page):
    return page[page.index('id="allowed"') : page.index('id="sharing"')]


def test_a_site_power_limit_is_set_shown_replaced_and_removed(lived, client):
    desk = client.sign_in("ops")
    assert "No external limits." in allowed(desk.get(f"{AT}/power").text)
    assert desk.submit(f"{AT}/allowances", **form(60)).status_code == 303
    page = allowed(desk.get(f"{AT}/power").text)
    assert "No external limit applies now" in page and "works on the mains" in page and " 12 kW" in page
    desk.submit(f"{AT}/allowances", **form(4, kw="7.4"))
    page = allowed(desk.get(f"{AT}/power").text)
    assert "plans already keep to" in page and " 7.4 kW" in page and "12 kW" not in page
    desk.submit(f"{AT}/allowances/lift", source="works on the mains")
    assert "No external limits." in allowed(desk.get(f"{AT}/power").text)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kw": ""}, "Enter how much the site may draw."),
        ({"kw": "many"}, "many"),
        ({"source": ""}, "That is not a valid source name."),
        ({"end": "2020-01-01T00:00"}, "That is in the past."),
    ],
)
def test_an_invalid_site_power_limit_is_refused_and_the_form_keeps_its_input(lived, client, change, said):
    answer = client.sign_in("ops").submit(f"{AT}/allowances", **{**form(60), **change})
    assert answer.status_code == 400 and said in allowed(answer.text)
    assert f'value="{local(60)}"' in answer.text
    with lived.transactions.begin() as store:
        assert store.plans.allowances(lived.site_id) is None


def test_the_page_warns_when_an_offline_charger_may_make_the_site_exceed_its_power_limit(lived, client):
    desk = client.sign_in("ops")
    desk.submit(f"{AT}/allowances", **form(0, kw="0"))
    assert "These limits may be exceeded" not in desk.get(f"{AT}/power").text, "chargers that are online can be lowered"
    with lived.transactions.begin() as store:
        charging = store.sessions.open_at(lived.site_id)[0]
        grant = store.plans.grant(charging.evse_id)
        store.plans.put_grant(replace(grant, session_id=charging.id, fallback_a=0, confirmed_a=8, counted_a=8))
        link_changed(store, charging.charger_id, False, NOW)
        label = store.stations.evse(charging.evse_id).label
    page = desk.get(f"{AT}/power").text
    notice = page[page.index("These limits may be exceeded: the site&#39;s allowance (works on the mains)") :]
    assert f"offline: {label}. All others are set to 0 A." in notice[:500]
