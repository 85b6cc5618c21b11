"""What an operator enters about a socket before it exists, checked: valid details make a valid EVSE."""

import re
from dataclasses import dataclass

from forecourt.kernel import BadInput

PHASES = ("L1", "L2", "L3")
MAX_V, MAX_A, MAX_KIND_CHARS = 1500, 1000, 100
# OCPI's ConnectorType, and the name that drivers know.
PLUGS = {
    "IEC_62196_T2": "Type 2",
    "IEC_62196_T1": "Type 1",
    "IEC_62196_T2_COMBO": "CCS",
    "IEC_62196_T1_COMBO": "CCS (Type 1)",
    "CHADEMO": "CHAdeMO",
}
DIRECT = frozenset({"CHADEMO", "CHAOJI", "GBT_DC", "IEC_62196_T1_COMBO", "IEC_62196_T2_COMBO", "MCS"})  # plugs for direct current
_STANDARD = re.compile(r"[A-Z][A-Z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class SocketDetails:
    """phases, voltage_v, max_a: of its supply from the site, even if its output is direct current.

    kind: the name drivers book by; empty = plug and power. Raises BadInput with the name of the field.
    """

    standard: str
    phases: tuple[str, ...]
    voltage_v: int
    max_a: int
    kind: str = ""
    meter_key: str = ""

    def __post_init__(self) -> None:
        if not _STANDARD.fullmatch(self.standard):
            raise BadInput("standard", f"{self.standard[:40]!r} is not a plug type.", "Use its OCPI name, for example IEC_62196_T2.")
        if not self.phases or len(set(self.phases)) != len(self.phases) or not set(self.phases) <= set(PHASES):
            raise BadInput("phases", "These phases are not valid.", "Name one to three of L1, L2, L3.")
        if not 0 < self.voltage_v <= MAX_V:
            raise BadInput("voltage_v", f"{self.voltage_v} V is not valid.", f"Enter 1 to {MAX_V}.")
        if not 6 <= self.max_a <= MAX_A:
            raise BadInput("max_a", f"{self.max_a} A is not valid.", f"Enter 6 to {MAX_A}; a car needs at least 6.")
        if len(self.kind) > MAX_KIND_CHARS or not self.kind.isprintable():
            raise BadInput("kind", "That name is too long or has invalid characters.", f"Use up to {MAX_KIND_CHARS} characters.")

    @property
    def name(self) -> str:
        """What drivers book, such as "Type 2 11 kW"."""
        power_kw = round(self.voltage_v * self.max_a * (3 if len(self.phases) == 3 else 1) / 1000)
        return self.kind.strip() or f"{PLUGS.get(self.standard, self.standard)} {power_kw} kW"
