"""Roaming partners from the command line: invited again, renewed over real HTTP, and revoked."""

import json
from dataclasses import replace

import pytest

from forecourt.assembly.state import network_secret
from forecourt.drivers import Registered, encrypt
from forecourt.store import PostgresTransactions
from roaming.conftest import Provider, serving
from roaming_world import digest_of, peer

from .test_admin_prices import NETWORK, admin  # noqa: F401 - a fixture


@pytest.fixture
def partner(admin, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("FORECOURT_OCPI_PRIVATE", "1")
    monkeypatch.setenv("FORECOURT_PUBLIC_URL", "https://charge.example")
    admin("operator", "add", {**NETWORK["operator"], "name": "Roams", "party_id": "ROA"})
    admin("roaming", "add", {"operator": "Roams", "name": "The New Motion", "country": "NL", "party_id": "TNM"})
    with serving() as there:
        yield there


def kept(database_url: str, change=lambda one: one):
    with PostgresTransactions(database_url) as transactions, transactions.begin() as store:
        (one,) = [one for operator in store.stations.operators() for one in store.roaming.partners(operator.id)]
        store.roaming.put_partner(change(one))
        return one


def register(database_url: str, there: Provider, tmp_path) -> None:
    key = encrypt(network_secret(tmp_path / "state"), "roaming", b"token-b", bytes(12))
    state = lambda one: Registered(digest_of("token-c"), one.state.at, replace(peer(there.base), key=key))  # noqa: E731
    kept(database_url, lambda one: replace(one, state=state(one)))


def test_a_partner_that_lost_its_token_is_invited_again(admin, partner, database_url):  # noqa: F811
    told = json.loads(admin("roaming", "invite", "nl*tnm")[1])
    assert told["versions"] == "https://charge.example/ocpi/versions" and kept(database_url).digest == digest_of(told["token"])
    assert "no roaming partner 'NL*XYZ'" in admin("roaming", "invite", "NL*XYZ")[2]
    assert "is not registered" in admin("roaming", "renew", "NL*TNM")[2]


def test_renewing_credentials_is_retried_with_the_same_token(
    admin,  # noqa: F811
    partner,
    database_url,
    tmp_path,
):
    register(database_url, partner, tmp_path)
    assert "Invite" not in admin("roaming", "list")[1] and "is registered" in admin("roaming", "invite", "NL*TNM")[2]
    code, _, said = admin("roaming", "renew", "NL*TNM")
    assert code == 1 and "could not be renewed: answered 404" in said
    partner.pages["/ocpi/2.3.0/credentials"] = (200, {**partner.credentials, "token": "token-d"})
    assert json.loads(admin("roaming", "renew", "NL*TNM")[1]) == {"roaming": "NL*TNM", "state": "Registered", "ocpi": "2.3.0"}
    tries = [json.loads(body) for how, _, _, body in partner.asked if how == "PUT"]
    assert len(tries) == 2 and tries[0] == tries[1] and tries[0]["url"] == "https://charge.example/ocpi/versions"
    assert kept(database_url).digests == (digest_of(tries[0]["token"]),)


def test_a_partner_is_revoked_even_if_it_cannot_be_notified(admin, partner, database_url, tmp_path):  # noqa: F811
    register(database_url, partner, tmp_path)
    assert json.loads(admin("roaming", "revoke", "NL*TNM")[1]) == {"roaming": "NL*TNM", "told": False}
    assert partner.asked[-1][:2] == ("DELETE", "/ocpi/2.2.1/credentials") and kept(database_url).state_name == "Parted"
