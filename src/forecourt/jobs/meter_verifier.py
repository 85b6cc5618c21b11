"""Signed readings in the Open Charge Metering Format, verified by pyocmf."""

import base64
import binascii
import warnings
from decimal import Decimal
from typing import TYPE_CHECKING

from forecourt.flows.billing import SignedVerdict
from forecourt.kernel import round_half_up
from forecourt.stations import SignedReading

if TYPE_CHECKING:
    from pyocmf import OCMF

_EXPORT = "2.8."
_WH = {"Wh": Decimal(1), "kWh": Decimal(1000)}
_MAX_CHARS = 20_000


class OcmfVerifier:
    def judge(self, signed: SignedReading, key: str) -> SignedVerdict:
        """Never raises, whatever a charger sent."""
        from pyocmf import OCMF, PyOCMFError  # takes a tenth of a server's start to import, for something few meters send

        if not key:
            return SignedVerdict(False, why="no public key is known for this meter")
        if len(signed.data) > _MAX_CHARS:
            return SignedVerdict(False, why="the record is longer than any meter writes")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                record = OCMF.from_string(_plain(signed.data))
                is_valid = record.verify_signature(_key(key))
        except (PyOCMFError, ValueError, ArithmeticError, RecursionError) as error:
            return SignedVerdict(False, why=f"it cannot be read ({str(error).splitlines()[0][:200]})")
        if not is_valid:
            return SignedVerdict(False, why="the signature does not fit the record and the key")
        return SignedVerdict(True, tuple(_registers(record)))


def _registers(record: "OCMF") -> list[int]:
    """The meter's registers of delivered energy, in Wh, limited to the first register named; readings in error are left out."""
    from pyocmf import is_billing_relevant

    found: list[int] = []
    first = ""
    for reading in record.payload.RD:
        unit = _WH.get(str(getattr(reading.RU, "value", reading.RU)))
        code = str(reading.RI or "")
        if unit is None or reading.RV is None or "E" in (reading.EF or "") or _EXPORT in code or not is_billing_relevant(code):
            continue
        first = first or code
        if code == first:
            found.append(int(round_half_up(Decimal(str(reading.RV)) * unit, 0)))
    return found


def _plain(data: str) -> str:
    """OCPP 2 sends the record in base64."""
    if data.lstrip().startswith("OCMF|"):
        return data
    try:
        decoded = base64.b64decode(data, validate=True).decode()
    except (binascii.Error, ValueError):
        return data
    return decoded if decoded.startswith("OCMF|") else data


def _key(key: str) -> str:
    """OCPP 2 sends keys as base64 of "oca:base16:asn1:<hex>"; others send the DER itself."""
    try:
        text = base64.b64decode(key, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        text = key
    return text.rpartition(":")[2] if text.startswith("oca:base16:") else key
