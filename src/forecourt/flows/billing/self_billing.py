"""Self-billed documents of a partner's statement: an invoice of what it supplied, credit notes for what is taken back of earlier ones."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from forecourt.billing import DocumentKind, Invoice
from forecourt.flows.billing.parties import seller
from forecourt.flows.ports.store import Store
from forecourt.kernel import DocumentId, Money, Text, utc
from forecourt.offers import OfferKind, Partner, Redemption
from forecourt.settlement import (
    SelfBilledItem,
    Statement,
    limit_items,
    line_at,
    self_billed_credit,
    self_billed_invoice,
    self_billed_series,
    self_billing_obstacle,
    self_billing_terms,
    share_line,
    take_back,
    with_documents,
)

# What is to be invoiced, and what is taken back of which earlier statement, each by the statement's id (None: of this one): the texts of
# lines, with their minor units and number of documents.
_Amounts = dict[UUID | None, dict[str, list[int]]]


def obstacle_to_self_billing(store: Store, partner: Partner, at: datetime) -> Text | None:
    """Why the partner's statements have no self-billed invoice at present; None: they have one."""
    operator = store.stations.operator(partner.operator_id)
    day = utc(at).astimezone(ZoneInfo(operator.zone)).date()
    return self_billing_obstacle(partner, seller(operator), bool(operator.vat_exemption), day)


def self_bill(store: Store, partner: Partner, statement: Statement, used: Sequence[Redemption]) -> Statement:
    """The statement with its self-billed documents. used: the items of its lines.

    What is taken back of an invoice is credited whether or not the agreement still holds: the tax of that invoice has been deducted. An
    amount in another currency than the operator's own is not invoiced, because its tax must be stated in the country's currency.
    """
    amounts = _amounts(store, partner, used)
    obstacle = obstacle_to_self_billing(store, partner, statement.issued_at)
    operator = store.stations.operator(partner.operator_id)
    earned = _items(amounts.pop(None, {}), statement.owed.currency)
    if obstacle is not None or statement.owed.currency != operator.currency:
        earned = ()
    notes = _credits(store, partner, statement, amounts)
    count = len(notes) + bool(earned)
    if not count:
        return statement
    sequence = store.documents.next_number(operator.id, self_billed_series(partner.handle), statement.year, count)
    documents: list[Invoice] = []
    if earned and partner.vat is not None:
        documents.append(self_billed_invoice(statement, partner, self_billing_terms(partner.vat, operator.country), earned, sequence))
    for invoice, credited, items in notes:
        documents.append(self_billed_credit(statement, invoice, credited, items, sequence + len(documents)))
    return with_documents(statement, documents)


def _amounts(store: Store, partner: Partner, used: Sequence[Redemption]) -> _Amounts:
    amounts: _Amounts = {}
    by_root: dict[UUID, list[Redemption]] = {}
    for one in used:
        if one.kind is OfferKind.HOSTING:
            by_root.setdefault(_root(store, one), []).append(one)
        elif one.kind is OfferKind.CORRECTION and (corrected := _corrected_hosting(store, one)):
            _add(amounts, None if one.owed.minor > 0 else corrected, one.text, abs(one.owed.minor))
    for root, items in by_root.items():
        minor, terms = sum(one.owed.minor for one in items), items[-1].text
        if minor > 0:
            _add(amounts, None, terms, minor)
        for statement_id, part in take_back(_history(store, partner, root), -minor) if minor < 0 else ():
            if statement_id is not None:
                _add(amounts, statement_id, terms, part)
    return amounts


def _add(amounts: _Amounts, of: UUID | None, text: str, minor: int) -> None:
    known = amounts.setdefault(of, {}).setdefault(text, [0, 0])
    known[0] += minor
    known[1] += 1


def _items(amounts: Mapping[str, Sequence[int]], currency: str) -> tuple[SelfBilledItem, ...]:
    """One for each site and percentage, and for each correction."""
    return tuple(
        SelfBilledItem(text if text.startswith("Correction of ") else share_line(text, count), Money(minor, currency))
        for text, (minor, count) in amounts.items()
        if minor
    )


def _credits(
    store: Store, partner: Partner, statement: Statement, amounts: Mapping[UUID | None, Mapping[str, Sequence[int]]]
) -> list[tuple[Invoice, Money, tuple[SelfBilledItem, ...]]]:
    """The earlier invoices of which something is taken back, with what was credited of each so far, and the items. Statements without an
    invoice are left out: what they paid had no tax."""
    if not amounts:
        return []
    statements = sorted(store.partners.statements(partner.operator_id, partner.id), key=lambda one: (one.issued_at, one.sequence))
    credited: dict[DocumentId, int] = {}
    for one in (document for known in statements for document in known.self_billed if document.content.corrects):
        corrects = one.content.corrects
        assert corrects is not None  # noqa: S101 - filtered above
        credited[corrects] = credited.get(corrects, 0) + one.net.minor
    found = []
    for known in statements:
        invoice = next((one for one in known.self_billed if one.kind is DocumentKind.INVOICE), None)
        if known.id in amounts and invoice is not None and invoice.currency == statement.owed.currency:
            before = Money(credited.get(invoice.id, 0), invoice.currency)
            items = limit_items(_items(amounts[known.id], invoice.currency), invoice.net - before)
            found += [(invoice, before, items)] if items else []
    return found


def _root(store: Store, share: Redemption) -> UUID:
    """The invoice whose share it is, or whose credit note's."""
    document = store.documents.document(DocumentId(share.voucher_id))
    return share.voucher_id if document is None or document.content.corrects is None else document.content.corrects


def _history(store: Store, partner: Partner, root: UUID) -> list[tuple[UUID, int]]:
    """What earlier statements gave of an invoice and its credit notes, oldest first, by the statement's id."""
    documents = [DocumentId(root), *(one.id for one in store.documents.credit_notes_of(DocumentId(root)))]
    stated = [one for document_id in documents for one in _shares(store, partner, document_id) if one.statement_id is not None]
    sums: dict[UUID, int] = {}
    issued = {}
    for one in stated:
        assert one.statement_id is not None  # noqa: S101 - filtered above
        known = store.partners.statement(one.statement_id)
        assert known is not None  # noqa: S101 - a statement stays
        issued[known.id] = (known.issued_at, known.sequence)
        sums[known.id] = sums.get(known.id, 0) + one.owed.minor
    return [(statement_id, sums[statement_id]) for statement_id in sorted(sums, key=lambda one: issued[one])]


def _shares(store: Store, partner: Partner, document_id: DocumentId) -> Iterable[Redemption]:
    """The shares of a document, given, taken back, given …"""
    times = 0
    while (found := store.partners.redemption(host_item_id(document_id, partner.handle, times))) is not None:
        yield found
        times += 1


def host_item_id(document_id: DocumentId, handle: str, times: int) -> UUID:
    """The id of a host's share of a document. times: how often it was given or taken back before."""
    return uuid5(document_id, f"host/{handle}/{times}" if times else f"host/{handle}")


def _corrected_hosting(store: Store, item: Redemption) -> UUID | None:
    """The statement whose line of a share an answered question corrects; for the correction of a correction, the first. None: no share."""
    question = store.questions.question(item.id)
    statement = store.partners.statement(question.statement_id) if question else None
    if question is None or statement is None:
        return None
    line = line_at(statement, question.place)
    if line.kind is not OfferKind.CORRECTION:
        return statement.id if line.kind is OfferKind.HOSTING else None
    earlier = [one for one in store.questions.of_partner(item.partner_id) if one.correction and one.over_at == line.at]
    before = store.partners.redemption(earlier[0].id) if earlier else None
    return _corrected_hosting(store, before) if before else None
