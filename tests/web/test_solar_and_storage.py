"""The page of a site's solar power and storage, and the REST operations for external systems."""

from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.flows.power import plant_of
from forecourt.web.frame.sealing import digest

from .conftest import NOW
from .power_days import with_plant

AT, PAGE = "/api/v1/sites/market/plant", "/console/sites/market/plant"
LINE = " ".join(["0"] * 8 + ["9000"] * 8 + ["0"] * 8)
FORM = {"peak": "10", "feed_in": "0,08", "curve": LINE, "capacity": "20", "charge": "5", "discharge": "4.5", "efficiency": "85"}


@pytest.fixture
def ops(lived, client):
    """The operator's own program."""
    with lived.transactions.begin() as store:
        store.drivers.put_sign_in(replace(store.drivers.sign_in(digest("ops")), digest=digest("api-ops"), api=True))
    client.headers.update({"authorization": "Bearer api-ops"})
    return client


def kept(scene):
    with scene.transactions.begin() as store:
        return plant_of(store, scene.site_id)


def test_solar_and_storage_entered_by_the_operator_are_stored_and_shown(lived, client):
    client.sign_in("ops").get(PAGE)
    assert client.submit(PAGE, **FORM).status_code == 303
    assert (kept(lived).solar.curves[0][8], kept(lived).storage.most_discharge_w, str(kept(lived).storage.efficiency)) == (
        9000,
        4500,
        "0.85",
    )
    shown = client.get(PAGE).text
    assert LINE in shown and 'value="4.5"' in shown and "Energy costs are missing." in shown
    assert client.submit(PAGE, **FORM | {"peak": "1234.567"}).status_code == 303
    assert 'value="1234.567"' in client.get(PAGE).text and kept(lived).solar.peak_w == 1_234_567, (
        "to the watt, also when shown and kept again"
    )
    assert client.submit(PAGE, peak="", capacity="").status_code == 303
    assert (kept(lived).solar, kept(lived).storage) == (None, None)
    with lived.transactions.begin() as store:
        assert [one.detail[:6] for one in store.audit.recent() if one.action == "site.plant"] == ["no sun", "sun 12", "sun 10"]


def test_a_pasted_forecast_is_read_in_the_sites_time_zone(lived, client):
    client.sign_in("ops").get(PAGE)
    client.submit(PAGE, **FORM)
    assert client.submit(f"{PAGE}/forecast", forecast="start,watts\n2026-06-01 15:00, 4200\n2026-06-01 16:00, 100").status_code == 303
    assert [(step.start.hour, step.watts) for step in kept(lived).solar.forecast] == [(13, 4200.0), (14, 100.0)]
    wrong = client.submit(f"{PAGE}/forecast", forecast="2026-06-01 15:00, 99000")
    assert wrong.status_code == 400 and "above the plant" in wrong.text and "2026-06-01 15:00, 99000" in wrong.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"peak": "a lot"}, "not a number"),
        ({"curve": "1 2 3"}, "24 numbers"),
        ({"curve": LINE.replace("9000", "11000")}, "above the plant"),
        ({"charge": ""}, "Enter the maximum power the storage can charge with."),
        ({"charge": "4.5001"}, "finer than is counted"),
        ({"efficiency": "101"}, "efficiency"),
        ({"reserve": "21"}, "reserve"),
    ],
)
def test_impossible_figures_are_refused_and_stay_in_the_form(lived, client, change, said):
    client.sign_in("ops").get(PAGE)
    answer = client.submit(PAGE, **FORM | change)
    assert answer.status_code == 400 and said in answer.text and "0,08" in answer.text
    assert kept(lived).solar is None


def test_programs_write_forecasts_and_levels_and_read_the_plan(lived, ops):
    assert ops.get(AT).json()["storage_now"] is None
    assert ops.put(f"{AT}/level", json={"level_wh": 1}).status_code == 404
    with_plant(lived)
    told = ops.put(f"{AT}/forecast", json={"steps": [{"start": "2026-06-01T12:00:00Z", "watts": 20000}]}).json()
    assert told["forecast_from"] == told["forecast_to"] == "2026-06-01T12:00:00Z"
    full = ops.put(f"{AT}/level", json={"level_wh": 60_000}).json()
    assert full["level_wh"] == 60_000 and full["storage_now"]["power_w"] <= 0
    assert ops.put(f"{AT}/grid-peak", json={"power_w": 50_000}).json()["grid_peak_w"] == 50_000


def test_an_old_storage_level_is_not_used_and_a_future_one_is_refused(lived, ops):
    with_plant(lived)
    with lived.transactions.begin() as store:
        costs = store.plans.energy_costs(lived.site_id)
        old = replace(costs.plant.storage, level_at=NOW - timedelta(days=1))
        store.plans.put_energy_costs(replace(costs, plant=replace(costs.plant, storage=old)))
    now = ops.get(AT).json()["storage_now"]
    assert now["power_w"] is None and "unknown" in now["because"]
    assert ops.put(f"{AT}/level", json={"level_wh": 1, "at": "2026-06-02T12:00:00Z"}).json()["code"] == "level_at"


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("forecast", {"steps": []}),
        ("forecast", {"steps": [{"start": "2026-06-01T12:00:00Z", "watts": -1}]}),
        ("forecast", {"steps": [{"start": "2026-06-01T12:00:00Z", "watts": 41_000}]}),
        ("forecast", {"steps": [{"start": "2026-06-01T12:00:00", "watts": 1}]}),
        ("level", {"level_wh": 60_001}),
        ("grid-peak", {"power_w": -1}),
        ("level", {"level": 1}),
    ],
)
def test_invalid_plant_requests_change_nothing(lived, ops, path, wrong):
    with_plant(lived)
    before = kept(lived)
    assert ops.put(f"{AT}/{path}", json=wrong).status_code == 400
    assert kept(lived) == before
