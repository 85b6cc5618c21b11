"""What chargers say of their security is kept, and shown to the operator where it is no daily matter."""

import pytest

from forecourt.stations import ComponentAlerted, SecurityNoted
from power_world import at


def shown(forecourt) -> list[str]:
    with forecourt.transactions.begin() as store:
        return sorted(one.text for one in store.inbox.quarantined() if one.code == "security_event")


def test_tampering_is_shown_once_an_hour_however_often_it_is_said(forecourt) -> None:
    for minute in (0, 1, 30, 61):
        forecourt.says("CP1", SecurityNoted(at(minute), "TamperDetectionActivated", "door"))
    assert shown(forecourt) == ["CP1 reports TamperDetectionActivated: door"] * 2


@pytest.mark.parametrize("what", ["StartupOfTheDevice", "ResetOrReboot", "SettingSystemTime"])
def test_what_comes_with_every_restart_is_kept_and_not_shown(forecourt, what: str) -> None:
    assert not forecourt.says("CP1", SecurityNoted(at(0), what)).repeated
    assert forecourt.says("CP1", SecurityNoted(at(0), what), key="again").repeated is False
    assert shown(forecourt) == []


def test_a_part_that_needs_somebody_is_shown_once_an_hour(forecourt) -> None:
    for minute in (1, 2):
        forecourt.says("CP1", ComponentAlerted(at(minute), (("Connector/Temperature", "82", "too hot"),)))
    with forecourt.transactions.begin() as store:
        assert [one.text for one in store.inbox.quarantined()] == ["CP1 reports Connector/Temperature = 82: too hot"]
