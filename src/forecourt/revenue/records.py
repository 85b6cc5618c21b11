"""What is stored of pricing: the operator's rules for a site, every proposal with its outcome, and what slots are worth."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from forecourt.kernel import Conflict, OperatorId, SiteId, TariffVersionId
from forecourt.revenue.model import Bounds, DayFigures, DayKind, Effect, Ladder, PriceMove, ProposalKind


class ApprovalMode(StrEnum):
    """Who decides whether a proposal takes effect."""

    ASK = "ASK"  # a person approves each
    AUTOMATIC = "AUTOMATIC"  # the rules are a standing approval


@dataclass(frozen=True, slots=True)
class PriceRules:
    """What an operator allows at a site. by_occupancy: prices may follow the sockets taken, once such a ladder is approved.

    by_bid_price: a booking that brings less than its slot is worth is not taken; its driver is told the nearest that is.
    """

    operator_id: OperatorId
    site_id: SiteId
    bounds: Bounds
    mode: ApprovalMode = ApprovalMode.ASK
    by_occupancy: bool = False
    by_bid_price: bool = False


@dataclass(frozen=True, slots=True)
class SlotBids:
    """What a socket kept free is worth at a site by local hour (24 a kind of day), in its currency, on the side of the tariff's prices.

    Calculated once a day, with the proposals.
    """

    operator_id: OperatorId
    site_id: SiteId
    found_at: datetime
    workday: tuple[Decimal, ...]
    weekend: tuple[Decimal, ...]

    @property
    def by_day(self) -> dict[DayKind, tuple[Decimal, ...]]:
        return {DayKind.WORKDAY: self.workday, DayKind.WEEKEND: self.weekend}


class ProposalState(StrEnum):
    OPEN = "OPEN"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    REPLACED = "REPLACED"  # a newer one took its place before anybody decided, or after: of a ladder, one alone is in force


@dataclass(frozen=True, slots=True)
class PriceProposal:
    """One proposal as it was made. source: canonical JSON of the OCPI tariff it would publish; replaces: the version it was made
    against. decided_by: account id, or "automatic". published: the version it became."""

    id: UUID
    operator_id: OperatorId
    site_id: SiteId
    made_at: datetime
    kind: ProposalKind
    source: str
    replaces: TariffVersionId
    moves: tuple[PriceMove, ...]
    days: tuple[DayFigures, ...]
    effect: Effect
    reason: str
    ladder: Ladder | None = None
    state: ProposalState = ProposalState.OPEN
    decided_at: datetime | None = None
    decided_by: str = ""
    published: TariffVersionId | None = None
    starts_at: datetime | None = None

    def must_be_open(self) -> None:
        if self.state is not ProposalState.OPEN:
            raise Conflict("proposal_decided", f"This proposal is already {self.state.value.lower()}.", "Calculate a new one.")
