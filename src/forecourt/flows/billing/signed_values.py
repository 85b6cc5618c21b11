"""Before a bill is issued, readings signed by the meter must verify and match what is billed."""

from dataclasses import dataclass
from typing import Protocol

from forecourt.flows.desk.quarantine import SIGNED_VALUES, quarantine_record
from forecourt.flows.ports.store import Store
from forecourt.sessions import ChargeRecord
from forecourt.stations import SignedReading

# Signed registers count in steps of up to 10 Wh: allow for one step at each end.
TOLERANCE_WH = 20


@dataclass(frozen=True, slots=True)
class SignedVerdict:
    """verified: whether the signature matches data and key. registers_wh: the import registers it states. why: the fault, if any."""

    verified: bool
    registers_wh: tuple[int, ...] = ()
    why: str = ""


class MeterVerifier(Protocol):
    def judge(self, signed: SignedReading, key: str) -> SignedVerdict:
        """The verdict under a public key (DER as hex or base64). Never raises because of what a charger sent."""
        ...


def signed_is_sound(store: Store, record: ChargeRecord, verifier: MeterVerifier | None) -> bool:
    """True if nothing is signed and nothing needs to be, or everything verifies and matches the record.

    Otherwise the charge is set aside with the reason. A key entered by the operator takes precedence over the one sent along.
    """
    found = signed_fault(store, record, verifier)
    if found:
        quarantine_record(store, record, SIGNED_VALUES, found)
    return not found


def signed_fault(store: Store, record: ChargeRecord, verifier: MeterVerifier | None) -> str:
    """What is wrong with the signed readings; empty if nothing is."""
    own_key = store.stations.evse(record.evse_id).meter_key
    return _fault(record, own_key, verifier) if record.signed or own_key else ""


def _fault(record: ChargeRecord, own_key: str, verifier: MeterVerifier | None) -> str:
    if not record.signed:
        return "The meter of this bay signs its readings, and this charge came without a signed one."
    if verifier is None:
        return "The readings are signed, and nothing here can verify them."
    verdicts = [verifier.judge(one, own_key or one.key) for one in record.signed]
    false = next((one for one in verdicts if not one.verified), None)
    if false is not None:
        return f"A signed reading does not verify: {false.why}."
    registers = sorted(register for one in verdicts for register in one.registers_wh)
    if len(registers) < 2:
        return "The signed readings do not tell begin and end."
    signed_wh = registers[-1] - registers[0]
    if abs(signed_wh - record.energy_wh) > TOLERANCE_WH:
        return f"The signed readings say {signed_wh} Wh, the charge says {record.energy_wh} Wh."
    return ""
