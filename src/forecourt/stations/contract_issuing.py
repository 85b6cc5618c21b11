"""A car asks for its contract certificate, or a new one (ISO 15118): what the issuer of contracts answered."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ContractIssued:
    """exi: the message for the car, Base64, passed on unread; empty: none was issued, `why` says why.
    remaining: how many more of its contract certificates are available."""

    exi: str = ""
    why: str = ""
    remaining: int | None = None
