"""Guessing of card numbers at a charger that has the right password."""

from dataclasses import replace

import pytest

from forecourt.gateway import GatewaySettings
from forecourt.gateway.server.card_checks import GuessingGuard
from forecourt.kernel import ChargerId
from forecourt.stations import Verdict
from gateway.conftest import Forecourt
from gateway.fakes import OPERATOR
from gateway.test_connection import ask, until

CP1 = ChargerId("CP1")


@pytest.fixture
def settings(library: str) -> GatewaySettings:
    return replace(GatewaySettings(port=0, library=library), unknown_cards=3)


async def test_after_many_unknown_cards_only_cards_known_as_good_are_looked_up_and_staff_are_alerted(forecourt: Forecourt) -> None:
    forecourt.network.add("CP1")
    forecourt.network.add("CP2")
    socket, other = await forecourt.plug("CP1"), await forecourt.plug("CP2")

    async def shown(card: str, at=socket) -> str:
        return (await ask(at, "Authorize", {"idTag": card}))[2]["idTagInfo"]["status"]

    assert [await shown(card) for card in ("GOOD1", "A", "B", "a ", "C")] == ["Accepted", *["Invalid"] * 4]
    await until(lambda: forecourt.network.guessed == ["CP1"])
    asked = sum(forecourt.inbox.batches)
    assert await shown("GOOD2") == "Invalid" and sum(forecourt.inbox.batches) == asked
    assert await shown("GOOD1") == "Accepted"
    assert await shown("GOOD2", other) == "Accepted"  # where nobody guesses
    assert forecourt.gateway.figures().notes["card_guessed"] == 1


async def test_starts_with_unknown_cards_count_and_are_stored(forecourt: Forecourt) -> None:
    forecourt.network.add("CP1")
    socket = await forecourt.plug("CP1")
    for card in ("A", "B", "C", "D", "GOOD1"):
        start = {"connectorId": 1, "idTag": card, "meterStart": 0, "timestamp": "2026-11-23T12:00:00Z"}
        status = (await ask(socket, "StartTransaction", start))[2]["idTagInfo"]["status"]
        assert status == ("Accepted" if card == "GOOD1" else "Invalid")
    assert forecourt.network.guessed == ["CP1"]
    assert (await ask(socket, "Authorize", {"idTag": "GOOD2"}))[2]["idTagInfo"]["status"] == "Invalid"


def test_unknown_cards_are_checked_again_after_ten_minutes() -> None:
    watch = GuessingGuard(3)
    tried = [watch.record_verdict(CP1, OPERATOR, card, Verdict.INVALID, now) for now, card in enumerate("AABCC")]
    assert tried == [False, False, False, True, False]
    assert [watch.refuses(CP1, OPERATOR, card, now) for card, now in (("D", 5), ("E", 600), ("F", 602))] == [True, True, False]


@pytest.fixture
def guessed() -> GuessingGuard:
    """Three unknown cards were tried at a charger, which is one too many."""
    watch = GuessingGuard(3)
    for card in "ABC":
        watch.record_verdict(CP1, OPERATOR, card, Verdict.INVALID, 0)
    return watch


def refused(watch: GuessingGuard, *shown: tuple[str, float]) -> list[bool]:
    return [watch.refuses(CP1, OPERATOR, card, now) for card, now in shown]


def test_an_unknown_card_presented_again_later_is_looked_up_and_a_valid_one_stays_accepted(guessed: GuessingGuard) -> None:
    assert refused(guessed, ("D", 1), ("D", 2), ("D", 6)) == [True, True, False], "a reader that sees it twice at once is not a person"
    guessed.record_verdict(CP1, OPERATOR, "D", Verdict.ACCEPTED, 6)
    assert refused(guessed, ("D", 7), ("A", 8), ("A", 20)) == [False, True, True], "what is known to be unknown stays refused"


def test_presenting_each_of_many_cards_twice_causes_few_lookups(guessed: GuessingGuard) -> None:
    again = []
    for number in range(50):
        card, now = f"X{number}", 5.0 * number
        guessed.refuses(CP1, OPERATOR, card, now)
        again.append(guessed.refuses(CP1, OPERATOR, card, now + 4))
        guessed.record_verdict(CP1, OPERATOR, card, Verdict.INVALID, now + 4)
    assert again.count(False) == 5


def test_valid_cards_do_not_count_as_guesses(guessed: GuessingGuard) -> None:
    for number in range(20):
        card = f"GOOD{number}"
        assert refused(guessed, (card, number), (card, number + 10)) == [True, False]
        guessed.record_verdict(CP1, OPERATOR, card, Verdict.ACCEPTED, number + 10)
