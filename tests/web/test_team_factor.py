"""A team that requires a second factor: no access without it, help for a lost one, and emailed invitations."""

import re

import pytest

from forecourt.drivers import Duty
from forecourt.web import create_app

from .conftest import PASSWORD, Browser, Scene
from .role_scene import filled, peopled
from .test_roles import ROWS
from .test_second_factor import PAGE, is_in, letters, set_up, with_factor
from .test_team import MIA, with_mia

# What is nobody's in particular: files, and what machines ask for without a sign-in.
OPEN = {
    "GET /static/{file_path}",
    "GET /.well-known/oauth-authorization-server",
    "GET /health/live",
    "GET /health/ready",
    "GET /metrics",
    "GET /open/{operator_id}/datex2/static.xml",
    "GET /open/{operator_id}/datex2/status.xml",
    "POST /login/company/{operator_id}/logout",
    "POST /oauth/revoke",
    "POST /oauth/token",
    "POST /webhooks/payments",
}
ALLOWED = {f"GET {PAGE}", f"POST {PAGE}", "POST /logout", "POST /language", "POST /theme"}


def needed(scene: Scene, client: Browser) -> None:
    client.sign_in("ops")
    assert client.submit("/console/team/factors", needed="on").status_code == 303


@pytest.fixture(scope="module")
def strict():
    """The whole scene of roles, in which the operator's person has no second factor and needs one."""
    scene = Scene()
    scene.build()
    the = peopled(scene)
    with Browser(app=create_app(scene.ports())) as client:
        needed(scene, client)
        yield client, the


@pytest.mark.parametrize("route", sorted(set(ROWS) - OPEN - ALLOWED))
def test_no_route_answers_staff_without_the_required_second_factor(strict, route):
    client, the = strict
    method, call = route.split()[0], filled(route, the)
    client.cookies.clear()
    client.sign_in("ops")
    body = {} if method == "GET" else {"json" if call.path.startswith("/api/") else "data": call.body}
    got = client.request(method, call.path, follow_redirects=False, **body)
    if call.path.startswith("/api/"):
        assert (got.status_code, got.json()["code"]) == (403, "factor_first")
    else:
        assert (got.status_code, got.headers["location"]) == (303, PAGE)


def test_staff_without_a_second_factor_set_it_up_after_the_password_and_continue(client, scene):
    needed(scene, client)
    client.cookies.clear()
    assert client.submit("/login", email="ops@example.org", password=PASSWORD).headers["location"] == "/console"
    assert "Your team requires a second factor." in client.get("/console").text
    assert "Recovery codes" in set_up(client)[1].text
    assert client.get("/console", follow_redirects=False).status_code == 200


def test_drivers_and_api_tokens_need_no_team_second_factor(client, scene, one_app):
    needed(scene, client)
    client.cookies.clear()
    assert is_in(client.sign_in("ada"))
    token = re.findall(r'<code class="wrap">([^<]+)<', _token_page(client, scene))
    client.cookies.clear()
    assert client.get("/api/v1/prices?site=market", headers={"authorization": f"Bearer {token[0]}"}).status_code == 200


def _token_page(client: Browser, scene: Scene) -> str:
    """A token made by somebody who has the factor, which is then taken off."""
    ops = with_factor(scene, "ops")
    shown = client.sign_in("ops").submit("/account/tokens", label="Till").text
    with scene.transactions.begin() as store:
        store.factors.drop(ops.id)
    return str(shown)


def test_a_colleague_can_disable_a_lost_second_factor_once(client, scene):
    with_mia(scene, Duty.SITES)
    with_factor(scene, "mia")
    client.sign_in("ops")
    assert "In the team, with a second factor" in client.get("/console/team").text
    assert client.submit(f"/console/team/{MIA}/factor-off").status_code == 303
    assert "with a second factor" not in client.get("/console/team").text and letters(scene) == ["factor_off"]
    assert client.submit(f"/console/team/{MIA}/factor-off").status_code == 409


def test_staff_cannot_disable_their_own_second_factor_on_the_team_page(client, scene):
    ops = with_factor(scene, "ops")
    client.sign_in("ops")
    assert client.submit(f"/console/team/{ops.id}/factor-off").status_code == 409
    assert f"{ops.id}/factor-off" not in client.get("/console/team").text


def test_with_email_configured_an_invitation_is_emailed_and_its_link_not_shown(client, scene, one_app):
    one_app.state.ports = scene.ports(sends_email=True)
    client.sign_in("ops")
    shown = client.submit("/console/team", email="lea@example.org", money="on").text
    assert "An email is on its way to lea@example.org." in shown and "/password/" not in shown
    with scene.transactions.begin() as store:
        lea = store.drivers.account_by_email("lea@example.org")
    again = client.submit(f"/console/team/{lea.id}/link").text
    assert "/password/" not in again and letters(scene) == ["team_invited"] * 2
