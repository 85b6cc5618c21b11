"""The operator's board of a day's bookings and the driver's chart of free start times."""

from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from forecourt.flows.bookings import ReserveRequest, advance_bookings, reserve
from forecourt.kernel import DriverId, Span
from forecourt.stations import ConnectorReported, ConnectorState
from forecourt.web.drawing import day_board, slot_day
from forecourt.web.queries.bookings import bookings_day, own_booking
from forecourt.web.views.booking import SlotDay

from .conftest import KIND, NOW, Browser, Scene
from .guests_scene import booked_guests


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.fixture
def day(scene: Scene):
    """At a site with two free bays: Ada comes 5 minutes late and stays 10 too long, one booking is a no-show, one driver is a walk-in."""
    with scene.transactions.begin() as store:
        token = store.drivers.tokens_of(scene.ada)[0].uid
        other = next(one.id for one in store.drivers.drivers(scene.operator_id) if one.name == "Driver 1")
    for bay in (1, 2, 3):
        scene.say(f"CP-0{bay}", ConnectorReported(NOW - minutes(60), 1, ConnectorState.AVAILABLE))
    scene.charge(3, "04CARD05", NOW, 40, 7200)
    with scene.transactions.begin() as store:
        made = [
            reserve(store, ReserveRequest(scene.site_id, KIND, driver, Span(NOW + minutes(60), NOW + minutes(120))), NOW, scene.ids)
            for driver in (scene.ada, DriverId(other))
        ]
        advance_bookings(store, scene.site_id, NOW + minutes(52), scene.ids)
        bound = store.bookings.booking(made[0].id)
        bay = store.stations.evse(bound.state.evse_id).label
    number = int(bay.removeprefix("M-"))
    scene.charge(number, token, NOW + minutes(65), 65, 7200, end=True)
    with scene.transactions.begin() as store:
        advance_bookings(store, scene.site_id, NOW + minutes(76), scene.ids)
    scene.clock.at = NOW + minutes(140)
    with scene.transactions.begin() as store:
        view = bookings_day(store, store.stations.site(scene.site_id), None, scene.clock.at)
        yield view, own_booking(store, made[0].id, scene.ada, scene.clock.at), bay


def test_the_day_board_shows_arrivals_walk_ins_and_no_shows_per_bay(day) -> None:
    view, mine, bay = day
    assert (mine.bay, mine.late_s, mine.overstay_s, mine.moved) == (bay, 300, 600, 0)
    rows = {row.label: [(bar.state, bar.words) for bar in row.bars] for row in view.board.rows}
    assert rows[bay] == [("kept", "Ada Lindgren")] and rows["M-03"] == [("walk_in", "Driver 6")] and rows[""] == [("missed", "Driver 1")]
    drawn = day_board(view.board)
    assert ElementTree.fromstring(drawn).get("aria-label") == "Bays through the day: 1 booked and arrived, 1 no booking, 1 no-show"


def test_the_figures_of_the_board_are_shares_of_the_time_of_all_bays(day) -> None:
    """24 bays from midnight in Berlin (22:00 UTC) to 14:40 UTC: 16 h 40 min each."""
    figures, whole = day[0].board.figures, 24 * 1000
    assert figures.booked_percent == pytest.approx(100 * 65 / whole) and figures.unbooked_percent == pytest.approx(100 * 140 / whole)
    assert figures.held_free_percent == pytest.approx(100 * (13 + 24) / whole)  # from minute 52 to the arrival, and to the end of the grace
    assert (figures.wait_booked_min, figures.waited_booked, figures.waited_others) == (0, 1, 0)


def test_the_bookings_page_describes_the_board_in_words(client: Browser, lived: Scene) -> None:
    page = client.sign_in("ops").get("/console/bookings?site=market").text
    assert ">Bays through the day<" in page and "Bays through the day: " in page


def test_names_of_drivers_and_bays_are_escaped_on_the_board(day) -> None:
    view = day[0]
    bar = view.board.rows[0].bars[0]
    evil = replace(bar, words="</title><script>alert(1)</script>")
    board = type(view.board)(
        view.zone, view.board.start, view.board.end, NOW, (type(view.board.rows[0])("<b>", (evil,)),), view.board.figures
    )
    assert "<script" not in day_board(board) and "<b>" not in day_board(board)


def test_the_chart_of_free_start_times_has_a_text_alternative() -> None:
    slots = tuple((NOW + minutes(30 * step), free) for step, free in enumerate((4, 4, 0, 2)))
    drawn = slot_day(SlotDay("Europe/Berlin", NOW - minutes(600), NOW + minutes(600), NOW, 4, slots))
    said = ElementTree.fromstring(drawn).get("aria-label")
    assert said == "Bays free for an hour, out of 4, by start time: 14:20 to 14:50 4, 15:20 none, 15:50 2"
    assert "No start times are left" in slot_day(SlotDay("UTC", NOW, NOW + minutes(60), NOW, 4, ()))


def test_a_slot_reserved_while_a_guest_pays_is_shown_as_not_paid_yet(scene: Scene, client: Browser) -> None:
    for bay in range(1, 25):
        scene.say(f"CP-{bay:02d}", ConnectorReported(NOW - minutes(60), 1, ConnectorState.AVAILABLE))
    booked_guests(scene)
    page = client.sign_in("ops").get("/console/bookings?site=market").text
    assert page.count("Not paid yet") == 1 and "1 kept during payment" in page
    assert "1 booked, no bay yet" in page, "the paid booking"
