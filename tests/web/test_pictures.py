"""Charts and site plans: their content, their text for screen readers, and escaped markup."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from forecourt.kernel import Money
from forecourt.web.drawing import charge_band, hours_ahead, power_chart, price_line, site_plan
from forecourt.web.drawing.canvas import axis_marks, hour_marks, nice_ceiling
from forecourt.web.people import design
from forecourt.web.views.bays import Bay, BayState, SitePlan
from forecourt.web.views.charges import ChargeBand, CostPoint
from forecourt.web.views.power import HoursStep, HoursView, PowerView
from forecourt.web.views.quote import DayPrices

NOON = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "drawn", [power_chart(design.sample_power()), price_line(design.sample_price()), charge_band(design.sample_band())]
)
def test_pictures_are_well_formed_and_have_a_text(drawn):
    root = ElementTree.fromstring(drawn)
    assert root.get("role") == "img" and root.get("aria-label")
    assert not [element for element in root.iter() if element.get("style") or element.tag.endswith("script")]


def test_the_power_chart_states_its_limit_in_kilowatts():
    assert "limit 60 kW" in power_chart(design.sample_power())


def test_pictures_without_data_are_well_formed():
    for drawn in (
        power_chart(PowerView("UTC", (), ())),
        charge_band(ChargeBand("UTC", (), (CostPoint(NOON, Money(0, "EUR"), 0),))),
        price_line(DayPrices("EUR", "UTC", NOON, NOON + timedelta(days=1), NOON, ())),
    ):
        assert ElementTree.fromstring(drawn).get("aria-label")


def test_every_bay_states_its_status_in_words():
    bays = tuple(Bay(f"B{index}", index, 0, state, 4200) for index, state in enumerate(BayState))
    drawn = site_plan(SitePlan("s", "Site", "UTC", NOON, bays, 4200))
    for words in ("free", "reserved", "charging", "waiting for power", "plugged in, not charging", "out of order", "offline"):
        assert f": {words}</span>" in drawn


def test_markup_in_a_bay_label_is_escaped():
    bay = Bay('<script>"x"', 0, 0, BayState.FREE, href='"><script>')
    assert "<script>" not in site_plan(SitePlan("s", "Site", "UTC", NOON, (bay,), 0))


@pytest.mark.parametrize(("value", "ceiling"), [(0, 1), (7, 8), (60, 80), (80, 80), (101, 200), (Decimal("0.52"), 0.8)])
def test_axes_end_at_round_numbers(value, ceiling):
    assert nice_ceiling(float(value)) == pytest.approx(ceiling)


@pytest.mark.parametrize("top", [1, 2, 2.5, 4, 5, 8, 10, 20, 25, 80, 1000])
def test_axes_are_marked_in_steps_of_round_numbers(top):
    """25 kW were marked at 6.25, 12.5 and 18.75."""
    marks = axis_marks(top)
    assert marks[0] == 0 and marks[-1] == top and f"{marks[1]:.6e}"[1:8] == ".000000"


def test_hour_marks_follow_local_time_across_a_clock_change():
    marks = [words for _, words in hour_marks(NOON, NOON + timedelta(hours=4), "Europe/Berlin", 8)]
    assert marks[0] == "01:30" and marks[-1] == "06:30" and "02:30" not in marks


def test_a_car_with_power_allocated_that_draws_none_is_shown_as_starting():
    bay = Bay("B1", 0, 0, BayState.CHARGING)
    assert "<span>starting</span>" in site_plan(SitePlan("s", "Site", "UTC", NOON, (bay,), 0))


def test_a_shorter_row_is_padded_so_that_all_bays_have_the_same_width():
    bays = tuple(Bay(f"B{index}", index, index // 4, BayState.FREE) for index in range(6))
    assert site_plan(SitePlan("s", "Site", "UTC", NOON, bays, 0)).count("bay-gap") == 2


def test_the_chart_of_hours_ahead_names_bays_with_escaped_markup():
    step = HoursStep(NOON, NOON + timedelta(hours=2), (7000, 4000))
    drawn = hours_ahead(HoursView("Europe/Berlin", ("<b>", "B2"), (step,), 22_000))
    root = ElementTree.fromstring(drawn)
    assert "2 cars: now 11.0 kW, highest 11.0 kW, limit 22 kW" in root.get("aria-label", "")
    assert [one.text for one in root.iter() if one.get("class") == "band-name"] == ["<b>", "B2"]
    assert "no cars charging" in hours_ahead(HoursView("UTC", (), ()))


def test_an_external_allowance_is_a_step_in_the_limit_line():
    hour = timedelta(hours=1)
    steps = tuple(HoursStep(NOON + n * hour, NOON + (n + 1) * hour, (4000,)) for n in range(8))
    allowed = ((NOON, None), (NOON + 2 * hour, 4200), (NOON + 5 * hour, None), (NOON + 9 * hour, 1000))
    root = ElementTree.fromstring(hours_ahead(HoursView("UTC", ("B1",), steps, 22_000, allowed)))
    lines = [[tuple(map(float, one.split())) for one in part.get("d")[1:].split("L")] for part in root if part.get("class") == "limit"]
    high, low = lines[0][-1][1], lines[1][-1][1]
    assert [line[-1][1] for line in lines] == [high, low, high] and low > high, "up is less on a screen"
    assert [line[0][0] for line in lines[1:]] == [line[-1][0] for line in lines[:-1]], "one line, step by step"
    said = [part.text for part in root if (part.get("class") or "").startswith("limit-text")]
    assert said == [
        "limit 22 kW",
        "allowed 4.2 kW",
        "limit 22 kW",
    ]


def test_bay_names_without_room_are_omitted_from_the_chart():
    draws = enumerate([(7000, 0, 0), (0, 9000, 400), (0, 9000, 0)])
    steps = tuple(HoursStep(NOON + timedelta(hours=n), NOON + timedelta(hours=n + 1), watts) for n, watts in draws)
    root = ElementTree.fromstring(hours_ahead(HoursView("UTC", ("The long name of a bay", "B2", "B3"), steps, 22_000)))
    names = {one.text: one.get("class") for one in root.iter() if "band-name" in one.get("class", "")}
    assert names == {"The long name of a bay": "band-name not-on-phones", "B2": "band-name"}
