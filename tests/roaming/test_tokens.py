"""Pushed tokens, and the authorisation of a partner's card at a charger: in time, by its whitelist rule."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.assembly.card_authorization import CardAuthorizer
from forecourt.drivers import Token, TokenKind, contract_token
from forecourt.flows.charging import accept
from forecourt.gateway import GroupCommitWriter
from forecourt.kernel import TokenUid, instant_text
from forecourt.stations import Acknowledgement, CardPresented, Verdict
from roaming_world import PARTNER

from .conftest import Desk, Provider
from .pushing import line

CARD = "04FACADE"
HOME = f"/ocpi/2.2.1/tokens/NL/TNM/{CARD}"
TOKEN = {
    "country_code": "NL",
    "party_id": "TNM",
    "uid": CARD,
    "type": "RFID",
    "contract_id": "NL8ACC12E46L89",
    "visual_number": "DF000-2001-8999-1",
    "issuer": "TheNewMotion",
    "valid": True,
    "whitelist": "ALWAYS",
    "energy_contract": {"supplier_name": "Windmolen"},
    "last_updated": "2026-06-01T12:00:00Z",
}


def code(answer) -> tuple[int, int]:
    return answer.status_code, answer.json()["status_code"]


def shown(desk: Desk, card: str = CARD, charger: str = "CP1") -> Verdict | None:
    """What a charger is answered that asks about a card, and in less than two seconds and a bit."""

    async def ask() -> Acknowledgement:
        def keep(said):
            with desk.scene.transactions.begin() as store:
                return accept(store, said)

        writer = GroupCommitWriter(keep)
        cards = CardAuthorizer(writer, desk.scene.transactions, desk.scene.clock, line())
        answered: asyncio.Future[Acknowledgement] = asyncio.get_running_loop().create_future()
        cards.authorize(CardPresented(charger, desk.scene.operator_id, desk.scene.site_id, card, desk.scene.clock.at), answered.set_result)
        async with asyncio.timeout(4):
            return await answered

    return asyncio.run(ask()).verdict


def pushed(desk: Desk, **changes: object) -> None:
    assert desk.ask("PUT", HOME, {**TOKEN, **changes}).json()["status_code"] == 1000


def answers(provider: Provider, data: object) -> None:
    provider.pages[f"/ocpi/2.2.1/tokens/{CARD}/authorize"] = (200, data)


def test_a_pushed_token_is_stored_read_and_patched(joined: Desk) -> None:
    assert code(joined.ask("GET", HOME)) == (404, 2004)
    assert code(joined.ask("PUT", HOME, TOKEN)) == (201, 1000)
    assert code(joined.ask("PUT", HOME, {**TOKEN, "issuer": "TNM"})) == (200, 1000)
    assert joined.data(HOME) == {**TOKEN, "issuer": "TNM"}
    assert code(joined.ask("PATCH", HOME, {"valid": False, "last_updated": "2026-06-02T00:00:00Z"})) == (200, 1000)
    assert joined.data(HOME)["valid"] is False
    assert code(joined.ask("GET", f"{HOME}?type=APP_USER")) == (404, 2004)


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("PUT", HOME, {**TOKEN, "party_id": "ABC"}, (200, 2001)),
        ("PUT", HOME, {**TOKEN, "uid": "OTHER"}, (200, 2001)),
        ("PUT", f"{HOME}?type=APP_USER", TOKEN, (200, 2001)),
        ("PUT", HOME.replace("TNM", "ABC"), {**TOKEN, "party_id": "ABC"}, (404, 2000)),
        ("PUT", HOME, {**TOKEN, "whitelist": "SOMETIMES"}, (200, 2001)),
        ("PUT", HOME, {**TOKEN, "last_updated": "2026-02-31T00:00:00Z"}, (200, 2001)),
        ("PUT", HOME, b"{", (400, 2000)),
        ("PATCH", HOME, {"valid": False}, (404, 2004)),
    ],
)
def test_an_invalid_token_or_one_of_another_party_is_refused(joined: Desk, method: str, path: str, body, expected) -> None:
    assert code(joined.ask(method, path, body)) == expected
    assert code(joined.ask("GET", HOME)) == (404, 2004)


def test_a_token_patch_needs_its_time_and_cannot_change_the_uid(joined: Desk) -> None:
    pushed(joined)
    assert code(joined.ask("PATCH", HOME, {"valid": False})) == (200, 2001)
    assert code(joined.ask("PATCH", HOME, {"uid": "OTHER", "last_updated": "2026-06-02T00:00:00Z"})) == (200, 2001)
    assert joined.data(HOME) == TOKEN


def test_a_whitelisted_card_charges_without_a_request_to_its_partner_until_it_is_invalidated(joined: Desk, provider: Provider) -> None:
    assert shown(joined) is Verdict.INVALID
    pushed(joined)
    asked = len(provider.asked)
    assert shown(joined) is Verdict.ACCEPTED
    joined.ask("PATCH", HOME, {"valid": False, "last_updated": "2026-06-02T00:00:00Z"})
    assert shown(joined) is Verdict.BLOCKED and len(provider.asked) == asked


def test_a_late_older_push_does_not_revalidate_an_invalidated_card(joined: Desk) -> None:
    pushed(joined, valid=False, last_updated="2026-06-02T00:00:00Z")
    pushed(joined)  # said a day before
    assert joined.data(HOME)["valid"] is False and shown(joined) is not Verdict.ACCEPTED


def test_a_card_that_is_never_whitelisted_is_authorised_by_its_partner_for_a_while(joined: Desk, provider: Provider) -> None:
    pushed(joined, whitelist="NEVER")
    answers(provider, {"allowed": "ALLOWED", "token": TOKEN, "authorization_reference": "ref-1"})
    assert shown(joined) is Verdict.ACCEPTED and shown(joined) is Verdict.ACCEPTED
    (asked,) = [one for one in provider.asked if one[0] == "POST"]
    assert asked[1] == f"/ocpi/2.2.1/tokens/{CARD}/authorize?type=RFID"
    assert (asked[2]["OCPI-to-party-id"], asked[2]["OCPI-from-party-id"]) == ("TNM", "FCT")
    with joined.scene.transactions.begin() as store:
        assert store.roaming.shown(joined.scene.operator_id, TokenUid(CARD))[0].reference == "ref-1"
    answers(provider, {"allowed": "NO_CREDIT", "token": TOKEN})
    joined.scene.clock.at += timedelta(minutes=16)
    assert shown(joined) is Verdict.EXPIRED


def test_an_authorisation_answer_in_a_list_of_one_is_accepted(joined: Desk, provider: Provider) -> None:
    pushed(joined, whitelist="NEVER")
    answers(provider, [{"allowed": "ALLOWED", "token": TOKEN}])
    assert shown(joined) is Verdict.ACCEPTED


def test_a_token_pushed_during_its_authorisation_is_not_overwritten(joined: Desk, provider: Provider) -> None:
    def taken_back_meanwhile(_: bytes) -> object:
        joined.ask("PATCH", HOME, {"valid": False, "last_updated": "2026-06-02T00:00:00Z"})
        return {"allowed": "ALLOWED", "token": TOKEN}

    pushed(joined, whitelist="NEVER")
    answers(provider, taken_back_meanwhile)
    assert shown(joined) is Verdict.ACCEPTED
    assert joined.data(HOME)["valid"] is False


@pytest.mark.parametrize("answer", [{"allowed": "BLOCKED"}, {"allowed": "PERHAPS"}, [], [[]], [{}, {}], None, b"<html>"])
def test_a_card_not_allowed_by_its_partner_is_invalid(joined: Desk, provider: Provider, answer: object) -> None:
    pushed(joined, whitelist="NEVER")
    answers(provider, answer)
    assert shown(joined) is Verdict.INVALID


@pytest.mark.parametrize(("whitelist", "verdict"), [("NEVER", Verdict.INVALID), ("ALLOWED_OFFLINE", Verdict.ACCEPTED)])
def test_if_the_partner_does_not_answer_in_time_the_whitelist_decides(
    joined: Desk, provider: Provider, whitelist: str, verdict: Verdict
) -> None:
    pushed(joined, whitelist=whitelist)
    provider.delay_s = 3.0
    assert shown(joined) is verdict


def test_a_partners_server_error_counts_as_no_answer_and_an_unknown_token_as_a_refusal(joined: Desk, provider: Provider) -> None:
    """OCPI: if there is no response, an ALLOWED_OFFLINE token shall be allowed."""
    where = f"/ocpi/2.2.1/tokens/{CARD}/authorize"

    def said(status_code: int) -> bytes:
        return b'{"status_code": %d, "timestamp": "2026-06-01T12:00:00Z"}' % status_code

    pushed(joined, whitelist="ALLOWED_OFFLINE")
    for page in ((404, b""), (200, said(2004)), (200, said(2002)), (401, said(2000))):
        provider.pages[where] = page
        assert shown(joined) is Verdict.INVALID
    for page in ((503, b""), (502, b"<html>"), (429, b""), (200, said(3000))):
        provider.pages[where] = page
        assert shown(joined) is Verdict.ACCEPTED
        joined.scene.clock.at += timedelta(minutes=16)
        pushed(joined, whitelist="ALLOWED_OFFLINE", last_updated=instant_text(joined.scene.clock.at))
    pushed(joined, whitelist="NEVER", last_updated=instant_text(joined.scene.clock.at))
    assert shown(joined) in (Verdict.INVALID, Verdict.EXPIRED)


def test_an_authorisation_names_the_location_and_may_be_limited_to_other_sockets(joined: Desk, provider: Provider) -> None:
    with joined.scene.transactions.begin() as store:
        evse = store.stations.evse(joined.scene.evse(12))
    pushed(joined, whitelist="NEVER")
    here = {"location_id": str(evse.site_id), "evse_uids": [str(evse.id)]}
    for evse_uids, verdict in ((["another"], Verdict.INVALID), ([str(evse.id).upper()], Verdict.ACCEPTED)):
        answers(provider, {"allowed": "ALLOWED", "token": TOKEN, "location": {**here, "evse_uids": evse_uids}})
        assert shown(joined, charger=evse.charger_id) is verdict
    assert [json.loads(body) for method, _, _, body in provider.asked if method == "POST"] == [here] * 2


def test_a_contract_of_a_partners_car_is_authorised_in_the_partners_spelling(joined: Desk, provider: Provider) -> None:
    uid = "NL-TNM-C12345678-9"
    where = f"/ocpi/2.2.1/tokens/NL/TNM/{uid}?type=EMAID"
    token = {**TOKEN, "uid": uid, "contract_id": uid, "type": "EMAID", "whitelist": "NEVER"}
    assert joined.ask("PUT", where, token).json()["status_code"] == 1000
    provider.pages[f"/ocpi/2.2.1/tokens/{uid}/authorize"] = (200, {"allowed": "ALLOWED", "token": token})
    assert shown(joined, contract_token("NLTNMC12345678")) is Verdict.ACCEPTED
    assert [path for method, path, *_ in provider.asked if method == "POST"] == [f"/ocpi/2.2.1/tokens/{uid}/authorize?type=EMAID"]
    assert shown(joined, uid) is Verdict.INVALID  # typed in, or on a card


def test_cards_of_a_blocked_partner_are_blocked(joined: Desk) -> None:
    pushed(joined)
    assert shown(joined) is Verdict.ACCEPTED
    with joined.scene.transactions.begin() as store:
        store.roaming.put_partner(replace(store.roaming.partner(PARTNER), blocked=True))
    assert shown(joined) is Verdict.BLOCKED


def test_a_card_of_our_own_is_not_changed_by_a_partners_push(joined: Desk, provider: Provider) -> None:
    with joined.scene.transactions.begin() as store:
        ours = Token(TokenUid(CARD), joined.scene.operator_id, joined.scene.ada, TokenKind.RFID)
        store.drivers.put_token(ours)
    pushed(joined, valid=False)
    assert shown(joined) is Verdict.ACCEPTED
    with joined.scene.transactions.begin() as store:
        assert store.drivers.token(joined.scene.operator_id, TokenUid(CARD)) == ours


def test_a_card_that_ends_its_charge_is_not_authorised_again(joined: Desk, provider: Provider) -> None:
    """Its authorisation has been used; a stop does not wait for a partner."""
    pushed(joined, whitelist="NEVER")
    answers(provider, {"allowed": "ALLOWED", "token": TOKEN})
    assert shown(joined) is Verdict.ACCEPTED
    scene = joined.scene
    scene.charge(1, CARD, scene.clock.at, 5, 9_000, end=False)
    with scene.transactions.begin() as store:
        there = store.stations.evse(scene.evse(1)).charger_id
    scene.clock.at += timedelta(minutes=20)
    answers(provider, {"allowed": "NO_CREDIT", "token": TOKEN})
    asked = len(provider.asked)
    assert (shown(joined, charger=there), len(provider.asked)) == (Verdict.ACCEPTED, asked)
