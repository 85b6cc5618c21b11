"""A driver's rights over what is kept of them: to have it, and to be forgotten."""

from forecourt.flows.privacy.data_access import own_data
from forecourt.flows.privacy.erasure import forget_unused, leave_for_good, remaining

__all__ = [
    "forget_unused",
    "leave_for_good",
    "own_data",
    "remaining",
]
