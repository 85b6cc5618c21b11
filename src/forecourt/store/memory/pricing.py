"""Price rules and proposals, in memory."""

from collections.abc import Sequence
from uuid import UUID

from forecourt.kernel import SiteId
from forecourt.revenue import PriceProposal, PriceRules, SlotBids
from forecourt.store.memory.world import World


class Pricing:
    def __init__(self, world: World) -> None:
        self._world = world

    def rules(self, site_id: SiteId) -> PriceRules | None:
        return self._world.price_rules.get(site_id)

    def put_rules(self, rules: PriceRules) -> None:
        self._world.price_rules.put(rules.site_id, rules)

    def proposal(self, proposal_id: UUID) -> PriceProposal | None:
        return self._world.price_proposals.get(proposal_id)

    def proposals(self, site_id: SiteId, limit: int = 50) -> Sequence[PriceProposal]:
        here = self._world.price_proposals.where(lambda one: one.site_id == site_id)
        return sorted(here, key=lambda one: (one.made_at, one.id), reverse=True)[:limit]

    def put_proposal(self, proposal: PriceProposal) -> None:
        self._world.price_proposals.put(proposal.id, proposal)

    def bids(self, site_id: SiteId) -> SlotBids | None:
        return self._world.slot_bids.get(site_id)

    def put_bids(self, bids: SlotBids) -> None:
        self._world.slot_bids.put(bids.site_id, bids)
