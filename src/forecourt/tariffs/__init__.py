"""Price rules (OCPI 2.2.1 and 2.3.0), the one function that prices a usage, and the legal checks on a tariff."""

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
]
