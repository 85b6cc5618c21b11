"""In a real browser: the two scripts that subscribe to push and display messages. One line of script replaces its push service."""

import json

import pytest

from .test_browser import chromium, served, visit  # noqa: F401 - fixtures
from .test_guests_browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
SUBSCRIBED = """PushManager.prototype.subscribe = async () => ({ toJSON: () => (
    { endpoint: "https://push.example/1", keys: { p256dh: "p".repeat(87), auth: "a".repeat(22) } }) });"""
ONLY = """async told => {
    const shown = await (await navigator.serviceWorker.ready).getNotifications();
    return JSON.stringify(shown.map(one => [one.title, one.body, one.data.path])) === JSON.stringify([told]);
}"""


def test_a_button_subscribes_the_browser_and_push_messages_are_displayed(chromium, scene):  # noqa: F811
    with served(scene) as address:
        context = visit(chromium, address, "ada", viewport=PHONE)
        context.grant_permissions(["notifications"], origin=address)
        context.add_init_script(SUBSCRIBED)
        page = context.new_page()
        registered: list[str] = []
        wire = context.new_cdp_session(page)
        wire.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: registered.extend(one["registrationId"] for one in event["registrations"]),
        )
        wire.send("ServiceWorker.enable")
        page.goto(f"{address}/account/messages")
        page.get_by_role("button", name="Notify me on this device").click()
        page.get_by_role("button", name="Remove Chrome").wait_for(timeout=30_000)
        page.wait_for_function("async () => !!(await navigator.serviceWorker.ready).active", timeout=30_000)
        for body in ("Bay 3 is kept.", "Bay 4 is kept."):  # told again of the same thing, it shows the newer one alone
            pushed = json.dumps({"title": "Your turn", "body": body, "path": "/queue", "tag": "n1"})
            wire.send("ServiceWorker.deliverPushMessage", {"origin": address, "registrationId": registered[0], "data": pushed})
            page.wait_for_function(ONLY, arg=["Your turn", body, "/queue"], timeout=30_000)
        page.get_by_role("button", name="Remove Chrome").click()
        page.get_by_text("None yet.").wait_for(timeout=30_000)
