"""The card terminal of a charger of OCPP 2.1 (C18 to C23): whether what it holds may begin a charge here."""

from collections.abc import Mapping
from dataclasses import dataclass

_OWN = "PaymentCtrlr"
ASKS_FIRST, LEAVES_SETTLING, HOLDS = f"{_OWN}/AuthorizeDirectPayment", f"{_OWN}/SettlementByCSMS", f"{_OWN}/AuthorizationAmount"


@dataclass(frozen=True, slots=True)
class Terminal:
    """allowed: it has said that it asks us first, and leaves it to us to take the money. why: else why it may not; empty: nobody has
    asked it to."""

    allowed: bool = False
    why: str = ""


NO_TERMINAL = Terminal()


def as_told(terminal: Terminal, values: Mapping[str, str]) -> Terminal:
    """After its settings were read: an allowed one that has another setting by now is not allowed any more."""
    other = [name for name in (ASKS_FIRST, LEAVES_SETTLING) if values.get(name, "true").lower() != "true"]
    return Terminal(why=f"it says that {other[0]} is {values[other[0]]}") if terminal.allowed and other else terminal
