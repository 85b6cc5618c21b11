"""Roaming partners (OCPI): companies whose customers charge here, how we and they know each other, and the tokens they vouch for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from forecourt.drivers.model import Driver, PayBy, Token, TokenKind, TokenStatus
from forecourt.kernel import BadInput, DriverId, OperatorId, TokenUid


@dataclass(frozen=True, slots=True)
class PartyRole:
    """One of the parties a partner's system speaks for. role: EMSP, CPO, HUB, ..."""

    role: str
    country: str
    party: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a partner's system serves a module. role: SENDER or RECEIVER."""

    module: str
    role: str
    url: str


@dataclass(frozen=True, slots=True)
class Peer:
    """The partner's system as it described itself. key: the credentials token it knows us by, sealed (OCPI: token B, as seen from us)."""

    version: str
    versions_url: str
    key: str
    roles: tuple[PartyRole, ...]
    endpoints: tuple[Endpoint, ...]

    def url_of(self, module: str, role: str) -> str | None:
        return next((one.url for one in self.endpoints if (one.module, one.role) == (module, role)), None)

    def speaks_for(self, country: str, party: str) -> bool:
        wanted = (country.upper(), party.upper())
        return any((one.country.upper(), one.party.upper()) == wanted for one in self.roles)


@dataclass(frozen=True, slots=True)
class Invited:
    """May register, once. digest: SHA-256 of the credentials token it was handed (OCPI: token A)."""

    digest: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Registered:
    """digest: SHA-256 of the credentials token we know it by (OCPI: token C). at: when it registered, or last renewed that.

    renewing: of the one we are about to give it instead; it looks at us with that while we wait for its answer. tokens_at: when we last
    began to read all its tokens, and did.
    """

    digest: bytes
    at: datetime
    peer: Peer
    renewing: bytes | None = None
    tokens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Parted:
    """It knows no credentials token of ours any more, and we none of its."""

    at: datetime


@dataclass(frozen=True, slots=True)
class RoamingPartner:
    """country, party: by which it is registered (ISO 3166-1 alpha-2, three characters), of one operator here.

    blocked: it is answered nothing, and its customers start no charge.
    """

    id: UUID
    operator_id: OperatorId
    name: str
    country: str
    party: str
    state: Invited | Registered | Parted
    blocked: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.name.strip()) <= 100:
            raise BadInput("name", "A partner needs a name.", "1 to 100 characters.")
        if len(self.country) != 2 or not (self.country.isascii() and self.country.isalpha() and self.country.isupper()):
            raise BadInput("country", f"{self.country[:20]!r} is not a country code.", "Use ISO 3166-1 alpha-2, such as DE.")
        if len(self.party) != 3 or not (self.party.isascii() and self.party.isalnum() and self.party == self.party.upper()):
            raise BadInput("party_id", f"{self.party[:20]!r} is not a party id.", "It has three letters or digits.")

    @property
    def partner_id(self) -> UUID:
        """As papers about it call it."""
        return self.id

    @property
    def digest(self) -> bytes | None:
        """Of the credentials token that it shows us."""
        return None if isinstance(self.state, Parted) else self.state.digest

    @property
    def digests(self) -> tuple[bytes, ...]:
        """Of the credentials tokens that let it in."""
        renewing = self.state.renewing if isinstance(self.state, Registered) else None
        return tuple(one for one in (self.digest, renewing) if one)

    @property
    def peer(self) -> Peer | None:
        """None where it has not registered, or has left."""
        return self.state.peer if isinstance(self.state, Registered) else None

    @property
    def state_name(self) -> str:
        return "Blocked" if self.blocked else type(self.state).__name__


class Whitelist(StrEnum):
    """When we may decide on a token ourselves (OCPI WhitelistType)."""

    ALWAYS = "ALWAYS"  # alone, never asking
    ALLOWED = "ALLOWED"
    ALLOWED_OFFLINE = "ALLOWED_OFFLINE"  # where the partner does not answer
    NEVER = "NEVER"


@dataclass(frozen=True, slots=True)
class RoamingToken:
    """A token as its partner pushed it. type: RFID, APP_USER, AD_HOC_USER, EMAID, OTHER, or another word; uid and type name it.

    country, party: of the provider that owns it, one of those the partner speaks for. last_updated: as the partner says.
    energy_contract: supplier and number. allowed_at: when the partner, asked, last allowed a charge; reference: by what name it did.
    """

    operator_id: OperatorId
    partner_id: UUID
    country: str
    party: str
    uid: TokenUid
    type: str
    contract_id: str
    issuer: str
    valid: bool
    whitelist: Whitelist
    last_updated: datetime
    visual_number: str = ""
    group_id: str = ""
    language: str = ""
    default_profile_type: str = ""
    energy_contract: tuple[str, str] | None = None
    allowed_at: datetime | None = None
    reference: str = ""


def roaming_payer(partner: RoamingPartner) -> Driver:
    """Who pays what a partner's customers charge: the partner, by the month. Address and e-mail are told later."""
    return Driver(DriverId(partner.id), partner.operator_id, partner.name, email="", pay_by=PayBy.ACCOUNT, guest=True)


def looks_like_roamer(driver_id: DriverId) -> bool:
    """No driver of our own has such an id: a question that costs nothing, before one that does."""
    return driver_id.version == 5


def roamer(token: RoamingToken) -> tuple[Driver, Token]:
    """Who charges here with a partner's token: one driver for each contract, of whom nothing else is known, paid for by the partner."""
    contract = f"{token.country}/{token.party}/{token.contract_id}".upper()
    driver = Driver(
        id=DriverId(uuid5(token.partner_id, contract)),
        operator_id=token.operator_id,
        name=token.contract_id,
        email="",
        language=token.language or "en",
        pay_by=PayBy.ACCOUNT,
        guest=True,
        roaming_partner_id=token.partner_id,
    )
    status = TokenStatus.ACTIVE if token.valid else TokenStatus.BLOCKED
    return driver, Token(token.uid, token.operator_id, driver.id, TokenKind.ROAMING, status, label=token.visual_number)
