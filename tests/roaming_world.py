"""A roaming partner and a card it vouches for, as tests of several rooms need them."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from forecourt.drivers import (
    Endpoint,
    Invited,
    PartyRole,
    Peer,
    Registered,
    RoamingPartner,
    RoamingToken,
    Whitelist,
    roaming_identity,
    roaming_payer,
)
from forecourt.flows.ports import Store
from forecourt.kernel import OperatorId, TokenUid

SINCE = datetime(2026, 5, 1, tzinfo=UTC)
PARTNER = UUID(int=4711)
TOKEN_C = "token-c-of-the-tests"


def digest_of(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def peer(base: str = "https://emsp.example/ocpi", version: str = "2.2.1") -> Peer:
    sends, receives = ("credentials", "tokens", "commands", "chargingprofiles"), ("locations", "tariffs", "sessions", "cdrs")
    endpoints = [*((name, "SENDER") for name in sends), *((name, "RECEIVER") for name in receives)]
    return Peer(
        version,
        f"{base}/versions",
        "sealed",
        (PartyRole("EMSP", "NL", "TNM", "The New Motion"),),
        tuple(Endpoint(module, role, f"{base}/{version}/{module}") for module, role in endpoints),
    )


def invited(operator_id: OperatorId, secret: str = "token-a") -> RoamingPartner:
    return RoamingPartner(PARTNER, operator_id, "The New Motion", "NL", "TNM", Invited(digest_of(secret), SINCE))


def registered(operator_id: OperatorId, there: Peer | None = None) -> RoamingPartner:
    return replace(invited(operator_id), state=Registered(digest_of(TOKEN_C), SINCE, there or peer()))


def roaming_token(operator_id: OperatorId, uid: str = "04FACADE", whitelist: Whitelist = Whitelist.ALLOWED) -> RoamingToken:
    return RoamingToken(
        operator_id, PARTNER, "NL", "TNM", TokenUid(uid), "RFID", "NL8ACC12E46L89", "The New Motion", True, whitelist, SINCE
    )


def let_in(store: Store, partner: RoamingPartner) -> None:
    """The partner, and what it vouches for."""
    store.roaming.put_partner(partner)
    vouch(store, partner)


def vouch(store: Store, partner: RoamingPartner) -> None:
    """Who pays for a partner, a card it vouches for, and who comes with that card."""
    card = replace(roaming_token(partner.operator_id), partner_id=partner.id)
    store.drivers.put_driver(roaming_payer(partner))
    store.roaming.put_token(card)
    driver, token = roaming_identity(card)
    store.drivers.put_driver(driver)
    store.drivers.put_token(token)
