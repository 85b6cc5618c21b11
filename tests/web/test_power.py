"""The page of a site's power: what the nights worked out."""

from datetime import timedelta
from xml.etree import ElementTree

from forecourt.web.drawing import power_days
from forecourt.web.views.power import DaysView

from .conftest import NOW
from .powered import with_days

YESTERDAY = NOW.date() - timedelta(days=1)


def test_the_days_stand_on_the_page_as_figures_a_picture_and_a_table(lived, client):
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


def test_a_site_without_days_says_so(lived, client):
    assert "No day has been worked out yet" in client.sign_in("ops").get("/console/sites/harbour/power").text


def test_a_picture_of_no_days_is_a_picture_too():
    drawn = ElementTree.fromstring(power_days(DaysView(YESTERDAY - timedelta(days=6), YESTERDAY, ())))
    assert drawn.get("aria-label") == "Energy by day: no figures yet"
    assert sum(element.text == "×" for element in drawn) == 7
