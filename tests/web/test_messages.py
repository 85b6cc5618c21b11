"""What drivers choose to hear, and what operators see of it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import forecourt
from forecourt.flows.desk import Subscription, add_device
from forecourt.notices import NoticeKind, NoticeState, Topic, Webhook
from forecourt.web.people.devices import browser_of
from forecourt.web.queries.console_labels import ACTION_LABELS, NOTICE_LABELS

from .conftest import NOW, Browser, Scene
from .messages_scene import CALLED, FAILED, event_sent, failed_message, told


def test_a_driver_chooses_what_to_hear_and_in_which_language(client: Browser, scene: Scene) -> None:
    client.sign_in("ada")
    assert client.submit("/account/messages", language="de", queue="1").status_code == 303
    with scene.transactions.begin() as store:
        assert store.drivers.driver(scene.ada).language == "de"
        assert store.notices.choices(scene.operator_id, scene.ada).off == (Topic.BOOKINGS, Topic.CHARGING)
    page = client.get("/account/messages").text
    assert page.count(" checked") == 1 and "Noted" not in page
    refused = client.submit("/account/messages", language="xx")
    assert refused.status_code == 422 and "is not a language we offer" in refused.text


def test_a_driver_reads_what_was_said(client: Browser, lived: Scene) -> None:
    told(lived)
    page = client.sign_in("ada").get("/account/messages").text
    assert "Booked: Market Square" in page and "Your booking" not in page


def test_a_letter_on_its_way_is_listed_by_the_subject_it_will_have(client: Browser, scene: Scene) -> None:
    with scene.transactions.begin() as store:
        failed_message(store, scene)
        store.notices.put(replace(store.notices.notice(FAILED), subject="", text=""))  # type: ignore[type-var]
    client.sign_in("ada").submit("/language", language="de")
    assert "<summary><span>Rechnung INV-2026-000001<br>" in client.get("/account/messages").text


def test_operators_see_what_failed_first_and_have_it_tried_again(client: Browser, lived: Scene) -> None:
    told(lived)
    page = client.sign_in("ops").get("/console/messages").text
    assert "1 message could not be sent" in page and page.index("550 no such user") < page.index("Not sent")
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
    assert kept.secret not in client.get("/console/messages/hook").text
    for bad in ("http://erp.example", "https://erp.example/a b", "javascript:alert(1)", "https://x\r\nHost: y"):
        assert client.submit("/console/messages/hook", url=bad).status_code == 400
    assert client.submit("/console/messages/hook", url="").status_code == 200
    with scene.transactions.begin() as store:
        assert store.notices.hook(scene.operator_id).url == ""  # type: ignore[union-attr]


def hook_of(scene: Scene) -> Webhook:
    with scene.transactions.begin() as store:
        found = store.notices.hook(scene.operator_id)
    assert found is not None
    return found


def test_an_operators_system_hears_what_is_chosen_and_a_new_address_changes_nothing_about_that(client: Browser, scene: Scene) -> None:
    hook = "/console/messages/hook"
    client.sign_in("ops").submit(hook, url="https://erp.example/hook")
    assert hook_of(scene).events is None and hook_of(scene).receives(NoticeKind.TURN)
    chosen = {"all_events": "0", "events": ["invoice", "payout_sent"]}
    assert client.submit(f"{hook}/events", **chosen).status_code == 303
    client.submit(hook, url="https://erp.example/other")
    assert hook_of(scene).events == (NoticeKind.INVOICE, NoticeKind.PAYOUT_SENT)
    assert client.get(hook).text.count("checkbox") > 40 and client.get(hook).text.count(" checked") == 3
    for wrong in ({"all_events": "0"}, {"all_events": "0", "events": "password_link"}, {"all_events": "0", "events": "test"}):
        assert client.submit(f"{hook}/events", **wrong).status_code in (400, 422)
    assert client.submit(f"{hook}/events", **chosen | {"seen": "old"}).status_code == 409
    assert client.submit(f"{hook}/events", all_events="1").status_code == 303 and hook_of(scene).events is None


def test_staff_send_a_test_read_the_answer_and_send_an_event_again(client: Browser, scene: Scene) -> None:
    hook = "/console/messages/hook"
    assert client.sign_in("ops").submit(f"{hook}/test").status_code == 409, "there is no address"
    with scene.transactions.begin() as store:
        event_sent(store, scene)
    assert "204" in (page := client.get(hook).text) and "after 37 ms" in page
    assert [client.submit(f"{hook}/{at}").status_code for at in ("test", f"{CALLED}/again", f"{CALLED}/again")] == [303, 303, 409]
    with scene.transactions.begin() as store:
        waiting = {store.notices.notice(one.work.notice_id).kind for one in store.outbox.open_items("notice")}  # type: ignore[union-attr]
    assert waiting == {NoticeKind.TEST, NoticeKind.INVOICE}


def test_a_rivals_message_is_not_there(client: Browser, scene: Scene) -> None:
    with scene.transactions.begin() as store:
        failed_message(store, scene)
    client.sign_in("ada")
    assert client.submit(f"/console/messages/{FAILED}/again").status_code == 403


def test_a_browser_is_added_listed_and_removed_by_its_driver_alone(client: Browser, scene: Scene) -> None:
    client.sign_in("ada")
    given = {"endpoint": "https://push.example/1", "p256dh": "p" * 87, "auth": "a" * 22}
    assert 'id="push-form"' in client.get("/account/messages").text
    assert client.submit("/account/devices", **given).status_code == client.submit("/account/devices", **given).status_code == 303
    with scene.transactions.begin() as store:
        (device,) = store.notices.devices_of(scene.ada)
    assert device.label in client.get("/account/messages").text
    refused = client.submit("/account/devices", **given | {"endpoint": "http://10.0.0.1/"})
    assert refused.status_code == 422 and "push service" in refused.text
    client.cookies.clear()
    assert client.sign_in("bob").submit(f"/account/devices/{device.id}/remove").status_code == 404
    client.cookies.clear()
    assert client.sign_in("ada").submit(f"/account/devices/{device.id}/remove").status_code == 303
    assert "None yet" in client.get("/account/messages").text


def test_who_signs_out_is_not_told_in_this_browser_any_more_but_in_their_others(client: Browser, scene: Scene) -> None:
    with scene.transactions.begin() as store:
        add_device(store, scene.ada, Subscription("https://push.example/2", "p" * 87, "a" * 22, "Another"), NOW, scene.ids)
    client.sign_in("ada")
    client.submit("/account/devices", endpoint="https://push.example/1", p256dh="p" * 87, auth="a" * 22)
    assert client.cookies.get("fc_device")
    assert client.submit("/logout").status_code == 303
    with scene.transactions.begin() as store:
        assert [one.label for one in store.notices.devices_of(scene.ada)] == ["Another"]
    assert not client.cookies.get("fc_device")


def test_a_forged_mark_of_a_device_removes_nothing(client: Browser, scene: Scene) -> None:
    with scene.transactions.begin() as store:
        kept = add_device(store, scene.ada, Subscription("https://push.example/2", "p" * 87, "a" * 22), NOW, scene.ids)
    client.sign_in("ada").cookies.set("fc_device", f"{kept.id}.{'0' * 64}")
    assert client.submit("/logout").status_code == 303
    with scene.transactions.begin() as store:
        assert store.notices.devices_of(scene.ada) == [kept]


def test_what_is_pushed_is_chosen_on_the_page(client: Browser, scene: Scene) -> None:
    client.sign_in("ada").submit("/account/messages", language="en", bookings="1", push_queue="1")
    with scene.transactions.begin() as store:
        chosen = store.notices.choices(scene.operator_id, scene.ada)
    assert set(chosen.push_off) == {Topic.BOOKINGS, Topic.CHARGING, Topic.MONEY} and Topic.BOOKINGS not in chosen.off


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Android 14; Mobile; rv:131.0) Gecko/131.0 Firefox/131.0", "Firefox on Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"),
        ("curl/8.0", "A browser"),
    ],
)
def test_a_browser_is_called_what_people_call_it(agent: str, name: str) -> None:
    assert browser_of(agent) == name


def test_the_script_that_shows_pushes_is_for_the_whole_site(client: Browser) -> None:
    script = client.get("/sw.js")
    assert script.headers["content-type"].startswith("text/javascript") and "showNotification" in script.text
    assert script.headers["cache-control"] == "no-cache"


def test_every_message_and_every_entry_of_the_log_is_called_something():
    assert set(NOTICE_LABELS) == set(NoticeKind)
    folders = (Path(forecourt.__file__).parent / edge for edge in ("flows", "web"))
    call = re.compile(r"(?:(?<!add_)note|_log|AuditEntry)\((?:[^()]|\([^()]*\))*?\"([a-z]+[._][a-z_]+)\"")
    logged = {name for folder in folders for path in folder.rglob("*.py") for name in call.findall(path.read_text())}
    assert len(logged) > 50 and logged <= set(ACTION_LABELS)
