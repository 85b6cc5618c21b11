"""Drivers' message settings, push subscriptions, and the console's messages and webhooks."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import forecourt
from forecourt.flows.desk import WEBHOOK_LANE_PREFIX, Subscription, add_device
from forecourt.notices import NoticeKind, NoticeState, Topic, Webhook
from forecourt.web.people.devices import browser_of
from forecourt.web.queries.console_labels import ACTION_LABELS, NOTICE_LABELS

from .conftest import NOW, Browser, Scene
from .messages_scene import CALLED, FAILED, HOOK_ID, event_sent, failed_message, told


def test_a_driver_chooses_which_notices_to_get_and_in_which_language(client: Browser, scene: Scene) -> None:
    client.sign_in("ada")
    assert client.submit("/account/messages", language="de", queue="1").status_code == 303
    with scene.transactions.begin() as store:
        assert store.drivers.driver(scene.ada).language == "de"
        assert store.notices.choices(scene.operator_id, scene.ada).off == (Topic.BOOKINGS, Topic.CHARGING)
    page = client.get("/account/messages").text
    assert page.count(" checked") == 1 and "Noted" not in page
    refused = client.submit("/account/messages", language="xx")
    assert refused.status_code == 422 and "is not a language we offer" in refused.text


def test_a_driver_sees_the_subjects_of_sent_notices(client: Browser, lived: Scene) -> None:
    told(lived)
    page = client.sign_in("ada").get("/account/messages").text
    assert "Booked: Market Square" in page and "Your booking" not in page


def test_an_unsent_email_is_listed_with_its_future_subject(client: Browser, scene: Scene) -> None:
    with scene.transactions.begin() as store:
        failed_message(store, scene)
        store.notices.put(replace(store.notices.notice(FAILED), subject="", text=""))  # type: ignore[type-var]
    client.sign_in("ada").submit("/language", language="de")
    assert "<summary><span>Rechnung INV-2026-000001<br>" in client.get("/account/messages").text


def test_failed_notices_are_listed_first_and_staff_can_retry_them(client: Browser, lived: Scene) -> None:
    told(lived)
    page = client.sign_in("ops").get("/console/messages").text
    assert "1 message could not be sent" in page and page.index("550 no such user") < page.index("Not sent")
    assert client.submit(f"/console/messages/{FAILED}/again").status_code == 303
    with lived.transactions.begin() as store:
        notice = store.notices.notice(FAILED)
        assert notice is not None and notice.state is NoticeState.WAITING
        assert FAILED in {one.work.notice_id for one in store.outbox.open_items("notice")}  # type: ignore[union-attr]
    assert client.submit(f"/console/messages/{FAILED}/again").status_code == 409


HOOKS = "/console/messages/hooks"


def hook_of(scene: Scene) -> Webhook:
    with scene.transactions.begin() as store:
        (found,) = store.notices.hooks(scene.operator_id)
    return found


def form(hook: Webhook, **changes: object) -> dict[str, object]:
    return {"url": hook.url, "name": hook.name, "all_events": "1", "all_sites": "1"} | changes


def test_the_secret_of_a_new_webhook_is_shown_once(client: Browser, scene: Scene) -> None:
    shown = client.sign_in("ops").submit(HOOKS, url="https://erp.example/hook", name="Accounting")
    hook = hook_of(scene)
    assert hook.url == "https://erp.example/hook" and hook.secret in shown.text and "Accounting" in client.get(HOOKS).text
    assert hook.secret not in client.get(f"{HOOKS}/{hook.id}").text
    for bad in ("", "http://erp.example", "https://erp.example/a b", "javascript:alert(1)", "https://x\r\nHost: y"):
        assert client.submit(HOOKS, url=bad).status_code == client.submit(f"{HOOKS}/{hook.id}", **form(hook, url=bad)).status_code == 400
    assert hook_of(scene) == hook


def test_an_eleventh_webhook_is_refused(client: Browser, scene: Scene) -> None:
    client.sign_in("ops")
    assert [client.submit(HOOKS, url=f"https://erp.example/{n}").status_code for n in range(11)] == [200] * 10 + [409]
    assert "Add a webhook" not in client.get(HOOKS).text


def test_a_webhooks_events_and_sites_are_selected_and_a_new_address_keeps_the_secret(client: Browser, scene: Scene) -> None:
    client.sign_in("ops").submit(HOOKS, url="https://erp.example/hook")
    hook = hook_of(scene)
    assert hook.events is None and hook.sites is None
    chosen = {"all_events": "0", "events": ["invoice", "payout_sent"], "all_sites": "0", "sites": "market"}
    assert client.submit(f"{HOOKS}/{hook.id}", **form(hook, url="https://erp.example/other", **chosen)).status_code == 303
    changed = hook_of(scene)
    assert (changed.events, len(changed.sites or ())) == ((NoticeKind.INVOICE, NoticeKind.PAYOUT_SENT), 1)
    assert (changed.url, changed.secret) == ("https://erp.example/other", hook.secret)
    page = client.get(f"{HOOKS}/{hook.id}").text
    assert page.count("checkbox") > 40 and page.count(" checked") == 5
    given = {"all_events": "0", "events": "turn", "all_sites": "0", "sites": "market"}
    for wrong in ({"events": []}, {"events": "password_link"}, {"events": "test"}, {"sites": []}, {"sites": "moon"}):
        refused = client.submit(f"{HOOKS}/{hook.id}", **form(hook, **given | wrong))
        assert refused.status_code in (400, 422), wrong
    assert client.submit(f"{HOOKS}/{hook.id}", **form(hook, seen="old")).status_code == 409 and hook_of(scene) == changed


def test_a_webhooks_secret_is_renewed_and_it_is_paused_resumed_and_removed(client: Browser, scene: Scene) -> None:
    client.sign_in("ops").submit(HOOKS, url="https://erp.example/hook")
    at, before = f"{HOOKS}/{hook_of(scene).id}", hook_of(scene)
    shown, replaced = client.submit(f"{at}/secret"), hook_of(scene)
    assert replaced.secret in shown.text and replaced.secrets_at(NOW) == (replaced.secret, before.secret)
    states = [(client.submit(f"{at}/state", do=do).status_code, hook_of(scene).state.value) for do in ("pause", "pause", "resume", "burn")]
    assert states == [(303, "paused"), (303, "paused"), (303, "active"), (400, "active")]
    assert client.submit(f"{at}/state", do="remove").status_code == 303 and client.get(at).status_code == 404
    with scene.transactions.begin() as store:
        assert not store.notices.hooks(scene.operator_id)
    assert "Webhook removed" in client.get("/console/audit").text


def test_staff_send_a_test_event_see_each_response_and_resend_an_event(client: Browser, scene: Scene) -> None:
    with scene.transactions.begin() as store:
        event_sent(store, scene)
    at = f"{HOOKS}/{HOOK_ID}"
    page = client.sign_in("ops").get(at).text
    assert "after 37 ms" in page and "try later" in page and "taken, thank you" in page
    posts = [client.submit(where).status_code for where in (f"{at}/test", *[f"{HOOKS}/sent/{CALLED}/again"] * 2)]
    assert posts == [303, 303, 409]
    with scene.transactions.begin() as store:
        open_items = store.outbox.open_items(f"{WEBHOOK_LANE_PREFIX}{HOOK_ID}")
        waiting = {store.notices.notice(one.work.notice_id).kind for one in open_items}  # type: ignore[union-attr]
    assert waiting == {NoticeKind.TEST, NoticeKind.INVOICE}


def test_drivers_cannot_retry_notices(client: Browser, scene: Scene) -> None:
    with scene.transactions.begin() as store:
        failed_message(store, scene)
    client.sign_in("ada")
    assert client.submit(f"/console/messages/{FAILED}/again").status_code == 403


def test_a_push_device_is_added_listed_and_removed_by_its_driver_only(client: Browser, scene: Scene) -> None:
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


def test_signing_out_unsubscribes_this_browser_from_push_but_no_other(client: Browser, scene: Scene) -> None:
    with scene.transactions.begin() as store:
        add_device(store, scene.ada, Subscription("https://push.example/2", "p" * 87, "a" * 22, "Another"), NOW, scene.ids)
    client.sign_in("ada")
    client.submit("/account/devices", endpoint="https://push.example/1", p256dh="p" * 87, auth="a" * 22)
    assert client.cookies.get("fc_device")
    assert client.submit("/logout").status_code == 303
    with scene.transactions.begin() as store:
        assert [one.label for one in store.notices.devices_of(scene.ada)] == ["Another"]
    assert not client.cookies.get("fc_device")


def test_a_forged_device_cookie_unsubscribes_no_device(client: Browser, scene: Scene) -> None:
    with scene.transactions.begin() as store:
        kept = add_device(store, scene.ada, Subscription("https://push.example/2", "p" * 87, "a" * 22), NOW, scene.ids)
    client.sign_in("ada").cookies.set("fc_device", f"{kept.id}.{'0' * 64}")
    assert client.submit("/logout").status_code == 303
    with scene.transactions.begin() as store:
        assert store.notices.devices_of(scene.ada) == [kept]


def test_topics_of_push_notices_are_selected_on_the_page(client: Browser, scene: Scene) -> None:
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
def test_a_browser_is_named_from_its_user_agent(agent: str, name: str) -> None:
    assert browser_of(agent) == name


def test_the_service_worker_is_served_at_the_root_uncached(client: Browser) -> None:
    script = client.get("/sw.js")
    assert script.headers["content-type"].startswith("text/javascript") and "showNotification" in script.text
    assert script.headers["cache-control"] == "no-cache"


def test_every_notice_kind_and_audit_action_has_a_label():
    assert set(NOTICE_LABELS) == set(NoticeKind)
    folders = (Path(forecourt.__file__).parent / edge for edge in ("flows", "web"))
    call = re.compile(r"(?:(?<!add_)note|_log|AuditEntry)\((?:[^()]|\([^()]*\))*?\"([a-z]+[._][a-z_]+)\"")
    logged = {name for folder in folders for path in folder.rglob("*.py") for name in call.findall(path.read_text())}
    assert len(logged) > 50 and logged <= set(ACTION_LABELS)
