"""What prices need from the record: tariffs and where they hold, and how they are found."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import OperatorId, PriceEntryId, SiteId, TariffVersionId
from forecourt.revenue import PriceProposal, PriceRules, SlotBids
from forecourt.tariffs import PriceEntry, TariffKey, TariffVersion


class PricingRepository(Protocol):
    """An operator's rules for the prices of a site, every proposal ever made, and what slots are worth."""

    def rules(self, site_id: SiteId) -> PriceRules | None: ...
    def put_rules(self, rules: PriceRules) -> None: ...
    def proposal(self, proposal_id: UUID) -> PriceProposal | None:
        """No other unit of work decides it until this one ends."""
        ...

    def proposals(self, site_id: SiteId, limit: int = 50) -> Sequence[PriceProposal]:
        """Newest first."""
        ...

    def page(self, site_id: SiteId, request: PageRequest = FIRST_PAGE) -> ListPage[PriceProposal]: ...
    def ladders(self, site_id: SiteId) -> Sequence[PriceProposal]:
        """Approved ones by occupancy, newest first; one at most is in force."""
        ...

    def published(self, site_id: SiteId) -> set[TariffVersionId]:
        """The price lists that came of proposals."""
        ...

    def put_proposal(self, proposal: PriceProposal) -> None: ...
    def bids(self, site_id: SiteId) -> SlotBids | None: ...
    def put_bids(self, bids: SlotBids) -> None: ...


class TariffRepository(Protocol):
    """Tariff versions, immutable but for their end, and the entries that say where which tariff holds.

    The store refuses versions of one tariff that overlap, and entries that could not be told apart (`tariffs.tied`).
    """

    def lock(self, operator_id: OperatorId) -> None:
        """One publisher at a time for an operator, until this unit of work ends; call before reading what is checked."""
        ...

    def version(self, version_id: TariffVersionId) -> TariffVersion: ...
    def versions(self, operator_id: OperatorId, site_id: SiteId | None = None) -> Sequence[TariffVersion]:
        """Withdrawn ones too, by site and start. site_id None: of every site, and the general ones."""
        ...

    def versions_of(self, operator_id: OperatorId, key: TariffKey) -> Sequence[TariffVersion]:
        """All of one tariff, by start, without the withdrawn ones."""
        ...

    def version_at(self, operator_id: OperatorId, key: TariffKey, at: datetime) -> TariffVersion | None:
        """The one of them that is in force at an instant."""
        ...

    def put_version(self, version: TariffVersion) -> None: ...
    def entries(self, operator_id: OperatorId, site_id: SiteId | None = None) -> Sequence[PriceEntry]:
        """By start, without the withdrawn ones. With a site: those that can hold there, the operator's general ones included."""
        ...

    def entry(self, entry_id: PriceEntryId) -> PriceEntry | None: ...
    def put_entry(self, entry: PriceEntry) -> None: ...
