"""What pricing needs from the record."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from forecourt.kernel import SiteId
from forecourt.revenue import PriceProposal, PriceRules, SlotBids


class PricingBook(Protocol):
    """An operator's rules for the prices of a site, every proposal ever made, and what slots are worth."""

    def rules(self, site_id: SiteId) -> PriceRules | None: ...
    def put_rules(self, rules: PriceRules) -> None: ...
    def proposal(self, proposal_id: UUID) -> PriceProposal | None:
        """No other unit of work decides it until this one ends."""
        ...

    def proposals(self, site_id: SiteId, limit: int = 50) -> Sequence[PriceProposal]:
        """Newest first."""
        ...

    def put_proposal(self, proposal: PriceProposal) -> None: ...
    def bids(self, site_id: SiteId) -> SlotBids | None: ...
    def put_bids(self, bids: SlotBids) -> None: ...
