"""What documents came to, added up where they are kept. Credit notes count against; charges and energy are those of invoices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from forecourt.billing import LineKind
from forecourt.kernel import DriverId, Money, OperatorId, SiteId, Span, TariffVersionId, TokenUid
from forecourt.ledger import Account, AccountKind


@dataclass(frozen=True, slots=True)
class TariffTotal:
    """Of a site (None: of memberships) at one version of a tariff, in one currency."""

    site_id: SiteId | None
    version_id: TariffVersionId | None
    net: Money
    gross: Money
    charges: int
    energy_wh: int


# What the books earn and spend; what is owed, held or on its way is neither.
EARNING_ACCOUNTS = (
    AccountKind.REVENUE,
    AccountKind.VAT,
    AccountKind.PARTNER_SHARE,
    AccountKind.OFFER_COST,
    AccountKind.PROCESSOR_FEES,
    AccountKind.BANK_FEES,
    AccountKind.WRITE_OFF,
    AccountKind.ROUNDING,
)


@dataclass(frozen=True, slots=True)
class AccountTotal:
    """What an account gave, less what it received: earnings positive, costs negative. site_id: where the document lies that the entries
    are about, or that the payment they are about has paid; None where there is no such, or it belongs to no one site.
    noted: they are a credit note's."""

    site_id: SiteId | None
    noted: bool
    account: Account
    net: Money


@dataclass(frozen=True, slots=True)
class BilledTotal:
    """What documents of one currency come to, credit notes taken off. charges, energy_wh: of invoices. due: without what partners pay."""

    charges: int
    energy_wh: int
    net: Money
    tax: Money
    gross: Money
    due: Money

    def __add__(self, other: "BilledTotal") -> "BilledTotal":
        return BilledTotal(
            self.charges + other.charges,
            self.energy_wh + other.energy_wh,
            self.net + other.net,
            self.tax + other.tax,
            self.gross + other.gross,
            self.due + other.due,
        )


@dataclass(frozen=True, slots=True)
class FleetUsage:
    """What somebody charged at a site, with a card and for a cost centre, at another's cost. site: its name, as on the documents."""

    driver_id: DriverId
    name: str
    card: str
    cost_centre: str
    site: str
    billed: BilledTotal


class BillingTotals(Protocol):
    """Of what was issued from an instant on."""

    def used_for(self, payer_id: DriverId, span: Span) -> Sequence[FleetUsage]:
        """Of documents made out to who pays for a fleet that were issued within a span; by driver, card, cost centre, site and currency."""
        ...

    def used_by_month(self, payer_id: DriverId, span: Span, zone: str) -> Sequence[tuple[date, BilledTotal]]:
        """The same by the month of issue in a zone, told by its first day, and by currency."""
        ...

    def spent_by(self, driver_id: DriverId, begun: Span, currency: str, card: TokenUid | None = None) -> Money:
        """What a driver's documents that others pay come to, of charges that began within a span, with a card or with any."""
        ...

    def by_version(self, operator_id: OperatorId, since: datetime, until: datetime | None = None) -> Sequence[TariffTotal]: ...
    def earnings(self, operator_id: OperatorId, span: Span) -> Sequence[AccountTotal]:
        """What the ledger moved within a span on the accounts of `EARNING_ACCOUNTS`, by site."""
        ...

    def by_line(self, operator_id: OperatorId, site_id: SiteId, since: datetime) -> Sequence[tuple[LineKind, str, Money]]:
        """What a site's lines came to by kind and title, in each currency."""
        ...

    def in_time(self, operator_id: OperatorId, site_id: SiteId, since: datetime) -> Sequence[tuple[Span, Money]]:
        """When the energy of each document of a site flowed, with its net. Without a charge, the minute from its issue on."""
        ...
