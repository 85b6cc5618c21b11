"""Bank transfer files: ISO 20022 pain.001, version 09, within the limits of a SEPA credit transfer."""

import re
import unicodedata
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from forecourt.kernel import Money, utc
from forecourt.settlement.transfers import DueTransfer, TransferFile

_FORM = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
LONGEST_NAME, LONGEST_WORDS = 70, 140
# Characters outside the set that every bank accepts; common letters beyond it are transliterated.
_NO_SIGN = re.compile(r"[^A-Za-z0-9/?:().,'+ -]")
_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe"}
    | {"ø": "o", "Ø": "O", "å": "a", "Å": "A", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "&": "+"}
    | {"ı": "i", "–": "-", "—": "-", "’": "'", "‘": "'", "“": "'", "”": "'", "„": "'", '"': "'", "_": "-"}
)


def pain001_of(file: TransferFile) -> bytes:
    """Write the file, always with the same bytes: banks recognise a file sent twice by its number."""
    root = Element("Document", xmlns=_FORM)
    whole = SubElement(root, "CstmrCdtTrfInitn")
    head = SubElement(whole, "GrpHdr")
    put(head, "MsgId", file.number)
    put(head, "CreDtTm", instant(file.made_at))
    sums(head, len(file.dues), file.amount)
    put(head, "InitgPty/Nm", sepa_text(file.name, LONGEST_NAME))
    batch = SubElement(whole, "PmtInf")
    put(batch, "PmtInfId", file.number)
    put(batch, "PmtMtd", "TRF")
    put(batch, "BtchBookg", "false")  # a separate statement line for each transfer
    sums(batch, len(file.dues), file.amount)
    put(batch, "PmtTpInf/SvcLvl/Cd", "SEPA")
    put(batch, "ReqdExctnDt/Dt", file.day.isoformat())
    put(batch, "Dbtr/Nm", sepa_text(file.name, LONGEST_NAME))
    put(batch, "DbtrAcct/Id/IBAN", file.account)
    put(batch, "DbtrAgt/FinInstnId/Othr/Id", "NOTPROVIDED")
    put(batch, "ChrgBr", "SLEV")
    for due in file.dues:
        _transfer(SubElement(batch, "CdtTrfTxInf"), file, due)
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def sepa_text(text: str, longest: int) -> str:
    """Transliterate a text to the characters every bank accepts. It neither starts nor ends with a slash, nor contains two in a row."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    known = _NO_SIGN.sub(" ", "".join(sign for sign in plain if not unicodedata.combining(sign)))
    return re.sub("/{2,}", "/", " ".join(known.split()))[:longest].strip(" /") or "-"


def _transfer(one: Element, file: TransferFile, due: DueTransfer) -> None:
    put(one, "PmtId/EndToEndId", file.end_to_end(due))
    put(one, "Amt/InstdAmt", decimal(due.amount)).set("Ccy", due.amount.currency)
    put(one, "Cdtr/Nm", sepa_text(due.name, LONGEST_NAME))
    put(one, "CdtrAcct/Id/IBAN", due.iban)
    put(one, "RmtInf/Ustrd", sepa_text(f"{due.number} {file.name}", LONGEST_WORDS))


def sums(parent: Element, count: int, amount: Money) -> None:
    put(parent, "NbOfTxs", str(count))
    put(parent, "CtrlSum", decimal(amount))


def put(parent: Element, path: str, text: str) -> Element:
    for name in path.split("/"):
        parent = SubElement(parent, name)
    parent.text = text
    return parent


def decimal(amount: Money) -> str:
    return f"{amount.minor // 100}.{amount.minor % 100:02d}"


def instant(at: datetime) -> str:
    return f"{utc(at):%Y-%m-%dT%H:%M:%S}Z"
