"""Clients of card payment processors: orders out, answers and signed events in."""

from forecourt.processors.provider import ProviderClient, ProviderOptions
from forecourt.processors.signing import check_signature

__all__ = ["ProviderClient", "ProviderOptions", "check_signature"]
