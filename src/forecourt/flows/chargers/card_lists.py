"""Lists of cards stored on chargers, so that drivers can charge while a charger is offline. The operator chooses which, per site.

A card that is blocked, or whose holder is in debt, is removed from the lists within the hour. Offline charges are judged like any other
once the charger reports them, and billed.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.drivers import Token, decide, group_of, looks_like_contract
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import site_for_update
from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.paying.funds import has_funds
from forecourt.flows.ports.store import Store
from forecourt.flows.roaming.tokens import effective_token
from forecourt.kernel import ChargerId, Ids, SiteId
from forecourt.stations import (
    Approval,
    Charger,
    ListedCard,
    OfflineCards,
    OrderResult,
    Outcome,
    Protocol,
    ReadCards,
    SendCards,
    Site,
    Verdict,
    WriteSetting,
    digest_of,
)

_EVERY = timedelta(hours=1)
_REGULAR_FOR = timedelta(days=365)
_SHORT = 20  # characters that every version of OCPP can carry
_HOLDERS = 2000  # the most holders whose cards are considered, as a charger has limited room: those who charged last come first
# A charger keeps a list and uses it offline, but asks while online: whether a charge may begin also depends on bookings and the queue.
_SETTINGS_16 = (("LocalAuthListEnabled", "true"), ("LocalAuthorizeOffline", "true"), ("LocalPreAuthorize", "false"))
_SETTINGS_2 = (
    ("LocalAuthListCtrlr/Enabled", "true"),
    ("AuthCtrlr/LocalAuthorizeOffline", "true"),
    ("AuthCtrlr/LocalPreAuthorize", "false"),
)


def set_offline_cards(store: Store, by: Staff, site_id: SiteId, policy: OfflineCards) -> None:
    """All chargers of the site get a new list, including those that refused one before."""
    site = site_for_update(store, by, site_id)
    store.stations.put_site(replace(site, offline_cards=policy))
    for charger in store.stations.chargers(site_id):
        store.stations.put_charger(replace(charger, cards=charger.cards.after_reset()))
    note(store, by, "site.offline_cards", site.slug, policy.value.lower())


def send_card_lists(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """Send lists that have changed, and clear those no longer wanted. Returns how many chargers were sent something."""
    site = store.stations.site(site_id)
    due = [one for one in store.stations.chargers(site_id, Approval.APPROVED) if _is_due(site, one, at)]
    listed = _listed(store, site, at, max(one.card_room[0] for one in due)) if due else []
    sent = 0
    for one in due:
        is_ocpp16 = one.protocol is Protocol.OCPP16  # OCPP 1.6 knows no contracts of cars
        able = [card for card in listed if len(card.uid) <= one.max_card_chars and not (is_ocpp16 and looks_like_contract(card.uid))]
        sent += _tell(store, one, able[: one.card_room[0]], at, ids)
    return sent


def cards_answered(store: Store, charger_id: ChargerId, sent: SendCards, result: OrderResult, at: datetime) -> None:
    charger = store.stations.charger(charger_id)
    if charger is None:
        return
    if result.outcome is Outcome.ACCEPTED:
        cards = charger.cards.after_acceptance(sent.version)
    else:
        error = "" if result.outcome is Outcome.UNREACHABLE else result.detail or result.outcome.value
        cards = charger.cards.after_failure(sent.version, error, at, for_good=result.outcome is Outcome.UNSUPPORTED)
    store.stations.put_charger(replace(charger, cards=cards))


def card_list_version_reported(store: Store, charger_id: ChargerId, result: OrderResult) -> None:
    """Record the version of the list that the charger reports."""
    charger = store.stations.charger(charger_id)
    if charger is not None and result.outcome is Outcome.ACCEPTED and result.detail:
        store.stations.put_charger(replace(charger, cards=charger.cards.after_version_report(int(result.detail))))


def _is_due(site: Site, charger: Charger, at: datetime) -> bool:
    """If no list is wanted, only a charger that may still have one is due."""
    wanted = site.offline_cards is not OfflineCards.NONE and charger.card_room[0] > 0
    return charger.connected and (wanted or charger.cards.holds) and charger.cards.due(at, _EVERY)


def _tell(store: Store, charger: Charger, listed: list[ListedCard], at: datetime, ids: Ids) -> bool:
    """The first part replaces the charger's list, the others are added to it."""
    if digest_of(listed) == charger.cards.digest:
        store.stations.put_charger(replace(charger, cards=replace(charger.cards, at=at)))
        if charger.cards.should_verify_version:
            enqueue_order(store, charger.id, ReadCards(), at, ids, f"cards/{charger.id}/kept/{ids.new(at)}")
        return False
    at_once = charger.card_room[1]
    parts = [tuple(listed[first : first + at_once]) for first in range(0, len(listed), at_once)] or [()]
    if not charger.cards.digest and listed:
        for name, value in _SETTINGS_16 if charger.protocol is Protocol.OCPP16 else _SETTINGS_2:
            enqueue_order(store, charger.id, WriteSetting(name, value), at, ids, f"cards/{charger.id}/{name}/{ids.new(at)}")
    updated = charger.cards.after_sending(listed, len(parts), at)
    store.stations.put_charger(replace(charger, cards=updated))
    for index, cards in enumerate(parts):
        version = updated.version - len(parts) + 1 + index
        enqueue_order(store, charger.id, SendCards(version, index == 0, cards), at, ids, f"cards/{charger.id}/{version}")
    return True


def _listed(store: Store, site: Site, at: datetime, room: int) -> list[ListedCard]:
    """Cards that would be accepted now, of those who charged here last first: as many as there is room for, plus long ones that not every
    charger can store."""
    if site.offline_cards is OfflineCards.NONE:
        return []
    regulars = list(store.sessions.recent_drivers(site.id, at - _REGULAR_FOR, _HOLDERS))
    rank = {driver_id: place for place, driver_id in enumerate(regulars)}
    cards = sorted(store.drivers.cards(site.operator_id, regulars, 2 * _HOLDERS), key=lambda one: (rank[one.driver_id], one.uid))
    known = {one.uid for one in cards}
    if site.offline_cards is OfflineCards.ALL and len(cards) < room:
        others = store.drivers.cards(site.operator_id, None, 2 * room + len(cards))
        cards += [one for one in others if one.uid not in known and one.is_physical]
    store.drivers.prefetch({one.driver_id for one in cards[: 2 * room]})
    found: list[ListedCard] = []
    short = 0
    for card in cards:
        if short == room:
            break
        if _is_let_in(store, card, at, site.currency):
            short += len(card.uid) <= _SHORT
            found.append(ListedCard(card.uid, group_of(card.driver_id), card.valid_until))
    return found


def _is_let_in(store: Store, card: Token, at: datetime, currency: str) -> bool:
    judged = decide(effective_token(store, card), store.payments.debt_status(card.driver_id), at)
    return judged is Verdict.ACCEPTED and has_funds(store, card, True, at, currency)
