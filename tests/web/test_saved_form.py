"""A form sent after the sign-in has expired: its input is restored after the next sign-in, to the same account only."""

from datetime import UTC, datetime, timedelta

import pytest

from forecourt.drivers import SignIn
from forecourt.web.frame.sealing import digest

from .conftest import PASSWORD
from .forms import forms_of

LONG = " ".join(str(number * 7919) for number in range(500))
DETAILS, SAID = "/account/details", "You are no longer signed in"


def sent_too_late(client, path=DETAILS, who="ada", **typed):
    """A form filled in while signed in and sent after the sign-in has ended."""
    page = client.sign_in(who).get(path).text
    fields = {name: values[0] for name, values in forms_of(page, path)[-1].values.items()}
    client.cookies.delete("fc_session")
    return client.post(path, data=fields | typed, headers={"referer": f"http://testserver.local{path}"}, follow_redirects=False)


def signed_in_again(client, late, email="ada@example.org"):
    (asked,) = [one for one in forms_of(client.get(late.headers["location"]).text, "/login") if "password" in one.asks]
    return client.get(
        client.submit("/login", email=email, password=PASSWORD, back=asked.values["back"][0]).headers["location"], follow_redirects=False
    )


def test_a_form_sent_after_the_sign_in_expired_is_restored_and_submitted_by_a_click(scene, client):
    late = sent_too_late(client, name="Ada <Lovelace>")
    assert "what you entered will be there again" in client.get(late.headers["location"]).text
    page = signed_in_again(client, late).text
    assert "Ada &lt;Lovelace&gt;" in page and f'href="{DETAILS}"' in page and name_of(scene) == "Ada Lindgren", "nothing by itself"
    (form,) = [one for one in forms_of(page, "/typed") if one.buttons[0][0] == DETAILS]
    assert client.post(DETAILS, data=form.values, follow_redirects=False).status_code == 303 and name_of(scene) == "Ada <Lovelace>"


def test_a_restored_form_is_not_shown_to_another_account(scene, client):
    other = signed_in_again(client, sent_too_late(client, name="Ada Lovelace"), "bob@example.org")
    assert other.status_code == 303 and other.headers["location"] == "/"


@pytest.mark.parametrize(
    ("path", "typed"),
    [("/account/email", {"email": "a@new.example", "password": "secret words"}), (DETAILS, {"name": "A", "address": LONG})],
)
def test_a_form_with_a_password_or_too_much_text_is_not_stored_but_shown_for_copying(client, path, typed):
    late = sent_too_late(client, path, **typed)
    assert late.status_code == 401 and SAID in late.text and "fc_typed" not in client.cookies and "secret words" not in late.text
    assert next(iter(typed.values())) in late.text and f"/login?back={path}" in late.text


def test_a_form_sent_after_signing_in_again_elsewhere_is_submitted_by_a_click(scene, client):
    page = client.sign_in("ada").get(DETAILS).text
    fields = {name: values[0] for name, values in forms_of(page, DETAILS)[-1].values.items()} | {"name": "Ada Lovelace"}
    with scene.transactions.begin() as store:
        account, now = store.drivers.account_by_email("ada@example.org"), datetime.now(UTC)
        store.drivers.put_sign_in(SignIn(digest("anew"), account.id, now, now + timedelta(days=1)))
    again = client.sign_in("anew").post(DETAILS, data=fields)
    assert again.status_code == 403 and "Send now" in again.text and name_of(scene) == "Ada Lindgren"
    assert "Send now" not in client.sign_in("bob").post(DETAILS, data=fields).text


def test_a_form_sent_from_another_origin_is_not_stored(client):
    client.get("/login")
    foreign = client.post(DETAILS, data={"name": "Eve", "_csrf": "a.b"}, headers={"origin": "https://evil.example"}, follow_redirects=False)
    assert foreign.status_code == 303 and "fc_typed" not in client.cookies


def name_of(scene):
    with scene.transactions.begin() as store:
        return store.drivers.driver(scene.ada).name
