"""A driver's rights over their personal data (GDPR): access to it, and its erasure."""

from forecourt.flows.privacy.data_access import driver_data
from forecourt.flows.privacy.erasure import erase_driver, erase_unused_account, erasure_obstacles

__all__ = [
    "driver_data",
    "erase_driver",
    "erase_unused_account",
    "erasure_obstacles",
]
