"""The operator's staff accounts: duties, read-only staff, staff limited to some sites, and links for new members."""

import html
import re
from dataclasses import replace
from uuid import UUID

from forecourt.drivers import Account, Duty, Role
from forecourt.flows.desk import Staff, account_by_password_key, set_sites
from forecourt.web.frame.sealing import digest

from .conftest import HARBOUR, NOW, Browser, Scene
from .offers_scene import sign_in

MIA = UUID(int=61)


def with_mia(scene: Scene, *duties: Duty) -> None:
    with scene.transactions.begin() as store:
        store.drivers.put_account(mia := Account(MIA, scene.operator_id, "mia@example.org", Role.OPERATOR, "hash", duties=duties))
        sign_in(store, "mia", mia)


def added(client: Browser, **form: str) -> str:
    client.sign_in("ops")
    return client.submit("/console/team", email="lea@example.org", **form).text


def test_the_link_for_a_new_team_member_is_shown_once(scene: Scene, client: Browser) -> None:
    shown = added(client, money="on", team="on")
    (key,) = re.findall(r"/password/([^<\s]+)</code>", shown)
    with scene.transactions.begin() as store:
        lea = account_by_password_key(store, scene.ports().secret_key, key, NOW)
        assert lea is not None
        assert (lea.email, lea.duties) == ("lea@example.org", (Duty.MONEY, Duty.TEAM))
    assert "/password/" not in client.get("/console/team").text


def test_a_known_email_address_is_refused_and_the_ticked_duties_stay(client: Browser) -> None:
    client.sign_in("ops")
    answer = client.submit("/console/team", email="ops@example.org", money="on")
    assert answer.status_code == 400
    assert "There is already an account with this email address." in answer.text
    assert 'name="money" id="new-money" checked' in answer.text


def test_read_only_staff_see_pages_without_forms_and_their_changes_are_refused(scene: Scene, client: Browser) -> None:
    with_mia(scene)
    client.sign_in("mia")
    page = client.get("/console/team").text
    assert "You can view this page but not change it." in page
    assert 'action="/console/team' not in page
    refused = client.submit("/console/messages/retention", days="90")
    assert refused.status_code == 403
    assert "You can view this but not change it." in refused.text


def test_read_only_staff_see_stored_values_in_disabled_fields(lived: Scene, client: Browser) -> None:
    with_mia(lived)
    at_site = [f"/console/sites/market/{page}" for page in ("limits", "power", "plant")]
    for page in (*at_site, "/console/company", "/console/queue", "/console/dunning", "/console/wallets", "/console/revenue/market"):
        looks, changes = client.sign_in("mia").get(page).text, client.sign_in("ops").get(page).text
        kept = re.compile(r' holds" method="post"[^>]*>[^>]*><fieldset class="as-it-stands[^"]*"( disabled)?>')
        assert set(kept.findall(looks)) == {" disabled"} and set(kept.findall(changes)) == {""}, page


def test_a_duty_allows_changes_on_its_pages_only(scene: Scene, client: Browser) -> None:
    with_mia(scene, Duty.SITES)
    client.sign_in("mia")
    assert client.submit("/console/sites/market/commissioning", strict="on").status_code == 303
    assert client.submit("/console/disputes/rule", rule="LOST").status_code == 403
    assert "not change it" not in client.get("/console/chargers").text
    assert "not change it" in client.get("/console/documents").text


def test_staff_limited_to_some_sites_see_and_change_only_these(scene: Scene, client: Browser) -> None:
    with_mia(scene, *Duty)
    client.sign_in("ops")
    assert client.submit(f"/console/team/{MIA}/sites", sites=str(HARBOUR)).status_code == 303
    assert "Only at Harbour Car Park" in client.get("/console/team").text
    client.sign_in("mia")
    first = client.get("/console")
    assert first.url.path == "/console/network" and "Harbour Car Park" in first.text and "Market Square" not in first.text
    assert "/console/ledger" not in first.text and "/console/find" not in first.text
    assert "Market" not in client.get("/console/network/places.json").text
    chargers = client.get("/console/chargers").text
    assert "Harbour Car Park" in chargers and "Market" not in chargers
    for page in ("sessions", "bookings", "queue"):
        shown = client.get(f"/console/{page}").text
        assert "Harbour Car Park" in shown and "Market Square" not in shown and not re.search(r'name="site"[^>]*><option[^>]*>All<', shown)
        assert client.get(f"/console/{page}?site=market").status_code == 404
    uptimes = client.get("/console/availability?site=harbour").text
    assert "Harbour Car Park" in uptimes and "Market Square" not in uptimes and client.get("/console/availability").status_code == 403
    assert client.submit("/console/sites/harbour/commissioning", strict="on").status_code == 303
    assert client.submit("/console/sites/market/commissioning", strict="on").status_code == 404
    refused = client.get("/console/ledger")
    assert refused.status_code == 403 and "for the whole operator" in refused.text


def walked(client: Browser, ways: list[str]) -> dict[str, tuple[str, str]]:
    """Each kind of page of the console that links and forms lead to: by its kind, its address and where it was offered."""
    seen: dict[str, tuple[str, str]] = {}
    while ways:
        here = client.get(ways.pop(0))
        for found in re.findall(r'(?:href|method="post" action)="(/console[^"#]*)', here.text):
            way = html.unescape(found)
            kind = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|CP-\d\d|\d{4}-\d\d-\d\d|(?<==)[^&]*", "*", way)
            if kind not in seen and not way.endswith(".csv"):
                seen[kind] = way, str(here.url)
                ways += [way] if f'href="{found}' in here.text else []
    return seen


def test_staff_limited_to_some_sites_are_shown_no_link_or_form_that_refuses_them(lived: Scene, client: Browser) -> None:
    with_mia(lived, *Duty)
    with lived.transactions.begin() as store:
        set_sites(store, Staff(lived.operator_id, "ops", NOW, lived.ids), MIA, [lived.site_id])
    client.sign_in("mia")
    offered = walked(client, ["/console", f"/console/sessions/{lived.running[0]}"])
    assert len(offered) > 25
    answers = {way: client.get(way).status_code for way, _ in offered.values()}
    answers |= {way: client.submit(way).status_code for way, status in answers.items() if status == 405}  # a form's own address
    assert not {way: (answers[way], at) for way, at in offered.values() if answers[way] == 403 or answers[way] >= 500}


def test_api_tokens_of_staff_limited_to_some_sites_must_name_one_of_them(scene: Scene, client: Browser) -> None:
    with_mia(scene, *Duty)
    with scene.transactions.begin() as store:
        set_sites(store, Staff(scene.operator_id, "ops", NOW, scene.ids), MIA, [HARBOUR])
        store.drivers.put_sign_in(replace(store.drivers.sign_in(digest("mia")), digest=digest("api-mia"), api=True))
    client.headers.update({"authorization": "Bearer api-mia"})
    assert {one["site"] for one in client.get("/api/v1/chargers").json()} == {"harbour"}
    span = "start=2026-05-20T00:00:00Z&end=2026-06-02T00:00:00Z"
    for path in (f"sessions?{span}&", "availability?", "ocpi/bookings?", "ocpi/booking-locations?"):
        sites = ("site=harbour", "site=market", "", "site=", "site=harbour&site=market")
        assert [client.get(f"/api/v1/{path}{one}").status_code for one in sites] == [200, 404, 403, 404, 403], path


def test_the_last_team_manager_of_all_sites_cannot_be_limited_to_some_sites(scene: Scene, client: Browser) -> None:
    with_mia(scene, *Duty)
    client.sign_in("mia")
    with scene.transactions.begin() as store:
        ours = [one for one in store.drivers.team(scene.operator_id) if one.id != MIA]
    assert [client.submit(f"/console/team/{one.id}/close").status_code for one in ours] == [303] * len(ours)
    assert client.submit(f"/console/team/{MIA}/sites", sites=str(HARBOUR)).status_code == 409


def test_the_team_page_warns_of_duties_that_only_one_person_has(scene: Scene, client: Browser) -> None:
    with_mia(scene, Duty.MONEY)
    ops = UUID(int=90)
    assert "No one else is responsible for: Money" not in client.sign_in("ops").get("/console/team").text
    rest = {"sites": "on", "prices": "on", "team": "on"}
    client.submit(f"/console/team/{ops}/duties", **rest)
    page = client.get("/console/team").text
    assert page.count("No one else is responsible for: Money.") == 1 and "No one who can sign in" not in page
    client.submit(f"/console/team/{MIA}/close")
    assert "No one who can sign in is responsible for: Money." in client.get("/console/team").text


def test_closing_a_team_account_ends_its_session_at_once(scene: Scene, client: Browser) -> None:
    with_mia(scene, Duty.SITES)
    client.sign_in("ops")
    assert client.submit(f"/console/team/{MIA}/close").status_code == 303
    client.sign_in("mia")
    assert client.get("/console", follow_redirects=False).headers["location"].startswith("/login")
