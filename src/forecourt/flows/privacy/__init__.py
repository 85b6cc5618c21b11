"""A driver's rights over their personal data (GDPR): access to it, and its erasure."""

from forecourt.flows.privacy.data_access import own_data
from forecourt.flows.privacy.erasure import erase_driver, erase_unused_account, erasure_obstacles

__all__ = [
    "erase_driver",
    "erase_unused_account",
    "erasure_obstacles",
    "own_data",
]
