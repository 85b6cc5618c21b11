"""Price rules (OCPI 2.2.1 and 2.3.0), the one function that prices a usage, and the legal checks on a tariff."""

from forecourt.tariffs.cdr import rate_cdr, rate_record, read_cdr
from forecourt.tariffs.comparing import TariffChange, changes_between
from forecourt.tariffs.date_ranges import DayRange, day_ranges
from forecourt.tariffs.describing import PricePart, describe_tariff, price_curve, tariff_text
from forecourt.tariffs.effective import EffectivePrice, UsageRange, effective_prices
from forecourt.tariffs.holidays import holiday_years, resolve_holidays
from forecourt.tariffs.law import LegalFinding, LegalOutcome, check_report, check_tariff
from forecourt.tariffs.local_time import parse_zone
from forecourt.tariffs.model import (
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
    VersionCut,
)
from forecourt.tariffs.parsing import canonical_source, parse_tariff
from forecourt.tariffs.plausibility import check_plausible
from forecourt.tariffs.price_book import Buyer, ChosenPrice, PriceEntry, PriceLocation, choose_price, is_tied, overlap, tie_key
from forecourt.tariffs.price_reasons import PriceReason, parse_price_reason
from forecourt.tariffs.price_sheets import price_sheet_of, unsupported_terms
from forecourt.tariffs.publishing import Market, check_markets, findings_of, markets_of, tariff_version
from forecourt.tariffs.rating import rate
from forecourt.tariffs.reasons import Condition, Reason, ReasonKind, parse_conditions, parse_reason
from forecourt.tariffs.reports import rate_report
from forecourt.tariffs.splitting import split_usage
from forecourt.tariffs.statutes import COUNTRIES_WITH_REGIONAL_LAW, UNKNOWN_POINT, Channel, ChargingPoint, Payment
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
from forecourt.tariffs.texts import days_text, displayed_number, number_text, tax_name
from forecourt.tariffs.totals import rounded_separately

__all__ = [
    "COUNTRIES_WITH_REGIONAL_LAW",
    "UNKNOWN_POINT",
    "Buyer",
    "Channel",
    "ChargingPoint",
    "ChosenPrice",
    "Component",
    "Condition",
    "DayRange",
    "Dimension",
    "EffectivePrice",
    "Element",
    "HolidayRule",
    "Holidays",
    "LegalFinding",
    "LegalOutcome",
    "Line",
    "Market",
    "Note",
    "Payment",
    "Phase",
    "PhaseState",
    "PriceEntry",
    "PriceLimit",
    "PriceLocation",
    "PricePart",
    "PriceReason",
    "Rating",
    "Reason",
    "ReasonKind",
    "ReservationKind",
    "Restrictions",
    "Scope",
    "Tariff",
    "TariffChange",
    "TariffKey",
    "TariffVersion",
    "TaxIncluded",
    "TaxLine",
    "Usage",
    "UsageRange",
    "VersionCut",
    "canonical_source",
    "changes_between",
    "check_markets",
    "check_plausible",
    "check_report",
    "check_tariff",
    "choose_price",
    "day_ranges",
    "days_text",
    "describe_tariff",
    "displayed_number",
    "effective_prices",
    "findings_of",
    "holiday_years",
    "is_tied",
    "markets_of",
    "number_text",
    "overlap",
    "parse_conditions",
    "parse_price_reason",
    "parse_reason",
    "parse_tariff",
    "parse_zone",
    "price_curve",
    "price_sheet_of",
    "rate",
    "rate_cdr",
    "rate_record",
    "rate_report",
    "read_cdr",
    "resolve_holidays",
    "rounded_separately",
    "split_usage",
    "tariff_text",
    "tariff_version",
    "tax_name",
    "tie_key",
    "unsupported_terms",
]
