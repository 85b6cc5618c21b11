"""Roaming partners (OCPI): companies whose customers charge here, how we and they authenticate, and the tokens they vouch for."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from forecourt.drivers.contracts import contract_token
from forecourt.drivers.model import Driver, PayBy, Token, TokenKind, TokenStatus
from forecourt.kernel import BadInput, DriverId, OperatorId, TokenUid

_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class PartyRole:
    """A party that a partner's system speaks for. role: EMSP, CPO, HUB, ..."""

    role: str
    country: str
    party: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The address at which a partner's system serves a module. role: SENDER or RECEIVER."""

    module: str
    role: str
    url: str


def _server(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port: another port of the same host may be somebody else's program."""
    try:
        parts = urlsplit(url)
        return (parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]) if parts.hostname and parts.username is None else None
    except (ValueError, KeyError):
        return None


@dataclass(frozen=True, slots=True)
class Peer:
    """The partner's system as it described itself. key: the credentials token by which it knows us, sealed (OCPI: token B for us)."""

    version: str
    versions_url: str
    key: str
    roles: tuple[PartyRole, ...]
    endpoints: tuple[Endpoint, ...]

    def url_of(self, module: str, role: str) -> str | None:
        return next((one.url for one in self.endpoints if (one.module, one.role) == (module, role)), None)

    def is_at(self, url: str) -> bool:
        """Whether a URL is on one of the servers it has named."""
        servers = {_server(one) for one in (self.versions_url, *(one.url for one in self.endpoints))}
        return (server := _server(url)) is not None and server in servers

    def speaks_for(self, country: str, party: str) -> bool:
        wanted = (country.upper(), party.upper())
        return any((one.country.upper(), one.party.upper()) == wanted for one in self.roles)


@dataclass(frozen=True, slots=True)
class Offer:
    """A credentials token that we sent to a partner without an answer yet, so it is unknown whether the partner has it.

    digest: SHA-256 of it. key: the token itself, sealed, to send it again. to: the versions URL of the recipient. at: our latest
    attempt. over: digest of the newest token the partner was known to have then. taken: it has used the token, but its answer was lost.
    """

    digest: bytes
    key: str
    to: str
    at: datetime
    over: bytes = b""
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Invited:
    """May register, once. digest: SHA-256 of the credentials token it was handed (OCPI: token A).

    offer: if it is we who register with the partner: the token we sent.
    """

    digest: bytes
    at: datetime
    offer: Offer | None = None


@dataclass(frozen=True, slots=True)
class TokenRefused:
    """A token in a partner's list that was not accepted. name: its uid or what there is of one; for a party, its country and id."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Registered:
    """digest: SHA-256 of the newest credentials token it got from us (OCPI: token C). at: when it registered, or last renewed that.

    before: digest of the token it used to get that; accepted until the newest is used, since the answer may have been lost. offer: our
    renewal under way. tokens_at: when we last began a full read of its tokens that succeeded. tokens_flaw: why a read ended early.
    tokens_refused: its tokens that were not accepted and have not been corrected since.
    """

    digest: bytes
    at: datetime
    peer: Peer
    before: bytes | None = None
    offer: Offer | None = None
    tokens_at: datetime | None = None
    tokens_flaw: str = ""
    tokens_refused: tuple[TokenRefused, ...] = ()

    def shown(self, digest: bytes, read_only: bool) -> "Registered":
        """The partner used an accepted token: so it has it, and older ones are no longer accepted.

        looks: it only read our versions or credentials, which it may also do with an offered token before accepting it.
        """
        if digest == self.digest:
            return replace(self, before=None)
        if read_only or self.offer is None or self.offer.taken or digest != self.offer.digest:
            return self
        offer = replace(self.offer, taken=True)
        return replace(self, before=digest, offer=offer) if self.before else replace(self, digest=digest, offer=offer)

    def renewed(self, came_with: bytes, digest: bytes, peer: Peer, at: datetime) -> "Registered":
        """The partner renewed its credentials. If it used the token that we offered, a pending answer to our offer is older than this."""
        offer = None if self.offer and self.offer.digest == came_with else self.offer
        return Registered(digest, at, peer, came_with, offer)

    def answered(self, offer: Offer, peer: Peer, at: datetime) -> "Registered":
        """The partner accepted our offer. Whether a token it was given meanwhile is older or newer to it is unknown."""
        state = replace(self, at=at, peer=peer, offer=None, tokens_at=None, tokens_flaw="", tokens_refused=())
        if offer.taken:
            return state
        if self.before is None:
            return replace(state, digest=offer.digest, before=None if self.digest == offer.over else self.digest)
        return replace(state, before=offer.digest) if self.before == offer.over else replace(state, offer=offer)


@dataclass(frozen=True, slots=True)
class Parted:
    """The partnership has ended: neither side accepts the other's credentials tokens."""

    at: datetime


@dataclass(frozen=True, slots=True)
class PartnerTax:
    """How its customers' charges are taxed. country: where the partner is established (ISO 3166-1), empty: not stated.

    dealer_since: from that day of supply on, it buys for resale; None: it does not. at_home: reverse charge also applies if both
    are in the same country.
    """

    country: str = ""
    dealer_since: date | None = None
    at_home: bool = False

    def __post_init__(self) -> None:
        if self.country and (len(self.country) != 2 or not (self.country.isascii() and self.country.isalpha() and self.country.isupper())):
            raise BadInput("tax_country", f"{self.country[:20]!r} is not a country code.", "Use ISO 3166-1 alpha-2, such as DE.")
        if self.dealer_since and not self.country:
            raise BadInput("tax_country", "Where is the partner established?", "Write its country, such as NL.")

    def deals_on(self, day: date) -> bool:
        return self.dealer_since is not None and self.dealer_since <= day


@dataclass(frozen=True, slots=True)
class RoamingPartner:
    """country, party: under which it is registered (ISO 3166-1 alpha-2, three characters), with one operator here.

    blocked: its requests are refused, and its customers cannot start a charge.
    """

    id: UUID
    operator_id: OperatorId
    name: str
    country: str
    party: str
    state: Invited | Registered | Parted
    blocked: bool = False
    tax: PartnerTax = PartnerTax()

    def __post_init__(self) -> None:
        if not 1 <= len(self.name.strip()) <= 100:
            raise BadInput("name", "A partner needs a name.", "1 to 100 characters.")
        if len(self.country) != 2 or not (self.country.isascii() and self.country.isalpha() and self.country.isupper()):
            raise BadInput("country", f"{self.country[:20]!r} is not a country code.", "Use ISO 3166-1 alpha-2, such as DE.")
        if len(self.party) != 3 or not (self.party.isascii() and self.party.isalnum() and self.party == self.party.upper()):
            raise BadInput("party_id", f"{self.party[:20]!r} is not a party id.", "It has three letters or digits.")

    @property
    def partner_id(self) -> UUID:
        """The partner's id as used in documents."""
        return self.id

    @property
    def digest(self) -> bytes | None:
        """Digest of the newest credentials token it got from us."""
        return None if isinstance(self.state, Parted) else self.state.digest

    @property
    def digests(self) -> tuple[bytes, ...]:
        """Digests of the credentials tokens that are accepted from it, the newest given first."""
        return (*filter(None, (self.digest, self.before, self.offered)),)

    @property
    def before(self) -> bytes | None:
        return self.state.before if isinstance(self.state, Registered) else None

    @property
    def offered(self) -> bytes | None:
        """Digest of a token that we offered and it has not used yet."""
        offer = None if isinstance(self.state, Parted) else self.state.offer
        return offer.digest if offer and not offer.taken and offer.digest != self.digest else None

    @property
    def peer(self) -> Peer | None:
        """None if it has not registered, or has left."""
        return self.state.peer if isinstance(self.state, Registered) else None

    @property
    def is_active(self) -> bool:
        """Whether its statements about its customers count."""
        return not self.blocked and isinstance(self.state, Registered)

    @property
    def state_name(self) -> str:
        return "Blocked" if self.blocked else type(self.state).__name__


class Whitelist(StrEnum):
    """When we may decide on a token ourselves (OCPI WhitelistType)."""

    ALWAYS = "ALWAYS"  # always ourselves, without asking
    ALLOWED = "ALLOWED"
    ALLOWED_OFFLINE = "ALLOWED_OFFLINE"  # if the partner does not answer
    NEVER = "NEVER"


@dataclass(frozen=True, slots=True)
class RoamingToken:
    """A token as its partner sent it. type: RFID, APP_USER, AD_HOC_USER, EMAID, OTHER, or another word; uid and type identify it.

    country, party: of the provider that owns it, one of those the partner speaks for. last_updated: as stated by the partner.
    energy_contract: supplier and number. allowed_at: when the partner, asked, last allowed a charge; reference: of that authorisation.
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
    """The payer of a partner's customers' charges: the partner, monthly. Address and email are filled in later."""
    return Driver(DriverId(partner.id), partner.operator_id, partner.name, email="", pay_by=PayBy.ACCOUNT, guest=True)


def looks_like_roamer(driver_id: DriverId) -> bool:
    """Whether an id may be a roaming driver's: a check that costs nothing, before one that does. Our own drivers' ids never match."""
    return driver_id.version == 5


def roaming_identity(token: RoamingToken) -> tuple[Driver, Token]:
    """The driver and token for a partner's token: one driver per contract, of whom nothing else is known, paid for by the partner.

    A contract gets the spelling used for look-ups, even if its partner spells it otherwise."""
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
    uid = contract_token(token.uid) if token.type == "EMAID" else token.uid
    return driver, Token(uid, token.operator_id, driver.id, TokenKind.ROAMING, status, label=token.visual_number)
