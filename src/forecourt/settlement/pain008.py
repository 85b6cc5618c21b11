"""Direct debit files: ISO 20022 pain.008, version 08, within the limits of a SEPA core direct debit."""

from xml.etree.ElementTree import Element, SubElement, tostring

from forecourt.settlement.debit_collections import CollectedStatement, CollectionFile
from forecourt.settlement.pain001 import LONGEST_NAME, LONGEST_WORDS, decimal, instant, put, sepa_text, sums

_FORM = "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"


def pain008_of(file: CollectionFile) -> bytes:
    """Write the file, always with the same bytes: banks recognise a file sent twice by its number."""
    root = Element("Document", xmlns=_FORM)
    whole = SubElement(root, "CstmrDrctDbtInitn")
    head = SubElement(whole, "GrpHdr")
    put(head, "MsgId", file.number)
    put(head, "CreDtTm", instant(file.made_at))
    sums(head, len(file.collected), file.amount)
    put(head, "InitgPty/Nm", sepa_text(file.name, LONGEST_NAME))
    batch = SubElement(whole, "PmtInf")
    put(batch, "PmtInfId", file.number)
    put(batch, "PmtMtd", "DD")
    put(batch, "BtchBookg", "false")  # a separate statement line for each debit
    sums(batch, len(file.collected), file.amount)
    kind = SubElement(batch, "PmtTpInf")
    put(kind, "SvcLvl/Cd", "SEPA")
    put(kind, "LclInstrm/Cd", "CORE")
    put(kind, "SeqTp", "RCUR")  # allowed for the first of a series too
    put(batch, "ReqdColltnDt", file.day.isoformat())
    put(batch, "Cdtr/Nm", sepa_text(file.name, LONGEST_NAME))
    put(batch, "CdtrAcct/Id/IBAN", file.account)
    put(batch, "CdtrAgt/FinInstnId/Othr/Id", "NOTPROVIDED")
    put(batch, "ChrgBr", "SLEV")
    _creditor(SubElement(batch, "CdtrSchmeId"), file.creditor_id)
    for one in file.collected:
        _collection(SubElement(batch, "DrctDbtTxInf"), file, one)
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _collection(into: Element, file: CollectionFile, one: CollectedStatement) -> None:
    put(into, "PmtId/EndToEndId", file.end_to_end(one))
    put(into, "InstdAmt", decimal(one.amount)).set("Ccy", one.amount.currency)
    mandate = SubElement(SubElement(into, "DrctDbtTx"), "MndtRltdInf")
    put(mandate, "MndtId", one.mandate)
    put(mandate, "DtOfSgntr", one.signed_on.isoformat())
    if one.formerly:
        put(mandate, "AmdmntInd", "true")
        _creditor(SubElement(SubElement(mandate, "AmdmntInfDtls"), "OrgnlCdtrSchmeId"), one.formerly)
    put(into, "DbtrAgt/FinInstnId/Othr/Id", "NOTPROVIDED")
    put(into, "Dbtr/Nm", sepa_text(one.name, LONGEST_NAME))
    put(into, "DbtrAcct/Id/IBAN", one.iban)
    put(into, "RmtInf/Ustrd", sepa_text(f"{one.number} {file.name}", LONGEST_WORDS))


def _creditor(into: Element, creditor_id: str) -> None:
    known = SubElement(SubElement(SubElement(into, "Id"), "PrvtId"), "Othr")
    put(known, "Id", creditor_id)
    put(known, "SchmeNm/Prtry", "SEPA")
