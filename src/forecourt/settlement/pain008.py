"""Direct debit files: ISO 20022 pain.008, version 08, within the limits of a SEPA core direct debit."""

from xml.etree.ElementTree import Element, SubElement, tostring

from forecourt.settlement.debit_collections import CollectedStatement, CollectionFile
from forecourt.settlement.pain001 import MAX_NAME_CHARS, MAX_REFERENCE_CHARS, add_control_sums, add_text, amount_text, sepa_text, timestamp

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"


def pain008_of(file: CollectionFile) -> bytes:
    """Write the file, always with the same bytes: banks recognise a file sent twice by its number."""
    root = Element("Document", xmlns=_NAMESPACE)
    whole = SubElement(root, "CstmrDrctDbtInitn")
    head = SubElement(whole, "GrpHdr")
    add_text(head, "MsgId", file.number)
    add_text(head, "CreDtTm", timestamp(file.made_at))
    add_control_sums(head, len(file.collected), file.amount)
    add_text(head, "InitgPty/Nm", sepa_text(file.name, MAX_NAME_CHARS))
    batch = SubElement(whole, "PmtInf")
    add_text(batch, "PmtInfId", file.number)
    add_text(batch, "PmtMtd", "DD")
    add_text(batch, "BtchBookg", "false")  # a separate statement line for each debit
    add_control_sums(batch, len(file.collected), file.amount)
    kind = SubElement(batch, "PmtTpInf")
    add_text(kind, "SvcLvl/Cd", "SEPA")
    add_text(kind, "LclInstrm/Cd", "CORE")
    add_text(kind, "SeqTp", "RCUR")  # allowed for the first of a series too
    add_text(batch, "ReqdColltnDt", file.day.isoformat())
    add_text(batch, "Cdtr/Nm", sepa_text(file.name, MAX_NAME_CHARS))
    add_text(batch, "CdtrAcct/Id/IBAN", file.account)
    add_text(batch, "CdtrAgt/FinInstnId/Othr/Id", "NOTPROVIDED")
    add_text(batch, "ChrgBr", "SLEV")
    _creditor(SubElement(batch, "CdtrSchmeId"), file.creditor_id)
    for one in file.collected:
        _collection(SubElement(batch, "DrctDbtTxInf"), file, one)
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _collection(into: Element, file: CollectionFile, one: CollectedStatement) -> None:
    add_text(into, "PmtId/EndToEndId", file.end_to_end(one))
    add_text(into, "InstdAmt", amount_text(one.amount)).set("Ccy", one.amount.currency)
    mandate = SubElement(SubElement(into, "DrctDbtTx"), "MndtRltdInf")
    add_text(mandate, "MndtId", one.mandate)
    add_text(mandate, "DtOfSgntr", one.signed_on.isoformat())
    if one.formerly:
        add_text(mandate, "AmdmntInd", "true")
        _creditor(SubElement(SubElement(mandate, "AmdmntInfDtls"), "OrgnlCdtrSchmeId"), one.formerly)
    add_text(into, "DbtrAgt/FinInstnId/Othr/Id", "NOTPROVIDED")
    add_text(into, "Dbtr/Nm", sepa_text(one.name, MAX_NAME_CHARS))
    add_text(into, "DbtrAcct/Id/IBAN", one.iban)
    add_text(into, "RmtInf/Ustrd", sepa_text(f"{one.number} {file.name}", MAX_REFERENCE_CHARS))


def _creditor(into: Element, creditor_id: str) -> None:
    known = SubElement(SubElement(SubElement(into, "Id"), "PrvtId"), "Othr")
    add_text(known, "Id", creditor_id)
    add_text(known, "SchmeNm/Prtry", "SEPA")
