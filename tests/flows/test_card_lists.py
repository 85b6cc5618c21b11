"""Local authorisation lists: sent to chargers, and sent again when the list, the charger or the operator's setting has changed."""

from dataclasses import replace

import pytest

from flows.conftest import CARD
from forecourt.drivers import PayBy, TokenStatus, Whitelist, token_uid
from forecourt.flows.answers import apply_order_result
from forecourt.flows.chargers import send_card_lists, set_offline_cards
from forecourt.flows.desk import Staff
from forecourt.flows.roaming import authorization_question, receive_token
from forecourt.kernel import ChargerId, TokenUid
from forecourt.stations import (
    SOCKETS_16,
    CardPresented,
    ChargerBooted,
    ChargerSettings,
    Inventory,
    InventoryPart,
    OfflineCards,
    OrderResult,
    Outcome,
    Protocol,
    ReadCards,
    SendCards,
    WriteSetting,
)
from power_world import at, deliver
from roaming_world import roaming_token
from stores import both_stores

CP1 = ChargerId("CP1")
HOUR = 61


def choose(forecourt, which: OfflineCards, minute: float = 0) -> None:
    with forecourt.transactions.begin() as store:
        set_offline_cards(store, Staff(forecourt.operator_id, "system", at(minute), forecourt.ids), forecourt.site_id, which)


def put(forecourt, **changes) -> None:
    """CP1 alone has contact."""
    with forecourt.transactions.begin() as store:
        for one in store.stations.chargers(forecourt.site_id):
            store.stations.put_charger(replace(one, connected=one.id == CP1, **(changes if one.id == CP1 else {})))


def keeps(forecourt, minute: float, outcome: Outcome = Outcome.ACCEPTED) -> list[SendCards]:
    """The list updates sent to it, each answered with this outcome."""
    with forecourt.transactions.begin() as store:
        send_card_lists(store, forecourt.site_id, at(minute), forecourt.ids)
    return [order for _, order in deliver(forecourt, minute, outcome) if isinstance(order, SendCards)]


def told(forecourt):
    with forecourt.transactions.begin() as store:
        return store.stations.charger(CP1).cards


def uids(sent: list[SendCards]) -> list[list[str]]:
    return [[card.uid for card in part.cards] for part in sent]


@pytest.fixture
def place(forecourt):
    """Its one charger with contact takes two cards at once."""
    put(forecourt, settings=ChargerSettings(card_room=5, cards_at_once=2))
    return forecourt


def test_no_authorisation_list_is_sent_unless_the_operator_has_chosen_one(place) -> None:
    assert keeps(place, 0) == []
    choose(place, OfflineCards.REGULARS)
    assert uids(keeps(place, 1)) == [[]], "nobody has charged here yet"


@both_stores
def test_the_list_has_the_latest_drivers_at_the_site_first_up_to_the_chargers_capacity(place, crowd) -> None:
    for number in (7, 3, 9):
        transaction = place.starts("CP2", 10 * number, f"RIDER{number}").transaction
        place.stops("CP2", transaction, 10 * number + 5, 2000)
    choose(place, OfflineCards.REGULARS, 120)
    assert uids(keeps(place, 121)) == [["RIDER9", "RIDER7"], ["RIDER3"]]
    choose(place, OfflineCards.ALL, 122)
    sent = keeps(place, 123)
    assert uids(sent) == [["RIDER9", "RIDER7"], ["RIDER3", CARD], ["RIDER0"]]
    assert [part.whole for part in sent] == [True, False, False]
    assert [part.version - sent[0].version for part in sent] == [0, 1, 2]
    assert told(place).taken and told(place).cards == 5


@both_stores
def test_the_list_is_checked_every_hour_and_sent_only_if_it_has_changed(place) -> None:
    choose(place, OfflineCards.ALL)
    (first,) = keeps(place, 1)
    assert keeps(place, 30) == keeps(place, 1 + HOUR) == []
    with place.transactions.begin() as store:
        card = store.drivers.token(place.operator_id, token_uid(CARD))
        store.drivers.put_token(replace(card, status=TokenStatus.BLOCKED))
    assert keeps(place, 90) == []
    (second,) = keeps(place, 1 + 3 * HOUR)
    assert (uids([first]), uids([second])) == ([[CARD]], [[]]) and second.version > first.version


def test_a_driver_who_could_not_pay_is_not_on_the_list(place) -> None:
    with place.transactions.begin() as store:
        driver = store.drivers.driver(place.card_driver)
        store.drivers.put_driver(replace(driver, pay_by=PayBy.CARD, payment_method=""))
    choose(place, OfflineCards.ALL)
    assert uids(keeps(place, 1)) == [[]]


def test_a_charger_uses_its_list_only_while_offline(place) -> None:
    choose(place, OfflineCards.ALL)
    with place.transactions.begin() as store:
        send_card_lists(store, place.site_id, at(1), place.ids)
    orders = [order for _, order in deliver(place, 1)]
    written = {one.name: one.value for one in orders if isinstance(one, WriteSetting)}
    assert written == {"LocalAuthListEnabled": "true", "LocalAuthorizeOffline": "true", "LocalPreAuthorize": "false"}
    assert isinstance(orders[-1], SendCards), "first the settings: some chargers refuse a list that is off"


def test_the_list_is_sent_again_after_a_boot_and_without_an_answer(place) -> None:
    choose(place, OfflineCards.ALL)
    assert len(keeps(place, 1, Outcome.UNREACHABLE)) == 1
    assert keeps(place, 5) == [], "not at once"
    assert len(keeps(place, 12)) == 1
    place.says(CP1, ChargerBooted(at(20), "ocpp1.6", "V", "M"))
    assert len(keeps(place, 21)) == 1


def names(forecourt, minute: float, version: int) -> int:
    """Answers requests for its list version with this one. Returns how often it was requested."""
    with forecourt.transactions.begin() as store:
        send_card_lists(store, forecourt.site_id, at(minute), forecourt.ids)
        asked = list(store.outbox.claim("charger", at(minute), 100, 60))
        for item in asked:
            assert isinstance(item.work.order, ReadCards)
            apply_order_result(store, item, item.work, OrderResult(Outcome.ACCEPTED, str(version)), at(minute), forecourt.ids)
            store.outbox.done(item.id, at(minute), "done")
    return len(asked)


def test_a_charger_that_lost_its_list_is_sent_it_again(place) -> None:
    choose(place, OfflineCards.ALL)
    (first,) = keeps(place, 1)
    assert names(place, HOUR + 1, first.version) == 1 and keeps(place, HOUR + 2) == []
    assert names(place, 2 * HOUR + 1, 0) == 1
    (again,) = keeps(place, 2 * HOUR + 2)
    assert (uids([again]), again.whole, again.version > first.version) == ([[CARD]], True, True)


def test_a_charger_that_reports_its_own_list_versions_is_not_sent_the_list_endlessly(place) -> None:
    choose(place, OfflineCards.ALL)
    keeps(place, 1)
    told_again = [(names(place, hour * HOUR, 1), len(keeps(place, hour * HOUR + 1))) for hour in range(1, 6)]
    assert told_again == [(1, 1), (1, 1), (1, 1), (0, 0), (0, 0)]


def test_card_ids_too_long_for_the_chargers_ocpp_version_take_no_place_on_its_list(place, crowd) -> None:
    with place.transactions.begin() as store:
        for number in range(3):
            card = store.drivers.token(place.operator_id, token_uid(f"RIDER{number}"))
            store.drivers.put_token(replace(card, uid=TokenUid(f"{number}" * 21)))
    put(place, settings=ChargerSettings(card_room=3, cards_at_once=9))
    choose(place, OfflineCards.ALL)
    (sent,) = keeps(place, 1)
    assert len(sent.cards) == told(place).cards == 3 and max(len(card.uid) for card in sent.cards) <= 20
    put(place, protocol=Protocol.OCPP201, settings=ChargerSettings(card_room=3, cards_at_once=9))
    choose(place, OfflineCards.ALL, 2)
    (sent,) = keeps(place, 3)
    assert max(len(card.uid) for card in sent.cards) == 21


def test_the_list_of_an_ocpp_1_6_charger_is_as_long_as_its_settings_allow(place) -> None:
    put(place, inventory=Inventory(0, "1.0", (InventoryPart(SOCKETS_16, "1"),), whole=True))
    choose(place, OfflineCards.ALL)
    with place.transactions.begin() as store:
        assert store.stations.charger(CP1).card_room == (5, 2)


def test_a_charger_that_rejects_the_list_is_not_sent_it_until_it_boots_or_the_setting_is_saved(place) -> None:
    choose(place, OfflineCards.ALL)
    assert [len(keeps(place, minute, Outcome.REJECTED)) for minute in (1, 12, 23, 34, 45)] == [1, 1, 1, 0, 0]
    assert told(place).refused == "REJECTED"
    place.says(CP1, ChargerBooted(at(50), "ocpp1.6", "V", "M"))
    assert [len(keeps(place, minute, Outcome.UNSUPPORTED)) for minute in (51, 62)] == [1, 0], "one that cannot is asked once"
    choose(place, OfflineCards.ALL, 70)
    assert len(keeps(place, 71)) == 1


def test_a_list_that_the_operator_has_turned_off_is_cleared_once(place) -> None:
    choose(place, OfflineCards.ALL)
    keeps(place, 1)
    choose(place, OfflineCards.NONE, 2)
    assert uids(keeps(place, 3)) == [[]]
    place.says(CP1, ChargerBooted(at(20), "ocpp1.6", "V", "M"))
    assert keeps(place, 21) == [] and not told(place).holds


def pushed(roaming, whitelist: Whitelist, minute: float) -> str:
    """A roaming partner's card, as the partner reports it and as it is stored after its first use."""
    token = replace(roaming_token(roaming.operator_id, whitelist=whitelist), last_updated=at(minute))
    with roaming.transactions.begin() as store:
        receive_token(store, token, at(minute))
        authorization_question(
            store, CardPresented(ChargerId("CP2"), roaming.operator_id, roaming.site_id, token.uid, at(minute)), at(minute)
        )
    return token.uid


@pytest.fixture
def traveller(roaming) -> str:
    """A partner's card that has charged here."""
    put(roaming)
    uid = pushed(roaming, Whitelist.ALWAYS, 0)
    roaming.stops("CP2", roaming.starts("CP2", 1, uid).transaction, 2, 2000)
    return uid


def test_a_roaming_partners_card_is_listed_only_if_its_whitelist_allows_offline_use(roaming, traveller) -> None:
    choose(roaming, OfflineCards.REGULARS, 3)
    assert uids(keeps(roaming, 4)) == [[traveller]]
    pushed(roaming, Whitelist.NEVER, 10)
    choose(roaming, OfflineCards.REGULARS, 11)
    assert uids(keeps(roaming, 12)) == [[]]


@both_stores
def test_cards_of_a_blocked_partner_or_without_a_recent_charge_at_the_site_are_not_listed(roaming, traveller) -> None:
    with roaming.transactions.begin() as store:
        (partner,) = store.roaming.partners(roaming.operator_id)
        store.roaming.put_partner(replace(partner, blocked=True))
    choose(roaming, OfflineCards.REGULARS, 3)
    assert uids(keeps(roaming, 4)) == [[]]
    with roaming.transactions.begin() as store:
        store.roaming.put_partner(partner)
    choose(roaming, OfflineCards.ALL, 60 * 24 * 400)
    assert uids(keeps(roaming, 60 * 24 * 400 + 1)) == [[CARD]], "of strangers only who comes here"


def test_list_versions_still_grow_after_an_older_copy_of_the_data_was_restored(place) -> None:
    choose(place, OfflineCards.ALL)
    with place.transactions.begin() as store:
        before = store.stations.charger(CP1)
    (lost,) = keeps(place, 1)
    with place.transactions.begin() as store:
        store.stations.put_charger(before)
    (again,) = keeps(place, 10)
    assert again.version > lost.version
