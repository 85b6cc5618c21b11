"""Another e-mail address: proved by a link to the new one, told to the old one, which can take it back."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from forecourt.flows.desk import CONFIRM_LIFETIME, UNDO_LIFETIME, EmailChange, email_change_key
from forecourt.flows.privacy import erase_driver

from .conftest import KEY, NOW, PASSWORD
from .test_passwords import NEW, account_of, enters, letters

THEIRS, OURS = "ada@example.org", "ada@new.example"


@pytest.fixture
def ada(client, scene, one_app):
    one_app.state.ports = scene.ports(sends_email=True)
    return client.sign_in("ada")


def link(scene, undo=False, old=THEIRS, new=OURS, good_for=CONFIRM_LIFETIME):
    change = EmailChange(by_id(scene), old, new, undo)
    return f"/email/{email_change_key(KEY, change, datetime.now(UTC) + good_for)}"


def by_id(scene):
    with scene.transactions.begin() as store:
        return next(one for one in map(store.drivers.account_by_email, (THEIRS, OURS, "third@example.org")) if one)


def test_changing_the_email_requires_the_password_and_takes_effect_only_by_the_link(ada, scene):
    assert ada.submit("/account/email", email=OURS, password="wrong").status_code == 422 and letters(scene) == []
    assert ada.submit("/account/email", email=OURS, password=PASSWORD).status_code == 200
    assert letters(scene) == [("email_confirm", str(account_of(scene).id))] and account_of(scene).email == THEIRS


def test_a_known_address_is_answered_alike_and_its_owner_notified(ada, scene):
    answers = [ada.submit("/account/email", email=email, password=PASSWORD) for email in ("bob@example.org", "eve@example.org")]
    known, unknown = (re.sub(r'value="[^"]+"|bob@|eve@', "", one.text) for one in answers)
    assert known == unknown and [one.status_code for one in answers] == [200, 200]
    assert ("email_taken", str(account_of(scene, "bob").id)) in letters(scene)


def test_the_link_changes_the_email_of_account_and_driver_once(ada, scene):
    path = link(scene)
    assert OURS in ada.get(path).text and account_of(scene).email == THEIRS
    assert ada.submit(path).headers["location"] == "/account"
    with scene.transactions.begin() as store:
        assert store.drivers.driver(scene.ada).email == store.drivers.account_by_email(OURS).email == OURS
    assert enters(ada, OURS, PASSWORD) and not enters(ada, THEIRS, PASSWORD)
    assert ada.get(path).status_code == 410 and letters(scene)[0][0] == "email_changed"


def test_the_link_to_the_old_address_undoes_the_change_and_invalidates_the_password(ada, scene):
    ada.submit(link(scene))
    back = link(scene, undo=True, good_for=UNDO_LIFETIME)
    assert ada.submit(back).headers["location"].startswith("/password/")
    assert account_of(scene).email == THEIRS and not enters(ada, THEIRS, PASSWORD)
    assert ada.get(back).status_code == 410


def test_a_second_change_does_not_invalidate_the_undo_link_of_the_first(ada, scene):
    ada.submit(link(scene))
    back = link(scene, undo=True, good_for=UNDO_LIFETIME)
    ada.submit(link(scene, old=OURS, new="third@example.org"))
    assert by_id(scene).email == "third@example.org"
    assert ada.submit(back).headers["location"].startswith("/password/") and account_of(scene).email == THEIRS


@pytest.mark.parametrize("good_for", [timedelta(seconds=-1), CONFIRM_LIFETIME])
def test_an_email_link_expires_and_ends_when_the_password_changes(ada, scene, good_for):
    path = link(scene, good_for=good_for)
    if good_for > timedelta():
        ada.submit("/account/password", current=PASSWORD, password=NEW)
    assert ada.get(path).status_code == 410


def test_email_links_of_a_closed_account_are_refused(ada, scene):
    there, back = link(scene), link(scene, undo=True, old="older@example.org")
    with scene.transactions.begin() as store:
        erase_driver(store, scene.ada, NOW, scene.ids)
    assert [ada.get(one).status_code for one in (there, back)] == [410, 410]
