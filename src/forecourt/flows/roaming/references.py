"""Resolve what a partner's command names: a socket of ours, a token of its own, and where to send the result."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from forecourt.drivers import RoamingPartner, RoamingToken, Token, Whitelist, roaming_identity, token_uid
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, EvseId, Forbidden, NotFound, SiteId, TokenUid
from forecourt.ocpi import CONNECTOR, CdrToken
from forecourt.stations import Evse, Protocol, Site

UNKNOWN_PLACE, UNKNOWN_SESSION = "location", "unknown_session"
_MAX_UID_CHARS = 20  # of OCPP 1.6


def check_response_url(partner: RoamingPartner, response_url: str) -> None:
    """Results are sent there with our credentials, so only to a server that the partner has registered. Raises BadInput."""
    if partner.peer is None or not partner.peer.is_at(response_url):
        raise BadInput("response_url", "response_url is not at a server of yours.", "Name one where your versions or modules are.")


def resolve_token(
    store: Store, partner: RoamingPartner, shown: CdrToken, evses: Collection[Evse], valid: tuple[datetime, datetime]
) -> Token:
    """The token as shown to chargers; it counts as valid, as its partner vouches for it by the command. One that was never pushed is valid
    for this command only.

    evses: where it may be used. valid: from now, until when. Raises Forbidden for a token of others.
    """
    if partner.peer is None or not partner.peer.speaks_for(shown.country_code, shown.party_id):
        raise Forbidden("token_owner", "This token is not one of your own.")
    at, until = valid
    uid = token_uid(shown.uid)
    if len(uid) > _MAX_UID_CHARS and _shown_to_old(store, evses):
        uid = TokenUid(f"RO{sha256(f'{partner.id}/{uid}'.encode()).hexdigest()[: _MAX_UID_CHARS - 2].upper()}")
    driver, token = roaming_identity(
        RoamingToken(
            partner.operator_id, partner.id, shown.country_code, shown.party_id, uid, shown.type, shown.contract_id, "", True,
            Whitelist.ALLOWED, at,
        )
    )  # fmt: skip
    token = replace(token, uid=uid)  # we send it to the charger, so it is shown as we sent it
    known = store.drivers.token(partner.operator_id, uid)
    if known is not None and (known.driver_id != driver.id or known.blocked):
        raise Forbidden("token_refused", "This token is not one that may charge here.")
    if known is not None and (known.valid_until is None or known.valid_until >= until):
        return known
    store.drivers.put_driver(driver)
    store.drivers.put_token(extended := replace(token, valid_until=until))
    return extended


def resolve_site(store: Store, partner: RoamingPartner, location_id: str) -> Site:
    site_id = SiteId(parse_own_id(location_id, UNKNOWN_PLACE))
    site = next((one for one in store.stations.sites(partner.operator_id) if one.id == site_id), None)
    if site is None:
        raise NotFound(UNKNOWN_PLACE, "There is no such Location.")
    return site


def resolve_evse(store: Store, partner: RoamingPartner, location_id: str, evse_uid: str, connector_id: str | None = None) -> Evse:
    evse_id = EvseId(parse_own_id(evse_uid, UNKNOWN_PLACE))
    evse = next((one for one in store.stations.evses(resolve_site(store, partner, location_id).id) if one.id == evse_id), None)
    if evse is None or evse.retired_at is not None or connector_id not in (None, CONNECTOR):
        raise NotFound(UNKNOWN_PLACE, "There is no such EVSE at that Location, or no such connector of it.")
    return evse


def parse_own_id(text: str, code: str) -> UUID:
    """Parse an id. Raises NotFound with this code for what cannot be one of ours."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound(code, f"{text[:36]!r} is not an id of ours.") from error


def _shown_to_old(store: Store, evses: Collection[Evse]) -> bool:
    chargers = [store.stations.charger(charger_id) for charger_id in sorted({one.charger_id for one in evses})]
    return any(one is not None and one.protocol is Protocol.OCPP16 for one in chargers)
