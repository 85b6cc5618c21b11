"""Tokens that partners vouch for: kept as they are pushed, and known at a charger once one is shown there.

What is charged with is a token of ours, made when a partner's token is shown first: for good where we may decide alone, else for as long
as the partner's answer holds. So a card is judged in one way, whoever issued it, and nothing waits for a partner.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote

from forecourt.drivers import Registered, RoamingPartner, RoamingToken, Token, TokenKind, TokenStatus, Whitelist, roamer, token_uid
from forecourt.flows.ports.roaming import PartnerCall, PartnerReply
from forecourt.flows.ports.store import Store
from forecourt.flows.roaming.telling_sites import ENCODER
from forecourt.kernel import BadInput
from forecourt.ocpi import Allowed, LocationReferences, authorization
from forecourt.stations import CardShown

# For so long a partner's answer is good for a start.
ANSWER_HOLDS = timedelta(minutes=15)
# Somebody stands at the charger, card in hand.
ANSWER_WITHIN_S = 0.9
_ALONE = (Whitelist.ALWAYS, Whitelist.ALLOWED)


@dataclass(frozen=True, slots=True)
class CardQuestion:
    """What to ask of a partner about its card; call None: nothing, the card is known now. place: where it is shown."""

    token: RoamingToken
    call: PartnerCall | None
    place: LocationReferences | None = None


def keep_token(store: Store, token: RoamingToken, at: datetime) -> bool:
    """Whether it is new. Where it was shown here before, what holds from now on is what the partner says now; what it said earlier and
    comes late, such as a push sent anew, changes nothing: a card that was blocked since stays so."""
    known = store.roaming.token(token.partner_id, (token.country, token.party), token.uid, token.type)
    if known is not None and token.last_updated < known.last_updated:
        return False
    store.roaming.put_token(token)
    driver, ours = roamer(token)
    shown = store.drivers.token(token.operator_id, ours.uid)
    if shown is not None and shown.driver_id == driver.id:
        store.drivers.put_token(ours if token.whitelist in _ALONE else replace(ours, valid_until=at))
    return known is None


def push_token(store: Store, token: RoamingToken, at: datetime) -> bool:
    """As `keep_token`, of what its partner pushes by itself: what of its list was not taken under that uid has come right."""
    new, partner = keep_token(store, token, at), store.roaming.partner(token.partner_id)
    if partner is not None and _mended(partner, token) is not partner:
        partner = store.roaming.lock_partner(token.partner_id)
        if partner is not None:
            store.roaming.put_partner(_mended(partner, token))
    return new


def _mended(partner: RoamingPartner, token: RoamingToken) -> RoamingPartner:
    """The same where nothing was refused under that uid."""
    state = partner.state
    if not isinstance(state, Registered) or all(one.name != token.uid for one in state.tokens_refused):
        return partner
    return replace(partner, state=replace(state, tokens_refused=tuple(one for one in state.tokens_refused if one.name != token.uid)))


def ask_about(store: Store, card: CardShown, at: datetime) -> CardQuestion | None:
    """Of a card that was refused, or whose answer is too old: None where no partner vouches for it, or it is one of our own."""
    try:
        uid = token_uid(card.token)
    except BadInput:
        return None
    own = store.drivers.token(card.operator_id, uid)
    if own is not None and own.kind is not TokenKind.ROAMING:
        return None
    shown = [one for one in store.roaming.shown(card.operator_id, uid) if roamer(one)[1].uid == uid]
    for token in sorted(shown, key=lambda one: not one.valid):
        partner = store.roaming.partner(token.partner_id)
        if partner is None or not partner.stands:
            continue
        if token.whitelist not in _ALONE:
            place = _place(store, card)
            return CardQuestion(token, _call(store, partner, token, place), place)
        if token.valid:
            _put(store, token, None)
            return CardQuestion(token, None)
    return None


def partner_answered(store: Store, question: CardQuestion, reply: PartnerReply | None, at: datetime) -> bool:
    """Whether the card is good. reply None: the partner did not answer; nor does one that is in trouble itself. What it says holds for a
    while, and for one charge."""
    asked, info = question.token, authorization(reply.data) if reply is not None and reply.fine else None
    if reply is None or reply.troubled:
        good = asked.whitelist is Whitelist.ALLOWED_OFFLINE and asked.valid
    else:
        good = info is not None and info.allowed is Allowed.ALLOWED and _here(info.location, question.place)
    if good:
        reference = info.authorization_reference or "" if info else ""
        now = store.roaming.token(asked.partner_id, (asked.country, asked.party), asked.uid, asked.type) or asked
        store.roaming.put_token(replace(now, allowed_at=at if info else None, reference=reference))
        _put(store, replace(asked, valid=True), at + ANSWER_HOLDS)
    return good


def spend_answer(store: Store, token: Token, at: datetime) -> None:
    """A charge has begun with it: about the next one its partner is asked anew (OCPI: about any use)."""
    if token.valid_until is not None and token.valid_until > at:
        store.drivers.put_token(replace(token, valid_until=at))


def as_it_stands(store: Store, token: Token) -> Token:
    """One of a partner that has left or is blocked starts nothing."""
    partner_id = store.drivers.driver(token.driver_id).roaming_partner_id if token.kind is TokenKind.ROAMING else None
    partner = store.roaming.partner(partner_id) if partner_id else None
    return token if partner_id is None or (partner and partner.stands) else replace(token, status=TokenStatus.BLOCKED)


def _put(store: Store, token: RoamingToken, valid_until: datetime | None) -> None:
    driver, ours = roamer(token)
    store.drivers.put_driver(driver)
    store.drivers.put_token(replace(ours, valid_until=valid_until))


def _place(store: Store, card: CardShown) -> LocationReferences | None:
    """The sockets of the charger: at which of them a car is plugged in nobody knows yet."""
    charger = store.stations.charger(card.charger_id)
    if charger is None or charger.site_id is None:
        return None
    here = sorted(str(one.id) for one in store.stations.evses(charger.site_id) if one.charger_id == charger.id and one.retired_at is None)
    return LocationReferences(location_id=str(charger.site_id), evse_uids=tuple(here))


def _here(allowed: LocationReferences | None, asked: LocationReferences | None) -> bool:
    return allowed is None or asked is None or allowed.leaves(asked)


def _call(store: Store, partner: RoamingPartner, token: RoamingToken, place: LocationReferences | None) -> PartnerCall:
    operator = store.stations.operator(partner.operator_id)
    us = (operator.country, operator.party_id)
    path = f"{quote(token.uid, safe='')}/authorize?type={quote(token.type, safe='')}"
    return PartnerCall(partner, us, "POST", "tokens", "SENDER", path, ENCODER.encode(place) if place else b"", ANSWER_WITHIN_S)
