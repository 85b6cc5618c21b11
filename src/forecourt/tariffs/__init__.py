"""Price rules (OCPI 2.2.1 and 2.3.0), the one function that prices a usage, and the legal checks on a tariff."""

from forecourt.tariffs.cdr import rate_periods
from forecourt.tariffs.model import (
    Line,
    Note,
    Phase,
    PhaseState,
    Rating,
    Tariff,
    TariffVersion,
    TaxLine,
    Usage,
)
from forecourt.tariffs.parsing import canonical_source, parse_tariff
from forecourt.tariffs.rating import rate
from forecourt.tariffs.reports import rate_report, rating_json
from forecourt.tariffs.terms import Component, Dimension, Element, PriceLimit, ReservationKind, Restrictions, Scope, TaxIncluded

__all__ = [
    "Component",
    "Dimension",
    "Element",
    "Line",
    "Note",
    "Phase",
    "PhaseState",
    "PriceLimit",
    "Rating",
    "ReservationKind",
    "Restrictions",
    "Scope",
    "Tariff",
    "TariffVersion",
    "TaxIncluded",
    "TaxLine",
    "Usage",
    "canonical_source",
    "parse_tariff",
    "rate",
    "rate_periods",
    "rate_report",
    "rating_json",
]
