"""Partners' statements and self-billed documents as files, and what the pages say of a partner's VAT."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forecourt.flows.billing import obstacle_to_self_billing
from forecourt.flows.ports import DocumentFiles, Store
from forecourt.kernel import Conflict, NotFound, OperatorId, Text
from forecourt.offers import Partner, VatStatus
from forecourt.web.frame.responses import split_file_name

VAT_STATUSES = {
    None: Text("Not known"),
    VatStatus.REGISTERED: Text("Registered for VAT"),
    VatStatus.SMALL_BUSINESS: Text("Exempt from VAT"),
    VatStatus.NOT_REGISTERED: Text("Not registered for VAT"),
}


@dataclass(frozen=True, slots=True)
class VatView:
    """status: in words. obstacle: why there are no self-billed invoices at present; None: there are, for shares."""

    status: Text
    rule: str
    obstacle: Text | None


def vat_view(store: Store, partner: Partner, at: datetime) -> VatView:
    vat = partner.vat
    return VatView(VAT_STATUSES[vat.status if vat else None], vat.rule if vat else "", obstacle_to_self_billing(store, partner, at))


def statement_file(store: Store, operator_id: OperatorId, name: str, partner_id: UUID | None = None) -> bytes:
    """A statement's PDF ("STM-2026-000001.pdf"), or the PDF or XML of a self-billed document. partner_id: who asks; None: the operator.

    Raises NotFound, also for another partner's; Conflict while it is being made.
    """
    number, ending = split_file_name(name)
    for one in store.partners.statements(operator_id, partner_id):
        if one.number == number and ending == "pdf":
            return _made(store.partners.pdf(one.id))
        document = next((each for each in one.self_billed if each.number == number), None)
        if document is not None and ending in ("pdf", "xml"):
            return _document_file(store.partners.self_billed_files(one.id, document.id), ending)
    raise NotFound("statement", "You have no such statement." if partner_id else "There is no such statement.")


def _document_file(files: DocumentFiles | None, ending: str) -> bytes:
    body = _made(files.pdf if files else None)
    if files is None or ending == "pdf":
        return body
    if not files.xml:
        raise NotFound("xml", "There is no e-invoice of this document.")
    return files.xml


def _made(body: bytes | None) -> bytes:
    if body is None:
        raise Conflict("pdf_not_yet", "The PDF is being prepared.", "Try again in a few seconds.")
    return body
