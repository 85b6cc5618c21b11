"""Tokens as partners push them, and answers to real-time authorization; 2.2.1 and 2.3.0 write them alike."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from forecourt.drivers import RoamingPartner, RoamingToken, TokenRefused, Whitelist, token_uid
from forecourt.kernel import BadInput, OperatorId, instant_text
from forecourt.ocpi.model import Ci2, Ci3, Ci36, Instant, Open
from forecourt.ocpi.times import instant_of

# Longest name and reason shown to a person for a refused token.
_MAX_NAME_CHARS, _MAX_REASON_CHARS = 36, 160
Text64 = Annotated[str, Meta(max_length=64)]


class EnergyContract(Struct, frozen=True, kw_only=True, omit_defaults=True):
    supplier_name: Text64
    contract_id: Text64 | None = None


class OcpiToken(Struct, frozen=True, kw_only=True, omit_defaults=True):
    country_code: Ci2
    party_id: Ci3
    uid: Ci36
    type: Open
    contract_id: Ci36
    visual_number: Text64 | None = None
    issuer: Text64
    group_id: Ci36 | None = None
    valid: bool
    whitelist: Whitelist
    language: Annotated[str, Meta(max_length=2)] | None = None
    default_profile_type: Open | None = None
    energy_contract: EnergyContract | None = None
    last_updated: Instant


class Allowed(StrEnum):
    ALLOWED = "ALLOWED"
    BLOCKED = "BLOCKED"
    EXPIRED = "EXPIRED"
    NO_CREDIT = "NO_CREDIT"
    NOT_ALLOWED = "NOT_ALLOWED"


class LocationReferences(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a token is presented; in an answer, the EVSEs at which it may be used."""

    location_id: Ci36
    evse_uids: tuple[Ci36, ...] | None = None

    def leaves(self, requested: "LocationReferences") -> bool:
        """Whether any of the EVSEs asked about is allowed; naming none allows all."""
        return not self.evse_uids or bool({one.lower() for one in self.evse_uids} & {one.lower() for one in requested.evse_uids or ()})


class AuthorizationInfo(Struct, frozen=True, kw_only=True):
    """The deciding fields; others are ignored."""

    allowed: Allowed
    authorization_reference: Ci36 | None = None
    location: LocationReferences | None = None


def authorization(data: object) -> AuthorizationInfo | None:
    """None if it is not one. Some libraries answer with a list of one, contrary to the specification."""
    try:
        return msgspec.convert(data[0] if isinstance(data, list) and len(data) == 1 else data, AuthorizationInfo)
    except (msgspec.ValidationError, RecursionError):
        return None


def patched(token: OcpiToken, changes: Mapping[str, Any]) -> OcpiToken:
    """The token with the fields of a PATCH applied; its identifying fields stay. Raises BadInput."""
    if "last_updated" not in changes:
        raise BadInput("field", "token.last_updated: is missing.")
    try:
        return msgspec.convert(msgspec.to_builtins(token) | dict(changes), OcpiToken)
    except msgspec.ValidationError as error:
        raise BadInput("field", f"token: {error}.") from error


def to_roaming_token(token: OcpiToken, operator_id: OperatorId, partner_id: UUID) -> RoamingToken:
    contract = token.energy_contract
    return RoamingToken(
        operator_id=operator_id,
        partner_id=partner_id,
        country=token.country_code.upper(),
        party=token.party_id.upper(),
        uid=token_uid(token.uid),
        type=token.type,
        contract_id=token.contract_id,
        issuer=token.issuer,
        valid=token.valid,
        whitelist=token.whitelist,
        last_updated=_instant(token.last_updated),
        visual_number=token.visual_number or "",
        group_id=token.group_id or "",
        language=token.language or "",
        default_profile_type=token.default_profile_type or "",
        energy_contract=(contract.supplier_name, contract.contract_id or "") if contract else None,
    )


def parse_tokens(documents: Iterable[object], partner: RoamingPartner) -> Iterator[RoamingToken | TokenRefused]:
    """From a list: the tokens of parties the partner speaks for; and a refusal for each invalid token or one of another party."""
    for one in documents:
        try:
            token = to_roaming_token(msgspec.convert(one, OcpiToken), partner.operator_id, partner.id)
        except (msgspec.ValidationError, BadInput) as error:
            yield TokenRefused(_name(one), _plain(str(error), _MAX_REASON_CHARS))
        except RecursionError:
            yield TokenRefused(_name(one), "Its parts lie too deep within one another.")
        else:
            if partner.peer is not None and partner.peer.speaks_for(token.country, token.party):
                yield token
            else:
                yield TokenRefused(f"{token.country}*{token.party}", "The partner does not speak for this party.")


def _name(document: object) -> str:
    uid = document.get("uid") if isinstance(document, dict) else None
    return _plain(uid.strip().upper(), _MAX_NAME_CHARS) if isinstance(uid, str) and uid.strip() else "no uid"


def _plain(text: str, max_chars: int) -> str:
    return "".join(one if one.isprintable() else "?" for one in text[:max_chars])


def ocpi_token(token: RoamingToken) -> OcpiToken:
    """As it was pushed."""
    contract = token.energy_contract
    return OcpiToken(
        country_code=token.country,
        party_id=token.party,
        uid=token.uid,
        type=token.type,
        contract_id=token.contract_id,
        visual_number=token.visual_number or None,
        issuer=token.issuer,
        group_id=token.group_id or None,
        valid=token.valid,
        whitelist=token.whitelist,
        language=token.language or None,
        default_profile_type=token.default_profile_type or None,
        energy_contract=EnergyContract(supplier_name=contract[0], contract_id=contract[1] or None) if contract else None,
        last_updated=instant_text(token.last_updated),
    )


def _instant(text: str) -> datetime:
    return instant_of(text, "token.last_updated")
