"""Bank transfer files: ISO 20022 pain.001, version 09, within the limits of a SEPA credit transfer."""

import re
import unicodedata
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from forecourt.kernel import Money, utc
from forecourt.settlement.transfers import DueTransfer, TransferFile

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
MAX_NAME_CHARS, MAX_REFERENCE_CHARS = 70, 140
# Characters outside the set that every bank accepts; common letters beyond it are transliterated.
_NO_SIGN = re.compile(r"[^A-Za-z0-9/?:().,'+ -]")
_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe"}
    | {"ø": "o", "Ø": "O", "å": "a", "Å": "A", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "&": "+"}
    | {"ı": "i", "–": "-", "—": "-", "’": "'", "‘": "'", "“": "'", "”": "'", "„": "'", '"': "'", "_": "-"}
)


def pain001_of(file: TransferFile) -> bytes:
    """Write the file, always with the same bytes: banks recognise a file sent twice by its number."""
    root = Element("Document", xmlns=_NAMESPACE)
    whole = SubElement(root, "CstmrCdtTrfInitn")
    head = SubElement(whole, "GrpHdr")
    add_text(head, "MsgId", file.number)
    add_text(head, "CreDtTm", timestamp(file.made_at))
    add_control_sums(head, len(file.dues), file.amount)
    add_text(head, "InitgPty/Nm", sepa_text(file.name, MAX_NAME_CHARS))
    batch = SubElement(whole, "PmtInf")
    add_text(batch, "PmtInfId", file.number)
    add_text(batch, "PmtMtd", "TRF")
    add_text(batch, "BtchBookg", "false")  # a separate statement line for each transfer
    add_control_sums(batch, len(file.dues), file.amount)
    add_text(batch, "PmtTpInf/SvcLvl/Cd", "SEPA")
    add_text(batch, "ReqdExctnDt/Dt", file.day.isoformat())
    add_text(batch, "Dbtr/Nm", sepa_text(file.name, MAX_NAME_CHARS))
    add_text(batch, "DbtrAcct/Id/IBAN", file.account)
    add_text(batch, "DbtrAgt/FinInstnId/Othr/Id", "NOTPROVIDED")
    add_text(batch, "ChrgBr", "SLEV")
    for due in file.dues:
        _transfer(SubElement(batch, "CdtTrfTxInf"), file, due)
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def sepa_text(text: str, longest: int) -> str:
    """Transliterate a text to the characters every bank accepts. It neither starts nor ends with a slash, nor contains two in a row."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    known = _NO_SIGN.sub(" ", "".join(sign for sign in decomposed if not unicodedata.combining(sign)))
    return re.sub("/{2,}", "/", " ".join(known.split()))[:longest].strip(" /") or "-"


def _transfer(one: Element, file: TransferFile, due: DueTransfer) -> None:
    add_text(one, "PmtId/EndToEndId", file.end_to_end(due))
    add_text(one, "Amt/InstdAmt", amount_text(due.amount)).set("Ccy", due.amount.currency)
    add_text(one, "Cdtr/Nm", sepa_text(due.name, MAX_NAME_CHARS))
    add_text(one, "CdtrAcct/Id/IBAN", due.iban)
    add_text(one, "RmtInf/Ustrd", sepa_text(f"{due.number} {file.name}", MAX_REFERENCE_CHARS))


def add_control_sums(parent: Element, count: int, amount: Money) -> None:
    add_text(parent, "NbOfTxs", str(count))
    add_text(parent, "CtrlSum", amount_text(amount))


def add_text(parent: Element, path: str, text: str) -> Element:
    for name in path.split("/"):
        parent = SubElement(parent, name)
    parent.text = text
    return parent


def amount_text(amount: Money) -> str:
    return f"{amount.minor // 100}.{amount.minor % 100:02d}"


def timestamp(at: datetime) -> str:
    return f"{utc(at):%Y-%m-%dT%H:%M:%S}Z"
