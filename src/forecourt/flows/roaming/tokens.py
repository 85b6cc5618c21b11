"""Tokens that partners vouch for: stored as they are pushed, and used once one is shown at a charger.

Charges use a token of our own, made when a partner's token is first shown: permanent if we may decide alone, else valid as long as the
partner's answer. So every card is judged in the same way, whoever issued it, and nothing waits for a partner.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote

from forecourt.drivers import (
    Registered,
    RoamingPartner,
    RoamingToken,
    Token,
    TokenKind,
    TokenStatus,
    Whitelist,
    roaming_identity,
    token_uid,
)
from forecourt.flows.ports.roaming_partners import PartnerRequest, PartnerResponse
from forecourt.flows.ports.store import Store
from forecourt.flows.roaming.published import ENCODER
from forecourt.kernel import BadInput
from forecourt.ocpi import Allowed, LocationReferences, authorization
from forecourt.stations import CardPresented

# How long a partner's answer is valid for a start.
ANSWER_VALID_FOR = timedelta(minutes=15)
# Somebody is waiting at the charger with the card.
ANSWER_TIMEOUT_S = 0.9
_ALONE = (Whitelist.ALWAYS, Whitelist.ALLOWED)


@dataclass(frozen=True, slots=True)
class AuthorizationQuestion:
    """The question to a partner about its card; call None: no question, the card is known by now. place: where it is shown."""

    token: RoamingToken
    call: PartnerRequest | None
    place: LocationReferences | None = None


def store_token(store: Store, token: RoamingToken, at: datetime) -> bool:
    """Store a token; returns whether it is new. If it was shown here before, the partner's present statement now applies; an earlier one
    that arrives late, such as a repeated push, is ignored: a card blocked since stays blocked."""
    known = store.roaming.token(token.partner_id, (token.country, token.party), token.uid, token.type)
    if known is not None and token.last_updated < known.last_updated:
        return False
    store.roaming.put_token(token)
    driver, own_token = roaming_identity(token)
    shown = store.drivers.token(token.operator_id, own_token.uid)
    if shown is not None and shown.driver_id == driver.id:
        store.drivers.put_token(own_token if token.whitelist in _ALONE else replace(own_token, valid_until=at))
    return known is None


def receive_token(store: Store, token: RoamingToken, at: datetime) -> bool:
    """Like `store_token`, for a token the partner pushes: an earlier error in its list under that uid is resolved."""
    stored, partner = store_token(store, token, at), store.roaming.partner(token.partner_id)
    if partner is not None and _mended(partner, token) is not partner:
        partner = store.roaming.lock_partner(token.partner_id)
        if partner is not None:
            store.roaming.put_partner(_mended(partner, token))
    return stored


def _mended(partner: RoamingPartner, token: RoamingToken) -> RoamingPartner:
    """The same object if nothing was refused under that uid."""
    state = partner.state
    if not isinstance(state, Registered) or all(one.name != token.uid for one in state.tokens_refused):
        return partner
    return replace(partner, state=replace(state, tokens_refused=tuple(one for one in state.tokens_refused if one.name != token.uid)))


def authorization_question(store: Store, card: CardPresented, at: datetime) -> AuthorizationQuestion | None:
    """About a card that was refused, or whose answer has expired. None if no partner vouches for it, or it is our own."""
    try:
        uid = token_uid(card.token)
    except BadInput:
        return None
    own_token = store.drivers.token(card.operator_id, uid)
    if own_token is not None and own_token.kind is not TokenKind.ROAMING:
        return None
    shown = [one for one in store.roaming.shown(card.operator_id, uid) if roaming_identity(one)[1].uid == uid]
    for token in sorted(shown, key=lambda one: not one.valid):
        partner = store.roaming.partner(token.partner_id)
        if partner is None or not partner.is_active:
            continue
        if token.whitelist not in _ALONE:
            location = _place(store, card)
            return AuthorizationQuestion(token, _call(store, partner, token, location), location)
        if token.valid:
            _put(store, token, None)
            return AuthorizationQuestion(token, None)
    return None


def apply_authorization(store: Store, question: AuthorizationQuestion, reply: PartnerResponse | None, at: datetime) -> bool:
    """Whether the card is valid. reply None: the partner did not answer, or has trouble itself. The answer is valid for a while, and
    for one charge."""
    token, info = question.token, authorization(reply.data) if reply is not None and reply.fine else None
    if reply is None or reply.is_unavailable:
        is_valid = token.whitelist is Whitelist.ALLOWED_OFFLINE and token.valid
    else:
        is_valid = info is not None and info.allowed is Allowed.ALLOWED and _location_remains(info.location, question.place)
    if is_valid:
        reference = info.authorization_reference or "" if info else ""
        now = store.roaming.token(token.partner_id, (token.country, token.party), token.uid, token.type) or token
        store.roaming.put_token(replace(now, allowed_at=at if info else None, reference=reference))
        _put(store, replace(token, valid=True), at + ANSWER_VALID_FOR)
    return is_valid


def expire_authorization(store: Store, token: Token, at: datetime) -> None:
    """A charge has begun with it: the partner is asked again about the next one (OCPI: about any use)."""
    if token.valid_until is not None and token.valid_until > at:
        store.drivers.put_token(replace(token, valid_until=at))


def effective_token(store: Store, token: Token) -> Token:
    """A token of a partner that has left or is blocked starts nothing."""
    partner_id = store.drivers.driver(token.driver_id).roaming_partner_id if token.kind is TokenKind.ROAMING else None
    partner = store.roaming.partner(partner_id) if partner_id else None
    return token if partner_id is None or (partner and partner.is_active) else replace(token, status=TokenStatus.BLOCKED)


def _put(store: Store, token: RoamingToken, valid_until: datetime | None) -> None:
    driver, own_token = roaming_identity(token)
    store.drivers.put_driver(driver)
    store.drivers.put_token(replace(own_token, valid_until=valid_until))


def _place(store: Store, card: CardPresented) -> LocationReferences | None:
    """The charger's sockets: it is not known yet which of them a car is plugged into."""
    charger = store.stations.charger(card.charger_id)
    if charger is None or charger.site_id is None:
        return None
    evse_uids = sorted(
        str(one.id) for one in store.stations.evses(charger.site_id) if one.charger_id == charger.id and one.retired_at is None
    )
    return LocationReferences(location_id=str(charger.site_id), evse_uids=tuple(evse_uids))


def _location_remains(allowed: LocationReferences | None, requested: LocationReferences | None) -> bool:
    return allowed is None or requested is None or allowed.leaves(requested)


def _call(store: Store, partner: RoamingPartner, token: RoamingToken, location: LocationReferences | None) -> PartnerRequest:
    operator = store.stations.operator(partner.operator_id)
    us = (operator.country, operator.party_id)
    path = f"{quote(token.uid, safe='')}/authorize?type={quote(token.type, safe='')}"
    return PartnerRequest(partner, us, "POST", "tokens", "SENDER", path, ENCODER.encode(location) if location else b"", ANSWER_TIMEOUT_S)
