"""The display of a simulated 2.1 charger: the web address in its QR code, renewed whenever it expires (C25)."""

import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecourt.simulation.charger.machine import SimulatedCharger

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Display:
    """settings: WebPaymentsCtrlr as received. started: payments that started a charge here, by reference."""

    def __init__(self, charger: "SimulatedCharger") -> None:
        self._charger = charger
        self.settings = {
            "Enabled": "false",
            "URLTemplate": "",
            "TOTPVersion": "v1",
            "ValidityTime": "30",
            "SharedSecret": "",
            "Length": "8",
            "QRCodeQuality": "Medium",
        }
        self.payments: set[str] = set()
        self._busy: dict[int, float] = {}

    def address(self, number: int) -> str:
        """The address in the code shown at a socket; empty: none is shown."""
        if self.settings["Enabled"].lower() != "true" or not self.settings["SharedSecret"]:
            return ""
        filled = self.settings["URLTemplate"]
        values = {"chargingstationid": self._charger.spec.identity, "evse": str(number), "totp": self._password(), "version": "v1"}
        for name, value in values.items():
            filled = filled.replace(f"{{{name}}}", value)
        return filled

    def pays(self, number: int, seconds: float) -> None:
        """Somebody pays by phone: for that long the socket accepts no card."""
        self._busy[number] = self._charger.clock.seconds() + seconds

    def begins(self, number: int, reference: str, kind: str) -> None:
        self._busy.pop(number, None)
        if kind == "DirectPayment":
            self.payments.add(reference)

    def is_busy(self, number: int) -> bool:
        return self._busy.get(number, 0.0) > self._charger.clock.seconds()

    def _password(self) -> str:
        turn = int(self._charger.clock.seconds() // int(self.settings["ValidityTime"]))
        digest = hmac.new(self.settings["SharedSecret"].encode(), turn.to_bytes(8, "big"), hashlib.sha256).digest()
        start = digest[-1] & 0x0F
        return "".join(_LETTERS[digest[(start + place) % 32] % len(_LETTERS)] for place in range(int(self.settings["Length"])))
