"""A simulated payment provider over real HTTP: holds, captures, refunds, signed webhooks, a clearing file, and faults on request."""

from forecourt.simulation.provider.bank import Bank
from forecourt.simulation.provider.model import Asking, Faults, Intent, Refusal
from forecourt.simulation.provider.server import Provider, ProviderSettings, running_provider
from forecourt.simulation.provider.webhooks import HEADER, signature

__all__ = ["HEADER", "Asking", "Bank", "Faults", "Intent", "Provider", "ProviderSettings", "Refusal", "running_provider", "signature"]
