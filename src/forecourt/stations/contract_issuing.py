"""A car asks for its contract's certificate, or for another one (ISO 15118): what whoever issues contracts answered."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ContractIssued:
    """exi: the message for the car, Base64, which nobody reads on the way; empty: none was issued, and why.
    remaining: how many more of its contracts there are to be had."""

    exi: str = ""
    why: str = ""
    remaining: int | None = None
