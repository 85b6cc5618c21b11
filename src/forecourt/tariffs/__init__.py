"""Price rules (OCPI 2.2.1 and 2.3.0), the one function that prices a usage, and the legal checks on a tariff."""

from forecourt.tariffs.asked import AskedPrice, Stretch, prices_asked
from forecourt.tariffs.cdr import rate_periods, rate_record, read_cdr
from forecourt.tariffs.changing import pieces_of
from forecourt.tariffs.chosen import ChosenParts, chosen_parts
from forecourt.tariffs.cutting import zone_named
from forecourt.tariffs.date_ranges import DayRange, day_ranges
from forecourt.tariffs.describing import PricePart, describe_tariff, price_curve, tariff_text
from forecourt.tariffs.differing import Change, changes_between
from forecourt.tariffs.fixing import fixed_between, holidays_fixed
from forecourt.tariffs.law import Finding, Outcome, check_report, check_tariff
from forecourt.tariffs.model import (
    Cut,
    Line,
    Note,
    Phase,
    PhaseState,
    Rating,
    Tariff,
    TariffKey,
    TariffVersion,
    TaxLine,
    Usage,
)
from forecourt.tariffs.parsing import canonical_source, parse_tariff
from forecourt.tariffs.price_book import Buyer, Chosen, Place, PriceEntry, choose, overlap, tie_text, tied
from forecourt.tariffs.publishing import Market, markets_of, publish, tariff_version
from forecourt.tariffs.rating import rate
from forecourt.tariffs.reasons import Condition, Reason, ReasonKind, conditions_of, reason_of
from forecourt.tariffs.reports import rate_report
from forecourt.tariffs.sense import refuse_senseless
from forecourt.tariffs.sheets import sheet_of, unsaid
from forecourt.tariffs.statutes import NOTHING_KNOWN, WITH_OWN_LAWS, Channel, Payment, Point
from forecourt.tariffs.terms import (
    Component,
    Dimension,
    Element,
    HolidayRule,
    Holidays,
    PriceLimit,
    ReservationKind,
    Restrictions,
    Scope,
    TaxIncluded,
)
from forecourt.tariffs.totals import rounded_apart
from forecourt.tariffs.wording import days_text, exact, number_text, tax_name

__all__ = [
    "NOTHING_KNOWN",
    "WITH_OWN_LAWS",
    "AskedPrice",
    "Buyer",
    "Change",
    "Channel",
    "Chosen",
    "ChosenParts",
    "Component",
    "Condition",
    "Cut",
    "DayRange",
    "Dimension",
    "Element",
    "Finding",
    "HolidayRule",
    "Holidays",
    "Line",
    "Market",
    "Note",
    "Outcome",
    "Payment",
    "Phase",
    "PhaseState",
    "Place",
    "Point",
    "PriceEntry",
    "PriceLimit",
    "PricePart",
    "Rating",
    "Reason",
    "ReasonKind",
    "ReservationKind",
    "Restrictions",
    "Scope",
    "Stretch",
    "Tariff",
    "TariffKey",
    "TariffVersion",
    "TaxIncluded",
    "TaxLine",
    "Usage",
    "canonical_source",
    "changes_between",
    "check_report",
    "check_tariff",
    "choose",
    "chosen_parts",
    "conditions_of",
    "day_ranges",
    "days_text",
    "describe_tariff",
    "exact",
    "fixed_between",
    "holidays_fixed",
    "markets_of",
    "number_text",
    "overlap",
    "parse_tariff",
    "pieces_of",
    "price_curve",
    "prices_asked",
    "publish",
    "rate",
    "rate_periods",
    "rate_record",
    "rate_report",
    "read_cdr",
    "reason_of",
    "refuse_senseless",
    "rounded_apart",
    "sheet_of",
    "tariff_text",
    "tariff_version",
    "tax_name",
    "tie_text",
    "tied",
    "unsaid",
    "zone_named",
]
