"""Roaming partners: the objects they read here, and requests to their systems. Edges send these; flows never wait for them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from forecourt.drivers import RoamingPartner, RoamingToken
from forecourt.kernel import OperatorId, TokenUid


class PartnerUnreachable(Exception):
    """A partner's system cannot be reached at its address, may not be called there, is too slow, or does not answer in OCPI.

    The text is one line for the operator.
    """


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request to an address that a partner named. within_s: the timeout of each step; altogether about twice that."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    within_s: float = 10.0


class HttpResponse(NamedTuple):
    """The response. link: its Link header, which points to the next page."""

    http_status: int
    body: bytes
    link: str = ""


class HttpClient(Protocol):
    """Sends requests to addresses that others have named. Blocking, and thread-safe."""

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request and return the response, whatever its status. Raises PartnerUnreachable."""
        ...


@dataclass(frozen=True, slots=True)
class PublishedObject:
    """An object that partners can read here, as it was at the last read. digest: of its content; changed_at: when that last changed."""

    operator_id: OperatorId
    key: str
    digest: bytes
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PartnerRequest:
    """A request to an OCPI module of a registered partner. role: the partner's, SENDER or RECEIVER. path: after the module's URL.

    us: country and party of the operator that sends it. address: the full URL, if the partner named one. query: of a list.
    """

    partner: RoamingPartner
    us: tuple[str, str]
    method: str
    module: str
    role: str
    path: str = ""
    body: bytes = b""
    within_s: float = 10.0
    address: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True)
class PushedObject:
    """The version of a site or tariff that a partner has accepted. key: as in PublishedObject.

    digest: of its content without EVSE states and times; empty: it has none. states: of EVSEs, by uid. tariff_ids: those it refers to.
    error: why the partner did not accept a later push; empty: nothing is wrong.
    """

    operator_id: OperatorId
    partner_id: UUID
    key: str
    digest: bytes = b""
    states: Mapping[str, str] = field(default_factory=dict)
    tariff_ids: tuple[str, ...] = ()
    taken_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class PartnerUpdate:
    """An update for a partner. pushed: what the partner has once it accepts, for objects of which that is stored."""

    call: PartnerRequest
    pushed: PushedObject | None = None


@dataclass(frozen=True, slots=True)
class PartnerResult:
    """The result of an update. error: why it was (perhaps) not accepted; empty: it was. data, next_query: as in PartnerResponse."""

    error: str = ""
    data: Any = None
    next_query: str = ""


@dataclass(frozen=True, slots=True)
class PartnerResponse:
    """http_status: of the transport; status_code: OCPI's, of the request itself (1000: success). next_query: for the next page of a list,
    if there is one."""

    http_status: int
    status_code: int
    message: str = ""
    data: Any = None
    next_query: str = ""

    @property
    def fine(self) -> bool:
        return self.http_status < 300 and 1000 <= self.status_code < 2000

    @property
    def is_unavailable(self) -> bool:
        """The partner's system failed or is overloaded: try again later."""
        return self.http_status >= 500 or self.http_status in (408, 429) or 3000 <= self.status_code < 4000


class PartnerClient(Protocol):
    """Sends OCPI requests to registered partners. Blocking, and thread-safe."""

    def call(self, call: PartnerRequest) -> PartnerResponse:
        """Send a request and return the response, whatever its status. Raises PartnerUnreachable, also if the partner does not offer the
        module."""
        ...


class RoamingRepository(Protocol):
    def partner(self, partner_id: UUID) -> RoamingPartner | None: ...
    def lock_partner(self, partner_id: UUID) -> RoamingPartner | None:
        """The partner as it is now, locked until this unit of work ends."""
        ...

    def partners(self, operator_id: OperatorId) -> Sequence[RoamingPartner]:
        """The operator's roaming partners, by name."""
        ...

    def by_digest(self, digest: bytes) -> RoamingPartner | None:
        """The partner, as it is now, one of whose credentials tokens (newest, previous, offered) has this SHA-256 digest."""
        ...

    def put_partner(self, partner: RoamingPartner) -> None:
        """Store a partner. The store refuses a second one of an operator with the same country and party, and a digest that another has."""
        ...

    def token(self, partner_id: UUID, owner: tuple[str, str], uid: TokenUid, kind: str) -> RoamingToken | None:
        """The token with a uid and type that a partner vouches for. owner: its country and party."""
        ...

    def shown(self, operator_id: OperatorId, uid: TokenUid) -> Sequence[RoamingToken]:
        """All tokens that an operator's partners vouch for and that may be the one shown, whose uid partners may spell differently
        (`drivers.contract_spellings`); last updated first."""
        ...

    def token_figures(self, partner_id: UUID) -> tuple[int, datetime | None]:
        """The number of tokens that a partner vouches for, and when it last changed one, as stated by the partner."""
        ...

    def put_token(self, token: RoamingToken) -> None: ...
    def published(self, operator_id: OperatorId, keys: Collection[str]) -> Mapping[str, PublishedObject]:
        """The published objects with these keys, by key; keys without one are left out."""
        ...

    def put_published(self, told: PublishedObject) -> None: ...
    def pushed(self, partner_id: UUID, key: str) -> PushedObject | None: ...
    def pushed_to(self, partner_id: UUID) -> Sequence[PushedObject]:
        """All objects pushed to a partner, by key."""
        ...

    def put_pushed(self, pushed: PushedObject) -> None: ...
    def forget_pushed(self, partner_id: UUID) -> None:
        """Forget all objects pushed to a partner: it may no longer have any of them."""
        ...
