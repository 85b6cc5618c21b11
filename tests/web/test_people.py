"""Signing in and out, signing up, and the checks on every form."""

import pytest
from litestar.testing import RequestFactory

from forecourt.web.frame.visitor import identify_visitor, is_still_signed_in
from forecourt.web.people import login

from .apps import app_of
from .conftest import Browser


def test_the_right_password_opens_a_session_and_redirects_to_the_requested_page(client):
    answer = client.submit("/login", email="ADA@example.org", password="correct horse battery", back="/receipts")
    assert (answer.status_code, answer.headers["location"]) == (303, "/receipts")
    assert "HttpOnly" in answer.headers["set-cookie"] and "SameSite=lax" in answer.headers["set-cookie"]
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize(("email", "password"), [("ada@example.org", "wrong"), ("nobody@example.org", "correct horse battery")])
def test_a_wrong_password_and_an_unknown_email_are_answered_alike(client, email, password):
    answer = client.submit("/login", email=email, password=password)
    assert answer.status_code == 401 and "The email address or password is wrong." in answer.text


def test_after_five_wrong_passwords_even_the_right_one_is_blocked_for_a_while(client):
    for _ in range(5):
        client.submit("/login", email="ada@example.org", password="wrong")
    answer = client.submit("/login", email="ada@example.org", password="correct horse battery")
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0


def test_wrong_passwords_from_elsewhere_do_not_block_a_browser_that_signed_in_before(client, make_client, one_app):
    right = {"email": "ada@example.org", "password": "correct horse battery"}
    client.submit("/login", **right)
    client.submit("/logout")
    with make_client(app=one_app) as stranger:
        for _ in range(5):
            stranger.submit("/login", email="ada@example.org", password="wrong")
        assert stranger.submit("/login", **right).status_code == 429
    assert client.submit("/login", email="bob@example.org", password="wrong").status_code == 401
    assert client.submit("/login", **right).status_code == 303


def test_a_browser_that_signed_in_before_is_blocked_after_five_wrong_passwords_too(client):
    client.submit("/login", email="ada@example.org", password="correct horse battery")
    client.submit("/logout")
    for _ in range(5):
        client.submit("/login", email="ada@example.org", password="wrong")
    assert client.submit("/login", email="ada@example.org", password="correct horse battery").status_code == 429


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/%0d\r\nx"])
def test_sign_in_never_redirects_to_another_site(client, target):
    answer = client.submit("/login", email="ada@example.org", password="correct horse battery", back=target)
    assert answer.headers["location"] == "/"


def test_signing_out_ends_the_session_on_the_server(client, scene):
    client.submit("/login", email="ada@example.org", password="correct horse battery")
    kept = client.cookies["fc_session"]
    client.submit("/logout")
    assert "You are signed out." in client.get("/").text
    client.cookies.set("fc_session", kept)
    assert client.get("/account", follow_redirects=False).status_code == 303


async def test_an_open_live_page_notices_that_its_session_ended(client):
    client.submit("/login", email="ADA@example.org", password="correct horse battery")
    watching = RequestFactory(client.app).get("/charge/live", cookies=f"fc_session={client.cookies['fc_session']}")
    watching.scope["user"] = await identify_visitor(watching)
    assert watching.user.driver and await is_still_signed_in(watching)
    client.submit("/logout")
    assert not await is_still_signed_in(watching)


def test_over_https_session_cookies_have_the_host_prefix(scene):
    with Browser(app_of(scene.ports(secure_cookies=True)), base_url="https://testserver.local") as client:
        kept = client.submit("/login", email="ada@example.org", password="correct horse battery").headers.get_list("set-cookie")
        assert kept and all(one.startswith("__Host-fc_") and "Path=/;" in one and "Secure" in one and "Domain" not in one for one in kept)
        assert client.get("/account", follow_redirects=False).status_code == 200
        assert client.submit("/logout").status_code == 303
        client.sign_in("bob")  # by a cookie without that name, as a neighbour could set it
        assert client.get("/account", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("cookie", ["", "garbage", "ada.AAAA", "ada"])
def test_a_session_cookie_with_an_invalid_seal_is_ignored(client, cookie):
    client.cookies.set("fc_session", cookie)
    assert client.get("/account", follow_redirects=False).headers["location"].startswith("/login")


def test_error_pages_do_not_offer_a_sign_in_to_signed_in_users(client):
    for address in ("/charges", "/no/such/page"):  # only taken from a form; none at all
        page = client.sign_in("bob").get(address)
        assert page.status_code in (404, 405) and "Sign in" not in page.text


def test_a_new_driver_gets_an_account_and_is_signed_in(client):
    answer = client.submit("/register", name="Eve", email="eve@example.org", password="a long enough one")
    assert answer.status_code == 303 and "fc_session" in client.cookies
    assert "Eve" in client.get("/account").text


def test_signing_up_from_a_site_page_returns_to_it(client):
    assert 'href="/register?back=/sites/market"' in client.get("/login?back=/sites/market").text
    assert 'name="back" value="/sites/market"' in client.get("/register?back=/sites/market").text
    wrong = client.submit("/register", name="Eve", email="eve@example.org", password="short", back="/sites/market")
    assert 'name="back" value="/sites/market"' in wrong.text
    right = client.submit("/register", name="Eve", email="eve@example.org", password="a long enough one", back="/sites/market")
    assert right.headers["location"].startswith("/sites/market")


def test_sign_up_never_redirects_to_another_site(client):
    answer = client.submit("/register", name="Eve", email="eve@example.org", password="a long enough one", back="//evil.example")
    assert answer.headers["location"].split("?")[0] == "/"


def test_a_signed_out_visitor_is_shown_only_ways_to_start_without_an_account(client):
    told = client.get("/sites/market").text
    assert "Scan the code on the socket" in told and "Start from here" not in told


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": "", "email": "eve@example.org", "password": "a long enough one"}, "Enter your name"),
        ({"name": "Eve", "email": "nonsense", "password": "a long enough one"}, "name@example.org"),
        ({"name": "Eve", "email": "eve@example.org", "password": "short"}, "12 to 200 characters"),
        ({"name": "Eve", "email": "Ada@Example.org", "password": "a long enough one"}, "Sign in instead"),
    ],
)
def test_each_registration_mistake_is_marked_at_its_field(client, fields, told):
    answer = client.submit("/register", **fields)
    assert answer.status_code == 400 and told in answer.text and 'aria-invalid="true"' in answer.text


def test_a_form_without_a_csrf_token_is_refused(client):
    client.sign_in("ada").get("/")
    assert client.post("/account/tokens", data={"label": "x"}).status_code == 403


HERE = "http://testserver.local"


@pytest.mark.parametrize(
    ("page", "back"),
    [
        (f"{HERE}/sites/market?energy=40", "/sites/market%3Fenergy%3D40"),
        (f"{HERE}/charges", "/"),  # takes forms alone
        ("https://evil.example/account", "/"),
        ("", "/"),
    ],
)
def test_a_form_sent_while_signed_out_leads_to_sign_in_and_back_to_its_page(client, page, back):
    answer = client.post("/bookings", data={"site": "market"}, headers={"referer": page}, follow_redirects=False)
    assert answer.headers["location"] == f"/login?back={back}"
    assert "You are no longer signed in." in client.get("/login").text


def test_a_refused_form_links_back_to_its_page(client):
    answer = client.sign_in("ada").post("/account/details", data={"name": "Ada"}, headers={"referer": f"{HERE}/account/details"})
    assert answer.status_code == 403 and '<a class="button" href="/account/details">Back to the form</a>' in answer.text


def test_switching_the_language_on_an_error_page_returns_to_the_page_of_the_form(client):
    fields = {"_csrf": client.sign_in("ada").token(), "code": "none"}
    answer = client.post("/codes", data=fields, headers={"referer": f"{HERE}/membership"})
    assert answer.status_code == 400 and answer.text.count('name="back" value="/membership"') == 2
    assert 'value="none"' in answer.text


def test_a_csrf_token_of_another_user_is_refused(client):
    mine = client.sign_in("ada").token()
    client.sign_in("bob")
    assert client.post("/account/tokens", data={"_csrf": mine, "label": "x"}).status_code == 403


def test_a_form_from_another_origin_is_refused_even_with_a_token(client):
    token = client.sign_in("ada").token()
    answer = client.post("/logout", data={"_csrf": token}, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/console", "/console/ledger", "/console/sites/market", "/console/documents", "/console/design"])
def test_drivers_cannot_open_the_console(client, path):
    assert client.get(path, follow_redirects=False).status_code == 303
    assert client.sign_in("ada").get(path).status_code == 403
    assert client.sign_in("ops").get(path).status_code == 200


def test_staff_see_no_driver_links_beside_the_site_list(client):
    page = client.sign_in("ops").get("/").text
    assert [way for way in ("/bookings", "/charge", "/receipts") if f'<a href="{way}"' in page] == []
    assert 'href="/console"' in page and 'href="/account"' in page


def test_the_colour_theme_is_stored_without_scripts(client):
    assert client.submit("/theme", theme="dark", back="/login").headers["location"] == "/login"
    assert 'data-theme="dark"' in client.get("/").text


def test_a_sign_in_without_a_free_hashing_slot_is_answered_503(client):
    with login.hashing_slot(), login.hashing_slot():
        answer = client.submit("/login", email="ada@example.org", password="correct horse battery")
    assert answer.status_code == 503 and answer.headers["retry-after"]


def test_without_email_registrations_from_one_address_are_rate_limited(client):
    forms = [{"name": "Eve", "email": f"eve{number}@example.org", "password": "a long enough one"} for number in range(31)]
    answers = [client.submit("/register", **form).status_code for form in forms]
    assert answers == [303] * 30 + [429]
