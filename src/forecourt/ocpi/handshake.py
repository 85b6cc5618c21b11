"""How two OCPI systems register with each other: versions, endpoints, credentials. 2.2.1 and 2.3.0 write them alike."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from forecourt.drivers import Endpoint, PartyRole, Peer
from forecourt.kernel import BadInput
from forecourt.ocpi.model import Ci2, Ci3, Open

VERSIONS = ("2.2.1", "2.3.0")

Url = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^https?://[!-~]+(?![\s\S])")]
# A credentials token: printable ASCII without blanks.
Secret = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[!-~]+(?![\s\S])")]


class OcpiVersion(Struct, frozen=True, kw_only=True):
    version: Open
    url: Url


class OcpiEndpoint(Struct, frozen=True, kw_only=True):
    identifier: Open
    role: Open
    url: Url


class VersionDetails(Struct, frozen=True, kw_only=True):
    version: Open
    endpoints: Annotated[tuple[OcpiEndpoint, ...], Meta(min_length=1, max_length=200)]


class BusinessDetails(Struct, frozen=True, kw_only=True):
    name: Annotated[str, Meta(max_length=100)]


class CredentialsRole(Struct, frozen=True, kw_only=True):
    role: Open
    business_details: BusinessDetails
    party_id: Ci3
    country_code: Ci2


class OcpiCredentials(Struct, frozen=True, kw_only=True):
    """Credentials with which the other party can call their owner's system."""

    token: Secret
    url: Url
    roles: Annotated[tuple[CredentialsRole, ...], Meta(min_length=1, max_length=1000)]


def our_credentials(token: str, versions_url: str, name: str, party: tuple[str, str]) -> OcpiCredentials:
    """party: our country and party id."""
    role = CredentialsRole(role="CPO", business_details=BusinessDetails(name=name[:100]), party_id=party[1], country_code=party[0])
    return OcpiCredentials(token=token, url=versions_url, roles=(role,))


def check_invitation(versions_url: str, token: str) -> None:
    """Check what a partner has supplied. Raises BadInput if the URL or the credentials token is not well-formed."""
    for name, value, kind, noun in (("versions", versions_url, Url, "address"), ("token", token, Secret, "credentials token")):
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            raise BadInput(name, f"{value[:60]!r} is no {noun}.", "Paste what the partner has handed you.") from error


def newest_common(offered: tuple[OcpiVersion, ...]) -> str | None:
    return next((one for one in reversed(VERSIONS) if version_url(offered, one)), None)


def version_url(offered: tuple[OcpiVersion, ...], version: str) -> str | None:
    return next((one.url for one in offered if one.version == version), None)


def peer_of(credentials: OcpiCredentials, details: VersionDetails, key: str) -> Peer:
    """The other party's system as it described itself. key: its token, sealed. Raises BadInput for parties listed twice."""
    roles = tuple(
        PartyRole(one.role.upper(), one.country_code.upper(), one.party_id.upper(), one.business_details.name) for one in credentials.roles
    )
    if len({(one.role, one.country, one.party) for one in roles}) < len(roles):
        raise BadInput("field", "credentials.roles: a role of a party is named twice.")
    endpoints = tuple(Endpoint(one.identifier, one.role.upper(), one.url) for one in details.endpoints)
    return Peer(details.version, credentials.url, key, roles, endpoints)
