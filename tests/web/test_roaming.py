"""Roaming partners in the console: the credentials token is shown once, and a partner's permissions are shown and changed."""

import re
from dataclasses import replace

from forecourt.drivers import Invited, Offer, TokenRefused
from roaming_world import PARTNER, SINCE, digest_of, registered

from .conftest import Browser, Scene

HOME = "/console/roaming"


def with_party_id(scene: Scene) -> None:
    with scene.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(scene.operator_id), party_id="FCT"))


def test_the_token_of_an_invited_partner_is_shown_once_and_stored_as_a_digest(scene: Scene, client: Browser) -> None:
    with_party_id(scene)
    client.sign_in("ops")
    shown = client.submit(HOME, name="The New Motion", country="nl", party="tnm").text
    versions, secret = re.findall(r"<code class=\"break\">([^<]+)</code>", shown)
    assert versions.endswith("/ocpi/versions")
    assert secret not in client.get(HOME).text
    with scene.transactions.begin() as store:
        (partner,) = store.roaming.partners(scene.operator_id)
        assert (partner.country, partner.party) == ("NL", "TNM")
        assert store.roaming.by_digest(digest_of(secret)) == partner


def test_inviting_a_partner_requires_a_party_id_of_the_company(scene: Scene, client: Browser) -> None:
    client.sign_in("ops")
    assert "Your company has no roaming ID." in client.get(HOME).text
    answer = client.submit(HOME, name="X", country="NL", party="TNM")
    assert answer.status_code == 422
    assert "Set it under Company first." in answer.text


def test_an_invalid_party_id_is_refused_and_the_entries_stay_in_the_form(scene: Scene, client: Browser) -> None:
    with_party_id(scene)
    client.sign_in("ops")
    answer = client.submit(HOME, name="The New Motion", country="NL", party="T!")
    assert answer.status_code == 422
    assert "is not a party id" in answer.text and 'value="The New Motion"' in answer.text


def test_an_invited_partner_can_get_a_new_token_but_a_registered_one_cannot(scene: Scene, client: Browser) -> None:
    with_party_id(scene)
    client.sign_in("ops")
    client.submit(HOME, name="X", country="NL", party="TNM")
    with scene.transactions.begin() as store:
        (before,) = store.roaming.partners(scene.operator_id)
    client.submit(f"{HOME}/{before.id}/invite")
    with scene.transactions.begin() as store:
        (after,) = store.roaming.partners(scene.operator_id)
        assert isinstance(after.state, Invited) and after.digest != before.digest
        store.roaming.put_partner(replace(registered(scene.operator_id), id=before.id))
    assert client.submit(f"{HOME}/{before.id}/invite").status_code == 409


def test_the_page_lists_sites_that_are_not_pushed_to_partners_and_why(scene: Scene, client: Browser) -> None:
    client.sign_in("ops")
    assert "not told of" not in client.get(HOME).text
    with scene.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(scene.site_id), address="Somewhere"))
    assert "Market Square</a>: its address is not of the form" in client.get(HOME).text


def test_rejected_tokens_of_a_partner_are_shown_with_escaped_text(scene: Scene, client: Browser) -> None:
    partner, odd = registered(scene.operator_id), TokenRefused("<b>04A</b>", "Expected `bool`, got `str` - at `$.valid`")
    with scene.transactions.begin() as store:
        store.roaming.put_partner(replace(partner, state=replace(partner.state, tokens_refused=(odd,))))
    client.sign_in("ops")
    page = client.get(HOME).text
    assert "1 of its tokens rejected" in page and "&lt;b&gt;04A&lt;/b&gt;</code>: Expected" in page


def test_blocking_and_unblocking_a_partner_is_logged(scene: Scene, client: Browser) -> None:
    with scene.transactions.begin() as store:
        store.roaming.put_partner(registered(scene.operator_id))
    client.sign_in("ops")
    client.submit(f"{HOME}/{PARTNER}/block", blocked="on")
    assert "Blocked" in client.get(HOME).text
    client.submit(f"{HOME}/{PARTNER}/block")
    assert "Registered" in client.get(HOME).text
    with scene.transactions.begin() as store:
        assert [one.action for one in store.audit.recent(2)] == ["roaming.unblock", "roaming.block"]


def test_the_page_shows_credentials_whose_exchange_was_not_confirmed(scene: Scene, client: Browser) -> None:
    partner, words = registered(scene.operator_id), ("not used by the partner yet", "was not answered")
    offer = Offer(digest_of("offered"), "sealed", partner.peer.versions_url, SINCE)
    client.sign_in("ops")
    for more, said in (({}, [False, False]), ({"before": digest_of("x")}, [True, False]), ({"offer": offer}, [False, True])):
        with scene.transactions.begin() as store:
            store.roaming.put_partner(replace(partner, state=replace(partner.state, **more)))
        page = client.get(HOME).text
        assert [one in page for one in words] == said
