"""Repositories for tariffs, the price book, and pricing rules with their proposals, within a Store."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import OperatorId, PriceEntryId, SiteId, TariffVersionId
from forecourt.revenue import PriceProposal, PriceRules, SlotBids
from forecourt.tariffs import PriceEntry, TariffKey, TariffVersion


class PricingRepository(Protocol):
    """Pricing rules of sites, every price proposal ever made, and bid prices of time slots."""

    def rules(self, site_id: SiteId) -> PriceRules | None: ...
    def put_rules(self, rules: PriceRules) -> None: ...
    def proposal(self, proposal_id: UUID) -> PriceProposal | None:
        """The proposal, locked until this unit of work ends."""
        ...

    def proposals(self, site_id: SiteId, limit: int = 50) -> Sequence[PriceProposal]:
        """Newest first."""
        ...

    def page(self, site_id: SiteId, request: PageRequest = FIRST_PAGE) -> ListPage[PriceProposal]:
        """Newest first."""
        ...

    def ladders(self, site_id: SiteId) -> Sequence[PriceProposal]:
        """Approved proposals of prices by occupancy, newest first; at most one is in force."""
        ...

    def published(self, site_id: SiteId) -> set[TariffVersionId]:
        """Tariff versions that were published from proposals."""
        ...

    def put_proposal(self, proposal: PriceProposal) -> None: ...
    def bids(self, site_id: SiteId) -> SlotBids | None: ...
    def put_bids(self, bids: SlotBids) -> None: ...


class TariffRepository(Protocol):
    """Tariff versions, immutable but for their end, and the entries that say where which tariff holds.

    The store refuses versions of one tariff that overlap, and entries that could not be told apart (`tariffs.is_tied`).
    """

    def lock(self, operator_id: OperatorId) -> None:
        """One publisher at a time for an operator, until this unit of work ends; call before reading what is checked."""
        ...

    def version(self, version_id: TariffVersionId) -> TariffVersion: ...
    def versions(self, operator_id: OperatorId, site_id: SiteId | None = None) -> Sequence[TariffVersion]:
        """Including withdrawn ones, by site and start. site_id None: of every site, and the operator's general ones."""
        ...

    def versions_of(self, operator_id: OperatorId, key: TariffKey) -> Sequence[TariffVersion]:
        """All versions of one tariff, by start, without withdrawn ones."""
        ...

    def version_at(self, operator_id: OperatorId, key: TariffKey, at: datetime) -> TariffVersion | None:
        """The version that is in force at an instant."""
        ...

    def versions_at(self, operator_id: OperatorId, at: datetime) -> Sequence[TariffVersion]:
        """The versions of all tariffs of an operator that are in force at an instant, in any order."""
        ...

    def put_version(self, version: TariffVersion) -> None: ...
    def entries(self, operator_id: OperatorId, site_id: SiteId | None = None) -> Sequence[PriceEntry]:
        """By start, without withdrawn ones. With a site: those that can apply there, including the operator's general ones."""
        ...

    def entry(self, entry_id: PriceEntryId) -> PriceEntry | None: ...
    def put_entry(self, entry: PriceEntry) -> None: ...
