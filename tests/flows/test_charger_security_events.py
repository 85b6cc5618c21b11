"""Security events of chargers are stored, and shown to the operator unless they are routine."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from msgspec import structs

from flows.conftest import CARD, at
from forecourt.flows.chargers import cards_guessed
from forecourt.flows.charging import accept, apply_facts
from forecourt.kernel import ChargerId, EvseId, SiteId
from forecourt.stations import ComponentAlerted, SecurityNoted, TransactionStarted, Verdict
from stores import both_stores


def shown(forecourt) -> list[str]:
    with forecourt.transactions.begin() as store:
        return sorted(one.text for one in store.inbox.quarantined() if one.code == "security_event")


def test_a_repeated_tamper_event_is_shown_once_an_hour(forecourt) -> None:
    for minute in (0, 1, 30, 61):
        forecourt.says("CP1", SecurityNoted(at(minute), "TamperDetectionActivated", "door"))
    assert shown(forecourt) == ["CP1 reports TamperDetectionActivated: door"] * 2


@pytest.mark.parametrize("what", ["StartupOfTheDevice", "ResetOrReboot", "SettingSystemTime"])
def test_a_security_event_of_every_restart_is_stored_and_not_shown(forecourt, what: str) -> None:
    assert not forecourt.says("CP1", SecurityNoted(at(0), what)).repeated
    assert forecourt.says("CP1", SecurityNoted(at(0), what), key="again").repeated is False
    assert shown(forecourt) == []


def test_a_component_alert_is_shown_once_an_hour(forecourt) -> None:
    for minute in (1, 2):
        forecourt.says("CP1", ComponentAlerted(at(minute), (("Connector/Temperature", "82", "too hot"),)))
    with forecourt.transactions.begin() as store:
        assert [one.text for one in store.inbox.quarantined()] == ["CP1 reports Connector/Temperature = 82: too hot"]


def far_site(forecourt, km: float) -> ChargerId:
    """Another site of the operator, so far north, with one charger."""
    site_id, charger_id = SiteId(UUID(int=77)), ChargerId("FAR1")
    with forecourt.transactions.begin() as store:
        here = replace(store.stations.site(forecourt.site_id), latitude=Decimal("48"), longitude=Decimal("9"))
        store.stations.put_site(here)
        store.stations.put_site(
            replace(here, id=site_id, slug="far", name="Far", latitude=Decimal("48") + Decimal(str(km / 111.2)), limits=())
        )
        store.stations.put_charger(replace(store.stations.charger(ChargerId("CP1")), id=charger_id, site_id=site_id))
        evse = store.stations.evse(forecourt.evse_id(1))
        store.stations.put_evse(replace(evse, id=EvseId(UUID(int=78)), site_id=site_id, charger_id=charger_id, label="FAR1"))
    return charger_id


@both_stores
@pytest.mark.parametrize(("km", "shown"), [(200, 1), (30, 0)])
def test_a_card_used_at_two_distant_sites_is_shown_and_may_charge_at_both(forecourt, km: float, shown: int) -> None:
    far = far_site(forecourt, km)
    forecourt.starts("CP1", 0)
    message = structs.replace(forecourt.message(far, TransactionStarted(at(20), 1, "T9", CARD)), site_id=SiteId(UUID(int=77)))
    with forecourt.transactions.begin() as store:
        (ack,) = accept(store, [message])
        apply_facts(store, SiteId(UUID(int=77)), at(20), forecourt.ids)
    assert ack.verdict is Verdict.ACCEPTED
    with forecourt.transactions.begin() as store:
        entries = [one for one in store.inbox.quarantined() if one.code == "card_at_two_places"]
        assert len(entries) == shown
        assert not any(one.held for one in store.sessions.open_at(SiteId(UUID(int=77))))


def test_repeated_attempts_to_guess_cards_are_shown_once_an_hour(forecourt) -> None:
    with forecourt.transactions.begin() as store:
        for minute in (0, 5, 65):
            cards_guessed(store, ChargerId("CP1"), at(minute))
    with forecourt.transactions.begin() as store:
        assert [one.code for one in store.inbox.quarantined()] == ["cards_guessed"] * 2
