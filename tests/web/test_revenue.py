"""The revenue pages: figures that add up, prices approved by staff, and a clear statement where data is missing."""

from datetime import timedelta

import pytest

from busy_weeks import bill, live_weeks
from forecourt.flows.prices import Publication, publish_tariff
from forecourt.kernel import TariffVersionId
from web.conftest import HARBOUR, NOW, TARIFF

RULES = {"floor": "0.30", "cap": "0.56", "step": "0.06", "tick": "0.01", "cost": "0", "windows": 2, "notice": 24, "mode": "ASK"}


@pytest.fixture
def season(scene):
    """Ten weeks at the small site, a price change two weeks ago, the last days billed."""
    dearer = {**TARIFF, "elements": TARIFF["elements"][2:]}
    with scene.transactions.begin() as store:
        changed = Publication(TariffVersionId(scene.ids.new(NOW)), HARBOUR, dearer, NOW - timedelta(days=14), at=NOW - timedelta(days=14))
        publish_tariff(store, changed)
        live_weeks(store, HARBOUR, NOW, 10, scene.ids, busy=2.0)
        bill(store, HARBOUR, NOW - timedelta(days=3), scene.ada, scene.ids)
    return scene


def test_revenue_figures_equal_the_net_of_the_documents(season, client):
    page = client.sign_in("ops").get("/console/revenue?site=harbour&days=7").text
    with season.transactions.begin() as store:
        net = sum(one.net.minor for one in store.documents.recent(season.operator_id, 1000))
    assert f"€{net / 100:,.2f}" in page and "Harbour Car Park" in page and "Sockets in use: most on" in page
    assert "Session fee" in page and "Effect of price changes" in page and "80 % confidence" in page


def test_the_hourly_csv_sums_to_the_charges(season, client):
    lines = client.sign_in("ops").get("/console/revenue?site=harbour&days=28&form=csv").text.splitlines()
    assert lines[0].startswith("site,day,hour") and len(lines) == 1 + 28 * 24
    with season.transactions.begin() as store:
        records = [one for one in store.sessions.records(HARBOUR, 100_000) if one.started_at > NOW - timedelta(days=27)]
    assert sum(float(line.split(",")[3]) for line in lines[1 + 24 :]) == pytest.approx(len(records), abs=30)


def test_an_operator_sets_price_rules_requests_a_proposal_and_approves_it(season, client):
    client.sign_in("ops")
    assert client.submit("/console/revenue/harbour/rules", **RULES).status_code == 303
    assert client.submit("/console/revenue/harbour/look").status_code == 303
    page = client.get("/console/revenue/harbour").text
    assert "the best single price" in page and "rests on the published mean" in page and "A socket kept free" in page
    proposal = page.split("/console/revenue/proposals/")[1].split("/")[0]
    assert client.submit(f"/console/revenue/proposals/{proposal}/approve").status_code == 303
    assert "Approved, in force from Tue 2 Jun 2026" in client.get("/console/revenue/harbour").text
    assert client.submit(f"/console/revenue/proposals/{proposal}/reject").status_code == 409
    assert "Proposed price approved" in client.get("/console/audit").text
    assert "New prices from Tue 2 Jun 2026" in client.get("/sites/harbour").text, "who plans to charge then is told before"
    with season.transactions.begin() as store:
        (coming,) = [one for one in store.prices.versions(season.operator_id, HARBOUR) if one.valid_from > NOW]
    assert client.submit(f"/console/prices/versions/{coming.id}/withdraw").status_code == 303
    assert "Approved, and withdrawn before it started" in client.get("/console/revenue/harbour").text
    assert "New prices" not in client.get("/sites/harbour").text


@pytest.mark.parametrize(
    "wrong", [{"floor": "x"}, {"floor": "-1"}, {"floor": "0.7"}, {"cap": "NaN"}, {"windows": 9}, {"notice": ""}, {"mode": "EVER"}]
)
def test_invalid_price_rules_are_explained_beside_the_form_and_not_stored(scene, client, wrong):
    answer = client.sign_in("ops").submit("/console/revenue/harbour/rules", **{**RULES, **wrong})
    assert answer.status_code == 422 and "Not saved." in answer.text
    with scene.transactions.begin() as store:
        assert store.pricing.rules(HARBOUR) is None


def test_without_history_the_pages_say_what_is_missing(scene, client):
    page = client.sign_in("ops").get("/console/revenue?site=harbour").text
    assert "No invoices in this period" in page and "No price changes yet" in page
    client.submit("/console/revenue/harbour/rules", **RULES)
    assert "days of history are too few" in client.submit("/console/revenue/harbour/look").text
    assert "No proposals yet" in client.get("/console/revenue/harbour").text


def test_drivers_cannot_open_the_revenue_pages(scene, client):
    assert client.sign_in("ada").get("/console/revenue").status_code == 403
    assert client.submit("/console/revenue/harbour/rules", **RULES).status_code == 403
