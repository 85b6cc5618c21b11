"""A simulated payment provider over real HTTP: holds, captures, refunds, signed webhooks, a clearing file, and faults on request."""

from forecourt.simulation.provider.bank import Bank
from forecourt.simulation.provider.model import Faults, Intent, PaymentOptions, Refusal
from forecourt.simulation.provider.server import Provider, ProviderSettings, running_provider
from forecourt.simulation.provider.webhooks import HEADER, signature

__all__ = [
    "HEADER",
    "Bank",
    "Faults",
    "Intent",
    "PaymentOptions",
    "Provider",
    "ProviderSettings",
    "Refusal",
    "running_provider",
    "signature",
]
