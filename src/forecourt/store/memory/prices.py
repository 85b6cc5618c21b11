"""Tariff versions, the price book, and price rules with their proposals, in memory."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest, page_of
from forecourt.kernel import NotFound, OperatorId, PriceEntryId, SiteId, TariffVersionId
from forecourt.revenue import PriceProposal, PriceRules, ProposalKind, ProposalState, SlotBids
from forecourt.store.memory.database import MemoryDatabase
from forecourt.tariffs import PriceEntry, TariffKey, TariffVersion


class Prices:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def lock(self, operator_id: OperatorId) -> None:
        """Nothing to do: units of work run one after another."""

    def version(self, version_id: TariffVersionId) -> TariffVersion:
        found = self._db.versions.get(version_id)
        if found is None:
            raise NotFound("tariff_version", "There is no such tariff version.")
        return found

    def versions(self, operator_id: OperatorId, site_id: SiteId | None = None) -> Sequence[TariffVersion]:
        mine = self._db.versions.where(lambda one: one.operator_id == operator_id and site_id in (None, one.site_id))
        return sorted(mine, key=lambda one: (one.site_id or UUID(int=0), one.valid_from, one.id))

    def versions_of(self, operator_id: OperatorId, key: TariffKey) -> Sequence[TariffVersion]:
        mine = self._db.versions.where(lambda one: (one.operator_id, one.key) == (operator_id, key) and not one.withdrawn)
        return sorted(mine, key=lambda one: one.valid_from)

    def version_at(self, operator_id: OperatorId, key: TariffKey, at: datetime) -> TariffVersion | None:
        return next((one for one in self.versions_of(operator_id, key) if one.is_valid_at(at)), None)

    def versions_at(self, operator_id: OperatorId, at: datetime) -> Sequence[TariffVersion]:
        return self._db.versions.where(lambda one: one.operator_id == operator_id and not one.withdrawn and one.is_valid_at(at))

    def put_version(self, version: TariffVersion) -> None:
        self._db.versions.put(version.id, version)

    def entries(self, operator_id: OperatorId, site_id: SiteId | None = None) -> Sequence[PriceEntry]:
        def wanted(one: PriceEntry) -> bool:
            return one.operator_id == operator_id and not one.withdrawn and (site_id is None or one.site_id in (None, site_id))

        return sorted(self._db.entries.where(wanted), key=lambda one: (one.valid_from, one.id))

    def entry(self, entry_id: PriceEntryId) -> PriceEntry | None:
        return self._db.entries.get(entry_id)

    def put_entry(self, entry: PriceEntry) -> None:
        self._db.entries.put(entry.id, entry)


class Pricing:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def rules(self, site_id: SiteId) -> PriceRules | None:
        return self._db.price_rules.get(site_id)

    def put_rules(self, rules: PriceRules) -> None:
        self._db.price_rules.put(rules.site_id, rules)

    def proposal(self, proposal_id: UUID) -> PriceProposal | None:
        return self._db.price_proposals.get(proposal_id)

    def proposals(self, site_id: SiteId, limit: int = 50) -> Sequence[PriceProposal]:
        here = self._db.price_proposals.where(lambda one: one.site_id == site_id)
        return sorted(here, key=lambda one: (one.made_at, one.id), reverse=True)[:limit]

    def page(self, site_id: SiteId, request: PageRequest = FIRST_PAGE) -> ListPage[PriceProposal]:
        return page_of(self._db.price_proposals.where(lambda one: one.site_id == site_id), ListOrders.PROPOSALS, request)

    def ladders(self, site_id: SiteId) -> Sequence[PriceProposal]:
        every = self.proposals(site_id, len(self._db.price_proposals))
        return [one for one in every if one.kind is ProposalKind.BY_OCCUPANCY and one.state is ProposalState.APPROVED]

    def published(self, site_id: SiteId) -> set[TariffVersionId]:
        return {one.published for one in self._db.price_proposals if one.site_id == site_id and one.published is not None}

    def put_proposal(self, proposal: PriceProposal) -> None:
        self._db.price_proposals.put(proposal.id, proposal)

    def bids(self, site_id: SiteId) -> SlotBids | None:
        return self._db.slot_bids.get(site_id)

    def put_bids(self, bids: SlotBids) -> None:
        self._db.slot_bids.put(bids.site_id, bids)
