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
        """The proposal as it is now, locked until this unit of work ends: of two people who decide at once, the second sees the first's
        decision."""
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
    """Tariff versions, of which only the end may change, and the price book's entries, which state which tariff applies where.

    The store refuses, with Conflict, overlapping versions of one tariff, and entries between which nothing decides (`tariffs.is_tied`).
    """

    def lock(self, operator_id: OperatorId) -> None:
        """Lock the operator's prices until this unit of work ends: one publisher at a time. Call before reading what is to be checked."""
        ...

    def version(self, version_id: TariffVersionId) -> TariffVersion: ...
    def versions(self, operator_id: OperatorId, site_id: SiteId | None = None) -> Sequence[TariffVersion]:
        """Tariff versions, including withdrawn ones, by site and start. site_id: only those of this site; None: those of all sites, and
        the operator's general ones."""
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
        """Entries that are not withdrawn, by start. site_id: only those that can apply there, including the operator's general ones."""
        ...

    def entry(self, entry_id: PriceEntryId) -> PriceEntry | None:
        """An entry, even if it is withdrawn."""
        ...

    def put_entry(self, entry: PriceEntry) -> None: ...
