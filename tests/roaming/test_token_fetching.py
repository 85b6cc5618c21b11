"""Tokens are fetched from the partner: all after registration, each night the changes, page by page."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from forecourt.drivers import TokenStatus
from forecourt.flows.roaming import MAX_REFUSED_TOKENS, start_token_fetches
from forecourt.kernel import TokenUid
from roaming_world import PARTNER, roaming_token, vouch

from .conftest import Desk, Provider
from .pushing import courier, delivered

TOKENS = "/ocpi/2.2.1/tokens"
FIRST = f"{TOKENS}?limit=500"


def token(uid: str, **changes: Any) -> dict[str, Any]:
    return {
        "country_code": "NL", "party_id": "TNM", "uid": uid, "type": "RFID", "contract_id": f"NL-{uid}", "issuer": "The New Motion",
        "valid": True, "whitelist": "ALLOWED", "last_updated": "2026-05-20T10:00:00Z", **changes,
    }  # fmt: skip


def fetched(desk: Desk) -> int:
    """How many partners are due that were not yet; all pages are read."""
    scene, by = desk.scene, courier(desk)
    with scene.transactions.begin() as store:
        begun = start_token_fetches(store, scene.operator_id, scene.clock.at, scene.ids)
    while delivered(desk, by):
        pass
    return begun


def asked(partner: Provider) -> list[str]:
    every, partner.asked = partner.asked, []
    return [path for _, path, _, _ in every if path.startswith(TOKENS)]


def known(desk: Desk) -> set[str]:
    with desk.scene.transactions.begin() as store:
        uids = ("A1", "A2", "A3", "A4")
        return {uid for uid in uids for one in store.roaming.shown(desk.scene.operator_id, TokenUid(uid)) if one.valid}


def test_token_pages_are_followed_to_the_last_at_the_partners_own_address(joined: Desk, provider: Provider) -> None:
    provider.pages[FIRST] = (200, [token("A1"), token("A2")], "http://inside.example/somewhere?offset=2&limit=2")
    provider.pages[f"{TOKENS}?offset=2&limit=2"] = (200, [token("A3"), token("A4", party_id="XYZ"), {"uid": "A4"}])
    fetched(joined)  # it was begun with the registration
    assert asked(provider) == [FIRST, f"{TOKENS}?offset=2&limit=2"]
    assert known(joined) == {"A1", "A2", "A3"}  # A4 is of a party it does not speak for, and once no token at all


def refused(desk: Desk) -> dict[str, str]:
    return {one.name: one.why for one in desk.partner().state.tokens_refused}


def test_refused_tokens_are_listed_until_they_arrive_valid(joined: Desk, provider: Provider) -> None:
    second = f"{TOKENS}?offset=2"
    provider.pages[FIRST] = (200, [token("a1", valid="yes"), token("A2"), 7], second)
    provider.pages[second] = (200, [token("A3"), token("A9", party_id="XYZ"), token("A\x004"), token("A5", whitelist="X\x00")])
    fetched(joined)
    assert known(joined) == {"A2", "A3"} and list(refused(joined)) == ["A1", "no uid", "NL*XYZ", "A?4", "A5"]
    assert "$.valid" in refused(joined)["A1"] and "whitelist" in refused(joined)["A5"]
    provider.pages[TOKENS] = (200, [token("A1"), token("A6", issuer=None)])  # of the night after: what has changed
    joined.scene.clock.at += timedelta(days=1)
    assert fetched(joined) == 1 and list(refused(joined)) == ["no uid", "NL*XYZ", "A?4", "A5", "A6"] and "A1" in known(joined)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_refused_token_that_is_pushed_valid_is_no_longer_listed(joined: Desk, provider: Provider, method: str) -> None:
    """It was once listed until the next nightly download."""
    provider.pages[FIRST] = (200, [token("A1"), token("a1", valid="yes"), token("A2", issuer=None)])
    fetched(joined)
    assert list(refused(joined)) == ["A1", "A2"]
    whole = token("A1", last_updated="2026-06-01T10:00:00Z")
    told = whole if method == "PUT" else {"valid": True, "last_updated": whole["last_updated"]}
    assert joined.ask("PUT", f"{TOKENS}/NL/TNM/A9", token("A9")).status_code == 201 and list(refused(joined)) == ["A1", "A2"]
    assert joined.ask(method, f"{TOKENS}/NL/TNM/A1", told).status_code == 200 and list(refused(joined)) == ["A2"]


def test_of_too_many_refused_tokens_the_newest_are_listed(joined: Desk, provider: Provider) -> None:
    provider.pages[FIRST] = (200, [token(f"B{number}", valid=None) for number in range(500)], f"{TOKENS}?offset=500")
    provider.pages[f"{TOKENS}?offset=500"] = (200, [token("C1", valid=None)])
    fetched(joined)
    assert list(refused(joined))[-2:] == ["B499", "C1"] and len(refused(joined)) == MAX_REFUSED_TOKENS


def flaw(desk: Desk) -> str:
    return desk.partner().state.tokens_flaw


@pytest.mark.parametrize("length, most", [(1, 3), (2, 6), (5, 13), (40, 104)])
def test_token_pages_that_form_a_loop_end_and_the_fault_is_reported(joined: Desk, provider: Provider, length: int, most: int) -> None:
    def never_the_same(_: bytes) -> Any:
        return [token("B1", issuer=str(len(provider.asked)))]

    pages = [f"{TOKENS}?cursor={number}" for number in range(length)]
    provider.pages[FIRST] = (200, [token("A1")], f"https://x.example{pages[0]}")
    for number, page in enumerate(pages):
        provider.pages[page] = (200, never_the_same, f"https://x.example{pages[(number + 1) % length]}")
    fetched(joined)
    assert length < len(asked(provider)) <= most and "leads back to one that was read" in flaw(joined)


def test_repeated_or_empty_token_pages_end_the_download(joined: Desk, provider: Provider) -> None:
    provider.pages[TOKENS] = (200, [token("A1")], f"{TOKENS}?offset=0")
    pages = {f"{TOKENS}?offset={number}": (200, [token("A2")], f"{TOKENS}?offset={number + 1}") for number in range(20)}
    provider.pages.update(pages)
    fetched(joined)
    assert len(asked(provider)) == 3 and "page 3 leads back" in flaw(joined)
    provider.pages.update({page: (200, [], link) for page, (_, _, link) in pages.items()})
    joined.scene.clock.at += timedelta(days=1)
    assert fetched(joined) == 1
    assert asked(provider) == [FIRST, f"{TOKENS}?offset=0"] and "page 2 is empty" in flaw(joined)  # all of it, as the first time
    provider.pages[TOKENS] = (200, [token("A3")])
    joined.scene.clock.at += timedelta(days=1)
    assert fetched(joined) == 1 and flaw(joined) == "" and known(joined) == {"A1", "A2", "A3"}


def test_changed_tokens_are_fetched_every_night(joined: Desk, provider: Provider) -> None:
    scene = joined.scene
    assert [fetched(joined), fetched(joined)] == [0, 0] and asked(provider) == [FIRST]
    scene.clock.at += timedelta(hours=6)
    assert fetched(joined) == 0
    scene.clock.at += timedelta(hours=12)
    assert fetched(joined) == 1
    assert asked(provider) == [f"{TOKENS}?date_from=2026-06-01T11%3A20%3A00Z&limit=500"]


def test_a_token_fetched_as_invalid_is_blocked(joined: Desk, provider: Provider) -> None:
    with joined.scene.transactions.begin() as store:
        partner = store.roaming.partner(PARTNER)
        vouch(store, partner)
    provider.pages[TOKENS] = (200, [token("04FACADE", contract_id="NL8ACC12E46L89", valid=False)])
    fetched(joined)
    with joined.scene.transactions.begin() as store:
        ours = store.drivers.token(joined.scene.operator_id, TokenUid("04FACADE"))
        assert ours is not None and ours.status is TokenStatus.BLOCKED


def test_a_newer_pushed_token_is_not_overwritten_by_a_fetched_one(joined: Desk, provider: Provider) -> None:
    newer = replace(roaming_token(joined.scene.operator_id, "A1"), valid=False, last_updated=joined.scene.clock.at)
    with joined.scene.transactions.begin() as store:
        store.roaming.put_token(newer)
    provider.pages[TOKENS] = (200, [token("A1")])
    fetched(joined)
    assert known(joined) == set()


def test_an_invalid_token_list_is_fetched_again_later(joined: Desk, provider: Provider) -> None:
    provider.pages[TOKENS] = (200, {"uid": "A1"})
    fetched(joined)
    provider.pages[TOKENS] = (200, [token("A1")])
    assert fetched(joined) == 0 and not known(joined)
    joined.scene.clock.at += timedelta(minutes=2)
    assert fetched(joined) == 0 and known(joined) == {"A1"}
