"""What drivers choose to hear, and what operators see of it."""

from forecourt.notices import NoticeState, Topic

from .conftest import Browser, Scene
from .told import FAILED, failed_message, told


def test_a_driver_chooses_what_to_hear_and_in_which_language(client: Browser, scene: Scene) -> None:
    client.sign_in("ada")
    assert client.submit("/account/messages", language="de", queue="1").status_code == 303
    with scene.transactions.begin() as store:
        assert store.drivers.driver(scene.ada).language == "de"
        assert store.notices.choices(scene.operator_id, scene.ada).off == (Topic.BOOKINGS, Topic.CHARGING)
    page = client.get("/account/messages").text
    assert page.count(" checked") == 1 and "Noted" not in page
    refused = client.submit("/account/messages", language="xx")
    assert refused.status_code == 422 and "is not a language we write" in refused.text


def test_a_driver_reads_what_was_said(client: Browser, lived: Scene) -> None:
    told(lived)
    page = client.sign_in("ada").get("/account/messages").text
    assert "Booked: Market Square" in page and "Your booking" not in page


def test_operators_see_what_failed_first_and_have_it_tried_again(client: Browser, lived: Scene) -> None:
    told(lived)
    page = client.sign_in("ops").get("/console/messages").text
    assert "1 message could not be sent" in page and page.index("550 no such user") < page.index("Kept here")
    assert client.submit(f"/console/messages/{FAILED}/again").status_code == 303
    with lived.transactions.begin() as store:
        notice = store.notices.notice(FAILED)
        assert notice is not None and notice.state is NoticeState.WAITING
        assert FAILED in {one.work.notice_id for one in store.outbox.open_items("notice")}  # type: ignore[union-attr]
    assert client.submit(f"/console/messages/{FAILED}/again").status_code == 409


def test_an_address_of_the_operators_system_gets_a_secret_that_is_shown_once(client: Browser, scene: Scene) -> None:
    client.sign_in("ops")
    shown = client.submit("/console/messages/hook", url="https://erp.example/hook")
    with scene.transactions.begin() as store:
        kept = store.notices.hook(scene.operator_id)
    assert kept is not None and kept.url == "https://erp.example/hook" and kept.secret in shown.text
    assert kept.secret not in client.get("/console/messages").text
    for bad in ("http://erp.example", "https://erp.example/a b", "javascript:alert(1)", "https://x\r\nHost: y"):
        assert client.submit("/console/messages/hook", url=bad).status_code == 422
    assert client.submit("/console/messages/hook", url="").status_code == 200
    with scene.transactions.begin() as store:
        assert store.notices.hook(scene.operator_id).url == ""  # type: ignore[union-attr]


def test_a_rivals_message_is_not_there(client: Browser, scene: Scene) -> None:
    with scene.transactions.begin() as store:
        failed_message(store, scene)
    client.sign_in("ada")
    assert client.submit(f"/console/messages/{FAILED}/again").status_code == 403
