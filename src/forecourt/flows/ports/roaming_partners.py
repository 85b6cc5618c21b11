"""What partners read here, and how their systems are reached, which an edge does: nothing in flows waits for it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from forecourt.drivers import RoamingPartner, RoamingToken
from forecourt.kernel import OperatorId, TokenUid


class PartnerUnreachable(Exception):
    """A partner's system is not where it said, may not be called there, does not answer in time, or answers what is no OCPI.

    The text is one line for the operator.
    """


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request to an address that a partner named. within_s: how long it may take, altogether about twice that."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    within_s: float = 10.0


class HttpResponse(NamedTuple):
    """What was answered. link: the header of that name, which leads to the next page."""

    http_status: int
    body: bytes
    link: str = ""


class HttpClient(Protocol):
    """Carries requests to addresses others have named. Blocking; may be used by several threads."""

    def ask(self, request: HttpRequest) -> HttpResponse:
        """Raises PartnerUnreachable."""
        ...


@dataclass(frozen=True, slots=True)
class PublishedObject:
    """Something partners can read here, as it was when one read it last. digest: of all it says; changed_at: since when it says so."""

    operator_id: OperatorId
    key: str
    digest: bytes
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PartnerRequest:
    """A request to a module of a registered partner. role: of theirs, SENDER or RECEIVER. path: behind the address of the module.

    us: country and party of the operator in whose name it is sent. address: the whole of it, where the partner has named one. query: of a
    list.
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
    """What a partner has of a site or a tariff that is pushed to it. key: as of PublishedObject.

    digest: of all it says, but for what EVSEs do and when; empty: it has none. states: what EVSEs do, by uid. tariff_ids: those it names.
    error: why the partner did not take what it was pushed since; empty: nothing is wrong.
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
    """Something to be said to a partner. pushed: what it has once it has taken it, where that is kept."""

    call: PartnerRequest
    pushed: PushedObject | None = None


@dataclass(frozen=True, slots=True)
class PartnerResult:
    """What came of it. error: why it was not taken, or why nobody knows; empty: it was. data, next_query: as of PartnerResponse."""

    error: str = ""
    data: Any = None
    next_query: str = ""


@dataclass(frozen=True, slots=True)
class PartnerResponse:
    """http_status and status_code as OCPI tells them apart: of the transport, and of what was asked (1000: fine). next_query: of the next
    page of a list, where there is one."""

    http_status: int
    status_code: int
    message: str = ""
    data: Any = None
    next_query: str = ""

    @property
    def fine(self) -> bool:
        return self.http_status < 300 and 1000 <= self.status_code < 2000

    @property
    def troubled(self) -> bool:
        """The partner's own systems do not get as far as an answer."""
        return self.http_status >= 500 or self.http_status in (408, 429) or 3000 <= self.status_code < 4000


class PartnerClient(Protocol):
    """Speaks OCPI to registered partners. Blocking; may be used by several threads."""

    def call(self, call: PartnerRequest) -> PartnerResponse:
        """Raises PartnerUnreachable, also where the partner does not serve that module."""
        ...


class RoamingRepository(Protocol):
    def partner(self, partner_id: UUID) -> RoamingPartner | None: ...
    def lock_partner(self, partner_id: UUID) -> RoamingPartner | None:
        """As it is now; nobody else changes it until this unit of work ends."""
        ...

    def partners(self, operator_id: OperatorId) -> Sequence[RoamingPartner]:
        """By name."""
        ...

    def by_digest(self, digest: bytes) -> RoamingPartner | None:
        """Whose credentials token that is the SHA-256 of, as it is now."""
        ...

    def put_partner(self, partner: RoamingPartner) -> None:
        """The store refuses a second of a party at an operator, and a digest that another has."""
        ...

    def token(self, partner_id: UUID, owner: tuple[str, str], uid: TokenUid, kind: str) -> RoamingToken | None:
        """owner: country and party."""
        ...

    def shown(self, operator_id: OperatorId, uid: TokenUid) -> Sequence[RoamingToken]:
        """All tokens of that uid that an operator's partners vouch for, by when they were last updated, newest first."""
        ...

    def token_figures(self, partner_id: UUID) -> tuple[int, datetime | None]:
        """How many tokens a partner vouches for, and when it last changed one, as it says itself."""
        ...

    def put_token(self, token: RoamingToken) -> None: ...
    def told(self, operator_id: OperatorId, keys: Collection[str]) -> Mapping[str, PublishedObject]: ...
    def put_published(self, told: PublishedObject) -> None: ...
    def pushed(self, partner_id: UUID, key: str) -> PushedObject | None: ...
    def pushed_to(self, partner_id: UUID) -> Sequence[PushedObject]:
        """Everything, by key."""
        ...

    def put_pushed(self, pushed: PushedObject) -> None: ...
    def forget_pushed(self, partner_id: UUID) -> None:
        """The partner may have none of it any more."""
        ...
