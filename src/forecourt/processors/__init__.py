"""Clients of card payment processors: orders out, answers and signed events in."""

from forecourt.processors.provider_cards import ProviderCards
from forecourt.processors.provider_client import ProviderClient, ProviderOptions
from forecourt.processors.stripe_cards import StripeCards
from forecourt.processors.stripe_client import StripeClient, StripeOptions

__all__ = [
    "ProviderCards",
    "ProviderClient",
    "ProviderOptions",
    "StripeCards",
    "StripeClient",
    "StripeOptions",
]
