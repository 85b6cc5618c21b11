"""Demand forecast and price proposals, within the operator's bounds and the law. Proposes; a person or a standing approval decides."""

from forecourt.revenue.forecasting import forecast
from forecourt.revenue.model import Bounds, BusyHour, DayKind, Forecast, PriceMove, Proposal
from forecourt.revenue.proposing import propose

__all__ = ["Bounds", "BusyHour", "DayKind", "Forecast", "PriceMove", "Proposal", "forecast", "propose"]
