"""Totals of documents, summed in the database. Credit notes are subtracted; charges and energy are those of invoices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from forecourt.billing import LineKind
from forecourt.kernel import DriverId, Money, OperatorId, SiteId, Span, TariffVersionId, TokenUid
from forecourt.ledger import Account, AccountKind


@dataclass(frozen=True, slots=True)
class TariffTotal:
    """The total of a site (None: of memberships) for one version of a tariff, in one currency."""

    site_id: SiteId | None
    version_id: TariffVersionId | None
    net: Money
    gross: Money
    charges: int
    energy_wh: int


# Accounts of income and expense; what is owed, held or in transit is neither.
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
    """An account's credits less its debits: earnings positive, costs negative. site_id: of the document that the entries are about, or that
    their payment has paid; None if there is none, or it belongs to no single site. noted: the document is a credit note."""

    site_id: SiteId | None
    noted: bool
    account: Account
    net: Money


@dataclass(frozen=True, slots=True)
class BilledTotal:
    """The total of documents in one currency, less credit notes. charges, energy_wh: of invoices. due: without what partners pay."""

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
    """What a driver charged at a fleet's expense at a site, with a card, for a cost centre. site: its name, as on the documents."""

    driver_id: DriverId
    name: str
    card: str
    cost_centre: str
    site: str
    billed: BilledTotal


class BillingTotals(Protocol):
    """Totals of documents by their time of issue."""

    def fleet_usage(self, payer_id: DriverId, span: Span) -> Sequence[FleetUsage]:
        """Totals of documents made out to a fleet's payer and issued within a span, by driver, card, cost centre, site and currency."""
        ...

    def fleet_usage_by_month(self, payer_id: DriverId, span: Span, zone: str) -> Sequence[tuple[date, BilledTotal]]:
        """The same totals by month of issue (its first day, in the time zone) and currency."""
        ...

    def spent_by(self, driver_id: DriverId, begun: Span, currency: str, card: TokenUid | None = None) -> Money:
        """The total of a driver's documents that others pay, for charges begun within a span, with one card or with any."""
        ...

    def by_tariff_version(self, operator_id: OperatorId, since: datetime, until: datetime | None = None) -> Sequence[TariffTotal]:
        """Totals of documents issued since then (and before `until`), by site, tariff version and currency."""
        ...

    def earnings(self, operator_id: OperatorId, span: Span) -> Sequence[AccountTotal]:
        """Movements within a span on the accounts in `EARNING_ACCOUNTS`, by site, whether of a credit note, account and currency."""
        ...

    def by_line(self, operator_id: OperatorId, site_id: SiteId, since: datetime) -> Sequence[tuple[LineKind, str, Money]]:
        """Net totals of the lines of a site's documents issued since then, by kind, title and currency."""
        ...

    def by_delivery_time(self, operator_id: OperatorId, site_id: SiteId, since: datetime) -> Sequence[tuple[Span, Money]]:
        """For each document of a site issued since then, in the order of issue: when its energy was delivered, and its net (negative for a
        credit note). For a document without a charge, the span is the minute from its issue on."""
        ...
