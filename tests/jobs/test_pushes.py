"""Push notifications: their content, the browsers they go to, and expired subscriptions; in both stores."""

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec import json

from forecourt.flows.desk import Subscription, add_device, remove_device, set_notice_preferences
from forecourt.kernel import BadInput, Conflict, DriverId, NotFound
from forecourt.messengers import HttpRequest, WebPusher
from forecourt.notices import Channel, NoticeKind, NoticeState, Topic
from push_service import AUTH, P256DH, opened, push_service, text

from ..flows.conftest import NOON, Forecourt, forecourt  # noqa: F401 - a fixture
from .test_notice_courier import Round

KEYS = (P256DH, text(AUTH))


@pytest.fixture
def service():
    with push_service() as running:
        yield running


@pytest.fixture
def walk(forecourt):  # noqa: F811
    made = Round(forecourt)
    made.use(pusher=WebPusher(b"s" * 32, "mailto:ops@example.org", HttpRequest(lambda address: True, secure_only=False)))
    return made


def asks(place: Forecourt, endpoint: str, driver_id: DriverId | None = None, minute: int = 0) -> UUID:
    """The form is refused what is not https, so what stands in for a push service is put there afterwards."""
    with place.transactions.begin() as store:
        given = Subscription(endpoint.replace("http:", "https:"), *KEYS, "Firefox")
        device = add_device(store, driver_id or place.app_driver, given, NOON + timedelta(minutes=minute), place.ids)
        store.notices.put_device(type(device)(**{name: getattr(device, name) for name in device.__slots__} | {"endpoint": endpoint}))
    return device.id


def pushes(walk: Round) -> list:
    return [one for one in walk.notices if one.channel is Channel.PUSH]


def test_a_push_notification_is_in_the_drivers_language_and_links_to_its_page(walk, service) -> None:
    asks(walk.place, service.at("/p/1"))
    with walk.place.transactions.begin() as store:
        set_notice_preferences(store, walk.place.app_driver, "de", [])
    walk.notify(good_until=NOON + timedelta(minutes=10))
    walk.go()
    ((_, heads, body),) = service.taken
    shown = json.decode(opened(body))
    (notice,) = pushes(walk)
    assert shown["title"] == "Sie sind dran bei Testplatz: Ladepunkt B1" and "freigehalten" in shown["body"]
    assert (shown["path"], shown["tag"], heads["TTL"]) == ("/queue", str(notice.id), "600")
    assert (notice.state, notice.to) == (NoticeState.SENT, "Firefox")


def test_an_expired_push_subscription_is_deleted_and_the_others_are_notified(walk, service) -> None:
    service.codes["/p/1"] = 410
    gone, other = asks(walk.place, service.at("/p/1")), asks(walk.place, service.at("/p/2"), minute=1)
    walk.notify()
    walk.go()
    assert [path for path, *_ in service.taken] == ["/p/1", "/p/2"] and pushes(walk)[0].state is NoticeState.SENT
    with walk.place.transactions.begin() as store:
        assert [one.id for one in store.notices.devices_of(walk.place.app_driver)] == [other] != [gone]
    service.codes["/p/2"] = 404
    walk.notify(key="turn/2")
    walk.go()
    assert pushes(walk)[-1].state is NoticeState.FAILED or pushes(walk)[0].state is NoticeState.FAILED
    walk.notify(key="turn/3")
    assert len(pushes(walk)) == 2  # there is nobody left to push to


def test_a_busy_push_service_is_retried_with_the_same_tag(walk, service) -> None:
    asks(walk.place, service.at("/p/1"))
    service.codes["/p/1"] = 503
    walk.notify()
    walk.go()
    service.codes.clear()
    walk.clock.at += timedelta(minutes=5)
    walk.go()
    assert pushes(walk)[0].state is NoticeState.SENT and len({json.decode(opened(body))["tag"] for *_, body in service.taken}) == 1


@pytest.mark.parametrize(("off", "told"), [((), True), ((Topic.QUEUE,), False), ((Topic.MONEY,), True)])
def test_push_preferences_are_separate_from_email_preferences(walk, service, off, told) -> None:
    asks(walk.place, service.at("/p/1"))
    with walk.place.transactions.begin() as store:
        set_notice_preferences(store, walk.place.app_driver, "en", [], off)
    walk.notify()
    assert bool(pushes(walk)) is told and [one.kind for one in walk.notices if one.channel is Channel.MAIL] == [NoticeKind.TURN]


def test_a_browser_belongs_to_one_driver_and_a_driver_has_a_limited_number(walk) -> None:
    place = walk.place
    with place.transactions.begin() as store:
        given = Subscription("https://push.example/1", *KEYS, "Firefox on\nLinux")
        first = add_device(store, place.app_driver, given, NOON, place.ids)
        assert add_device(store, place.app_driver, given, NOON, place.ids).id == first.id and first.label == "Firefox on Linux"
        add_device(store, place.card_driver, given, NOON, place.ids)
        assert store.notices.devices_of(place.app_driver) == [] and len(store.notices.devices_of(place.card_driver)) == 1
        with pytest.raises(NotFound):
            remove_device(store, place.app_driver, store.notices.devices_of(place.card_driver)[0].id)
        for number in range(9):
            add_device(store, place.card_driver, Subscription(f"https://push.example/{number + 2}", *KEYS), NOON, place.ids)
        with pytest.raises(Conflict):
            add_device(store, place.card_driver, Subscription("https://push.example/99", *KEYS), NOON, place.ids)


@pytest.mark.parametrize(
    "given",
    [
        ("http://push.example/1", *KEYS), ("https://", *KEYS), ("", *KEYS), ("https://user@push.example/1", *KEYS),
        ("https://push.example/" + "x" * 1000, *KEYS), ("https://push.example/\n", *KEYS), ("https://push.example/1", "", KEYS[1]),
        ("https://push.example/1", KEYS[0], KEYS[1] + "x"),
    ],
)  # fmt: skip
def test_an_invalid_push_subscription_is_refused(walk, given) -> None:
    with walk.place.transactions.begin() as store, pytest.raises(BadInput):
        add_device(store, walk.place.app_driver, Subscription(*given), NOON, walk.place.ids)
