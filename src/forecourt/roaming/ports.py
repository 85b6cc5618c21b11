"""What assembly supplies to the roaming edge."""

from collections.abc import Callable
from dataclasses import dataclass

from forecourt.flows.ports import HttpClient, Transactions
from forecourt.kernel import Clock, Ids


@dataclass(frozen=True, slots=True)
class RoamingPorts:
    """public_url: where partners reach the service; empty = the address of the request.

    encrypt, decrypt: encrypt a credentials token that we use with a partner, and decrypt it. fresh_secret: 256 random bits as text.
    """

    transactions: Transactions
    clock: Clock
    ids: Ids
    post: HttpClient
    encrypt: Callable[[str], str]
    decrypt: Callable[[str], str]
    fresh_secret: Callable[[], str]
    public_url: str = ""
