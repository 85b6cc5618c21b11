"""Charges of partners' drivers, what partners were told of them, and what partners asked for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forecourt.kernel import DocumentId, EvseId, OperatorId, SessionId, TokenUid
from forecourt.ocpi import AuthMethod, Cdr, CdrToken


@dataclass(frozen=True, slots=True)
class Passing:
    """How it stands with telling a partner. told_at: when it took what it was told last; None: never.

    error: why it did not take what it was told since; empty: nothing is wrong.
    """

    told_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class RoamingCharge:
    """A charge whose driver has a contract with a partner: the partner pays it. changed_at: when it last became different."""

    session_id: SessionId
    operator_id: OperatorId
    partner_id: UUID
    token: CdrToken
    auth_method: AuthMethod
    authorization_reference: str | None
    began_at: datetime
    changed_at: datetime
    passing: Passing = Passing()


@dataclass(frozen=True, slots=True)
class RoamingCdr:
    """A CDR as it was made with its document, sealed; it has the document's id."""

    document_id: DocumentId
    operator_id: OperatorId
    partner_id: UUID
    session_id: SessionId
    made_at: datetime
    cdr: Cdr
    passing: Passing = Passing()


@dataclass(frozen=True, slots=True)
class RoamingCommand:
    """What a partner asked us to do at a charger, and where it wants to hear how that went. token: of a start.

    shown: what the charger is shown for it; the token's own uid where that is short enough.
    """

    id: UUID
    operator_id: OperatorId
    partner_id: UUID
    response_url: str
    asked_at: datetime
    evse_id: EvseId | None = None
    token: CdrToken | None = None
    shown: TokenUid | None = None
    authorization_reference: str | None = None


@dataclass(frozen=True, slots=True)
class PageWanted:
    """Of a partner's objects that were changed from `since` on and before `until`, the oldest first: so many after an offset."""

    since: datetime | None = None
    until: datetime | None = None
    offset: int = 0
    limit: int = 100
