"""The page of a site's power: daily figures, the current plan, and its limits."""

import re
from datetime import timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from forecourt.stations import Sharing
from forecourt.web.drawing import power_days
from forecourt.web.views.power import DaysView

from .conftest import NOW
from .power_days import with_days

YESTERDAY = NOW.date() - timedelta(days=1)


def test_daily_power_figures_are_shown_as_numbers_a_chart_and_a_table(lived, client):
    with_days(lived, without=(1, 9))
    page = client.sign_in("ops").get("/console/sites/market/power").text
    wanted = (
        "Sat 30 May 2026",
        "yesterday is still missing",
        "median",
        "Days without figures: 2",
        "Energy by day, 28 days, 2 without figures",
    )
    assert [words for words in wanted if words not in page] == []
    assert page.count('data-label="Possible"') == 26, "days before the last four weeks are kept, not shown"


def test_a_site_without_daily_figures_says_so(lived, client):
    assert "No figures yet" in client.sign_in("ops").get("/console/sites/harbour/power").text


def test_the_planned_power_is_shown_beside_the_most_that_the_limits_allow(lived, client):
    page = client.sign_in("ops").get("/console/sites/market/power").text
    gives, draws, could = re.search(
        r"gives the cars here ([\d.]+) kW; they draw ([\d.]+) kW.*?limits allow ([\d.]+) kW in total now", page, re.DOTALL
    ).groups()
    with lived.transactions.begin() as store:
        paper = store.plans.latest(lived.site_id)
    assert (float(gives), float(draws)) == (round(paper.allotted_w / 1000, 1), round(paper.drawn_w / 1000, 1))
    assert float(gives) <= float(could) <= 62.1, "90 A on three lines"
    assert "gives the cars here" not in client.get("/console/sites/harbour/power").text, "nobody charges there"


def test_the_power_page_begins_with_limits_allocated_power_and_waiting_cars(lived, client):
    def present() -> str:
        page = client.get("/console/sites/market/power").text
        return page[page.index('id="present"') : page.index('id="ahead"')]

    client.sign_in("ops")
    with lived.transactions.begin() as store:
        waits = [one for one in store.plans.latest(lived.site_id).setpoints if one.limit_a == 0]
        labels = [store.stations.evse(one.evse_id).label for one in waits]
    now = present()
    assert "All limits are kept." in now and waits
    assert all(label in now for label in labels) and re.search(rf'"value">{len(waits)}</span><span class="label">cars wait', now)
    soon = (NOW + timedelta(minutes=4)).astimezone(ZoneInfo("Europe/Berlin"))
    client.submit("/console/sites/market/allowances", source="grid", kw="3.3", start=f"{soon:%Y-%m-%dT%H:%M}", end="")
    assert "The limit falls to 3.3 kW within six minutes" in (now := present())
    assert "Cars are being reduced: the site&#39;s allowance (grid)." in now


def test_the_chart_of_days_without_figures_is_well_formed():
    drawn = ElementTree.fromstring(power_days(DaysView(YESTERDAY - timedelta(days=6), YESTERDAY, ())))
    assert drawn.get("aria-label") == "Energy by day: no figures yet"
    assert sum(element.text == "×" for element in drawn) == 7


def seen_in(page: str) -> dict[str, str]:
    return {name: re.search(f'name="{name}" value="([^"]*)"', page).group(1) for name in ("seen", "looked") if f'name="{name}"' in page}


def supply(scene) -> float:
    with scene.transactions.begin() as store:
        return store.stations.site(scene.site_id).limits[0].limit_a


def test_changed_limits_are_previewed_and_then_saved(lived, client):
    client.sign_in("ops")
    at, marks = "/console/sites/market/limits", seen_in(client.get("/console/sites/market/limits").text)
    looked = client.submit(at, do="look", power="", **{"limit-0": "45", **marks}).text
    assert "Cars are reduced at once." in looked and supply(lived) == 90
    other = client.submit(at, do="keep", **{"limit-0": "44", **seen_in(looked)})
    assert other.status_code == 200 and supply(lived) == 90, "what was typed after looking is looked at first"
    assert client.submit(at, do="keep", **{"limit-0": "45", **seen_in(looked)}).status_code == 303
    assert supply(lived) == 45
    assert client.submit(at, do="keep", **{"limit-0": "46", **seen_in(looked)}).status_code == 409


def test_a_limit_above_the_commissioned_one_needs_confirmation_and_invalid_numbers_are_named(lived, client):
    client.sign_in("ops")
    at, marks = "/console/sites/market/limits", seen_in(client.get("/console/sites/market/limits").text)
    marks = seen_in(client.submit(at, do="look", **{"limit-0": "100", **marks}).text)
    refused = client.submit(at, do="keep", **{"limit-0": "100", **marks})
    assert refused.status_code == 400 and "Wiring and breakers are rated for this: Supply" in refused.text
    assert client.submit(at, do="keep", confirm="on", **{"limit-0": "100", **marks}).status_code == 303
    assert supply(lived) == 100
    marks = seen_in(client.get(at).text)
    wrong = client.submit(at, do="look", **{"limit-0": "many", **marks})
    assert wrong.status_code == 400 and 'aria-invalid="true"' in wrong.text
    fine = client.submit(at, do="look", power="22.0005", **{"limit-0": "45", **marks})
    assert fine.status_code == 400 and "finer than is counted" in fine.text, "nothing is cut off"


def test_a_panel_is_added_to_a_site_without_limits(lived, client):
    client.sign_in("ops")
    at, panel = "/console/sites/harbour/limits", {"panel_name": "Quay", "panel_limit": "40", "socket-0": "on", "socket-1": "on"}
    marks = seen_in(client.get(at).text)
    marks = seen_in(client.submit(at, do="look", power="9", **panel, **marks).text)
    assert client.submit(at, do="keep", power="9", **panel, **marks).status_code == 303
    with lived.transactions.begin() as store:
        site = store.stations.site_by_slug("harbour")
    assert [(one.name, one.limit_a, len(one.weights)) for one in site.limits] == [("Quay L1", 40.0, 2)]
    assert (site.power_limit_w, site.limit_w) == (9000, 9000)


def test_the_power_sharing_policy_is_set_on_the_page(lived, client):
    client.sign_in("ops")
    form = {"fairness": "2", "turn_min": "45", "pauses": "1", "usual_need": "12.5", "random_delay_s": "0"}
    assert client.submit("/console/sites/market/sharing", **form).status_code == 303
    with lived.transactions.begin() as store:
        assert store.stations.site(lived.site_id).sharing == Sharing(2, 45, 1, 12_500)
    wrong = client.submit("/console/sites/market/sharing", **{**form, "turn_min": "1"})
    assert wrong.status_code == 400 and "Enter 5 to 240." in wrong.text
    wrong = client.submit("/console/sites/market/sharing", **{**form, "usual_need": "0,5"})
    assert "0.5 kWh is out of range. Enter 1 to 200 kWh." in wrong.text  # in the unit of its field
