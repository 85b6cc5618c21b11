"""The card terminal of an OCPP 2.1 charger (C18 to C23): whether a hold it makes may start a charge here."""

from collections.abc import Mapping
from dataclasses import dataclass

_OWN = "PaymentCtrlr"
ASKS_FIRST, LEAVES_SETTLING, HOLDS = f"{_OWN}/AuthorizeDirectPayment", f"{_OWN}/SettlementByCSMS", f"{_OWN}/AuthorizationAmount"


@dataclass(frozen=True, slots=True)
class Terminal:
    """allowed: its settings say that it asks us first and leaves settling to us. why: the reason if it is not allowed; empty: it was
    never asked to be."""

    allowed: bool = False
    why: str = ""


NO_TERMINAL = Terminal()


def after_settings(terminal: Terminal, values: Mapping[str, str]) -> Terminal:
    """The terminal after its settings were read: one that was allowed is no longer allowed if a required setting has changed."""
    other = [name for name in (ASKS_FIRST, LEAVES_SETTLING) if values.get(name, "true").lower() != "true"]
    return Terminal(why=f"it reports that {other[0]} is {values[other[0]]}") if terminal.allowed and other else terminal
