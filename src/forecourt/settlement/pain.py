"""Transfers as a bank takes them: ISO 20022 pain.001, version 09, within what a SEPA credit transfer takes."""

import re
import unicodedata
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from forecourt.kernel import Money, utc
from forecourt.settlement.transfers import Due, TransferFile

_FORM = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_LONGEST_NAME, _LONGEST_WORDS = 70, 140
# What every bank takes; letters beyond it as people write them without.
_NO_SIGN = re.compile(r"[^A-Za-z0-9/?:().,'+ -]")
_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe"}
    | {"ø": "o", "Ø": "O", "å": "a", "Å": "A", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "&": "+"}
    | {"ı": "i", "–": "-", "—": "-", "’": "'", "‘": "'", "“": "'", "”": "'", "„": "'", '"': "'", "_": "-"}
)


def pain_of(file: TransferFile) -> bytes:
    """The same for ever: banks know a file that is sent twice by its number."""
    root = Element("Document", xmlns=_FORM)
    whole = SubElement(root, "CstmrCdtTrfInitn")
    head = SubElement(whole, "GrpHdr")
    _put(head, "MsgId", file.number)
    _put(head, "CreDtTm", _instant(file.made_at))
    _sums(head, file)
    _put(head, "InitgPty/Nm", sepa_text(file.name, _LONGEST_NAME))
    batch = SubElement(whole, "PmtInf")
    _put(batch, "PmtInfId", file.number)
    _put(batch, "PmtMtd", "TRF")
    _put(batch, "BtchBookg", "false")  # a line of the statement for each
    _sums(batch, file)
    _put(batch, "PmtTpInf/SvcLvl/Cd", "SEPA")
    _put(batch, "ReqdExctnDt/Dt", file.day.isoformat())
    _put(batch, "Dbtr/Nm", sepa_text(file.name, _LONGEST_NAME))
    _put(batch, "DbtrAcct/Id/IBAN", file.account)
    _put(batch, "DbtrAgt/FinInstnId/Othr/Id", "NOTPROVIDED")
    _put(batch, "ChrgBr", "SLEV")
    for due in file.dues:
        _transfer(SubElement(batch, "CdtTrfTxInf"), file, due)
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def sepa_text(text: str, longest: int) -> str:
    """In the letters that every bank takes. No sign of it begins or ends with a slash, nor stand two together."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    known = _NO_SIGN.sub(" ", "".join(sign for sign in plain if not unicodedata.combining(sign)))
    return re.sub("/{2,}", "/", " ".join(known.split()))[:longest].strip(" /") or "-"


def _transfer(one: Element, file: TransferFile, due: Due) -> None:
    _put(one, "PmtId/EndToEndId", file.end_to_end(due))
    _put(one, "Amt/InstdAmt", _decimal(due.amount)).set("Ccy", due.amount.currency)
    _put(one, "Cdtr/Nm", sepa_text(due.name, _LONGEST_NAME))
    _put(one, "CdtrAcct/Id/IBAN", due.iban)
    _put(one, "RmtInf/Ustrd", sepa_text(f"{due.number} {file.name}", _LONGEST_WORDS))


def _sums(parent: Element, file: TransferFile) -> None:
    _put(parent, "NbOfTxs", str(len(file.dues)))
    _put(parent, "CtrlSum", _decimal(file.amount))


def _put(parent: Element, path: str, text: str) -> Element:
    for name in path.split("/"):
        parent = SubElement(parent, name)
    parent.text = text
    return parent


def _decimal(amount: Money) -> str:
    return f"{amount.minor // 100}.{amount.minor % 100:02d}"


def _instant(at: datetime) -> str:
    return f"{utc(at):%Y-%m-%dT%H:%M:%S}Z"
