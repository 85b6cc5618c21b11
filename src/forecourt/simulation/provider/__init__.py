"""A simulated payment provider over real HTTP: holds, captures, refunds, signed webhooks, a clearing file, and faults to order."""

from forecourt.simulation.provider.bank import Bank
from forecourt.simulation.provider.model import Asking, ClearingRow, Faults, Intent, Refusal, Totals
from forecourt.simulation.provider.server import Provider, ProviderSettings, running_provider
from forecourt.simulation.provider.webhooks import HEADER, signature

__all__ = [
    "HEADER",
    "Asking",
    "Bank",
    "ClearingRow",
    "Faults",
    "Intent",
    "Provider",
    "ProviderSettings",
    "Refusal",
    "Totals",
    "running_provider",
    "signature",
]
