"""Account statements, and sums over documents, in memory."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from operator import attrgetter
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt.billing import AccountStatement, DocumentKind, Invoice, LineKind, UsedBy
from forecourt.flows.ports import (
    ALL_STATEMENTS,
    EARNING_ACCOUNTS,
    FIRST_PAGE,
    AccountTotal,
    AppliedCredit,
    BilledTotal,
    FleetUsage,
    ListOrders,
    ListPage,
    PageRequest,
    PaidSearch,
    PaidState,
    StatementSearch,
    TariffTotal,
    page_of,
)
from forecourt.kernel import DocumentId, DriverId, Money, OperatorId, PaymentId, SiteId, Span, TokenUid
from forecourt.ledger import Account
from forecourt.payments import WRITTEN_OFF
from forecourt.store.memory.database import MemoryDatabase


class AccountStatements:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def put(self, statement: AccountStatement) -> None:
        db = self._db
        db.account_statements.put(statement.id, statement)
        for line in statement.lines:
            db.stated.put(line.document_id, statement.id)

    def statement(self, statement_id: DocumentId) -> AccountStatement | None:
        return self._db.account_statements.get(statement_id)

    def lock(self, statement_id: DocumentId) -> AccountStatement | None:
        return self.statement(statement_id)  # units of work run alone here

    def lock_numbered(self, operator_id: OperatorId, numbers: Collection[str]) -> Sequence[AccountStatement]:
        found = self._db.account_statements.where(lambda one: one.operator_id == operator_id and one.number in numbers)
        return sorted(found, key=lambda one: one.id)

    def by_number(self, operator_id: OperatorId, number: str) -> AccountStatement | None:
        return next((one for one in self._db.account_statements if (one.operator_id, one.number) == (operator_id, number)), None)

    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[AccountStatement]:
        return _newest(self._db.account_statements.where(lambda one: one.driver_id == driver_id))[:limit]

    def page_of(self, driver_id: DriverId, request: PageRequest = FIRST_PAGE) -> ListPage[AccountStatement]:
        return page_of(self._db.account_statements.where(lambda one: one.driver_id == driver_id), ListOrders.STATEMENTS, request)

    def page(
        self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE, wanted: StatementSearch = ALL_STATEMENTS
    ) -> ListPage[AccountStatement]:
        found = self._db.account_statements.where(lambda one: one.operator_id == operator_id and self._fits(one, wanted))
        return page_of(found, ListOrders.STATEMENTS, request)

    def _fits(self, one: AccountStatement, wanted: StatementSearch) -> bool:
        if not wanted.paid or not wanted.fits(one):
            return wanted.fits(one)
        open_, late = is_open(self._db, one), is_late(self._db, one, wanted.paid)
        return {PaidState.PAID: not open_, PaidState.OPEN: open_, PaidState.OVERDUE: open_ and late}.get(wanted.paid.state, False)

    def of_document(self, document_id: DocumentId) -> DocumentId | None:
        return self._db.stated.get(document_id)

    def awaiting_statement(self, operator_id: OperatorId, until: datetime, after: UUID | None, limit: int) -> Sequence[DriverId]:
        found = {self._payer(one) for one in self._waiting(until) if one.operator_id == operator_id}
        found |= {statement.driver_id for _, statement in self._waiting_notes(operator_id, until)}
        return sorted(one for one in found if after is None or one > after)[:limit]

    def documents_of(self, payer: DriverId, until: datetime) -> Sequence[Invoice]:
        invoices = [one for one in self._waiting(until) if self._payer(one) == payer]
        ids = {one.id for one in invoices}
        mine = {line.document_id for one in self._db.account_statements if one.driver_id == payer for line in one.lines}
        taken_back = self._db.documents.where(
            lambda one: one.content.corrects in ids | mine and one.id not in self._db.stated and one.issued_at < until
        )
        return sorted((*invoices, *taken_back), key=lambda one: (one.issued_at, one.id))

    def credits(self, operator_id: OperatorId, payer: DriverId | None = None) -> Sequence[Invoice]:
        found = self._waiting_notes(operator_id, None)
        return [note for note, statement in found if note.due.minor and payer in (None, statement.driver_id)]

    def _payer(self, one: Invoice) -> DriverId:
        used_by, delivery = one.content.parties.used_by, one.content.delivery
        if used_by is not None:
            return used_by.payer_id
        return self.payer_of(one.driver_id, delivery.started_at if delivery else one.issued_at) or one.driver_id

    def apply_credit(self, note_id: DocumentId, statement_id: DocumentId, elsewhere: Mapping[DocumentId, Money]) -> None:
        self._db.stated.put(note_id, statement_id)
        for other, amount in elsewhere.items():
            self._db.credit_parts.put((note_id, other), (note_id, other, amount))

    def applied_credits(self, statement: AccountStatement) -> Sequence[AppliedCredit]:
        return taken_off(self._db, statement)

    def payer_of(self, driver_id: DriverId, at: datetime) -> DriverId | None:
        groups = sorted(one.group for one in self._db.members if one.driver_id == driver_id and one.is_valid_at(at))
        driver = self._db.drivers.get(driver_id)
        payers = dict(self.payers(driver.operator_id)) if driver else {}
        partner_id = driver.roaming_partner_id if driver else None
        return next((payers[group] for group in groups if group in payers), DriverId(partner_id) if partner_id else None)

    def payers(self, operator_id: OperatorId) -> Sequence[tuple[str, DriverId]]:
        return sorted((group, payer) for (of, group), payer in self._db.payers.items() if of == operator_id)

    def put_payer(self, operator_id: OperatorId, group: str, payer: DriverId | None) -> None:
        if payer is None:
            self._db.payers.drop((operator_id, group))
        else:
            self._db.payers.put((operator_id, group), payer)

    def put_pdf(self, statement_id: DocumentId, pdf: bytes, sha256: str) -> None:
        if statement_id not in self._db.account_pdfs:
            self._db.account_pdfs.put(statement_id, pdf)

    def pdf(self, statement_id: DocumentId) -> bytes | None:
        return self._db.account_pdfs.get(statement_id)

    def without_pdf(self, limit: int = 20) -> Sequence[AccountStatement]:
        waiting = self._db.account_statements.where(lambda one: one.id not in self._db.account_pdfs)
        return sorted(waiting, key=lambda one: (one.issued_at, one.id))[:limit]

    def _waiting_notes(self, operator_id: OperatorId, until: datetime | None) -> list[tuple[Invoice, AccountStatement]]:
        """Credit notes not on a statement yet, each with the statement whose bill it credits, oldest first."""
        db = self._db
        waits = db.documents.where(
            lambda one: (
                one.operator_id == operator_id
                and one.kind is DocumentKind.CREDIT_NOTE
                and one.id not in db.stated
                and (until is None or one.issued_at < until)
            )
        )
        stated = ((one, db.stated.get(one.content.corrects)) for one in waits if one.content.corrects)
        found = ((one, db.account_statements.get(about)) for one, about in stated if about)
        return sorted(((one, paper) for one, paper in found if paper), key=lambda each: (each[0].issued_at, each[0].id))

    def _waiting(self, until: datetime) -> list[Invoice]:
        """Invoices of drivers on account that are not fully paid, were never requested, are not credited already, and are on no
        statement."""
        db = self._db
        asked = {one.document_id for one in db.payments}
        return db.documents.where(
            lambda one: (
                one.kind is DocumentKind.INVOICE
                and one.due.minor > 0
                and one.issued_at < until
                and on_account(db, one)
                and one.id not in asked
                and one.id not in db.stated
            )
        )


def on_account(db: MemoryDatabase, one: Invoice) -> bool:
    """As was agreed when it was issued."""
    driver = db.drivers.get(one.driver_id)
    return driver is not None and one.content.parties.on_account(driver.pay_by)


def taken_off(db: MemoryDatabase, statement: AccountStatement) -> list[AppliedCredit]:
    listed = {line.document_id for line in statement.lines}
    zero, standing = Money.zero(statement.currency), lambda one: db.stated.get(one.id) == statement.id and one.id not in listed
    found = [
        AppliedCredit(one, one.due - sum((part for note_id, _, part in db.credit_parts if note_id == one.id), zero))
        for one in db.documents.where(standing)
    ]
    parts = ((db.documents.get(note_id), amount) for note_id, about, amount in db.credit_parts if about == statement.id)
    found += [AppliedCredit(one, amount) for one, amount in parts if one is not None]
    return sorted((one for one in found if one.amount.minor), key=lambda one: (one.note.issued_at, one.note.id))


def taken(db: MemoryDatabase, payable_id: DocumentId) -> int:
    """What was captured for it, in minor units, whether or not it was refunded since."""
    return sum(one.taken.minor for one in db.payments.where(lambda one: one.document_id == payable_id))


def is_open(db: MemoryDatabase, statement: AccountStatement) -> bool:
    """Whether less was captured than it asks for by now."""
    return taken(db, statement.id) < statement.due.minor - sum(one.amount.minor for one in taken_off(db, statement))


def is_late(db: MemoryDatabase, payable: AccountStatement | Invoice, wanted: PaidSearch) -> bool:
    """Whether its due day has passed, and it was not written off."""
    case = db.dunning.get(payable.id)
    return payable.issued_at + payable.parties.due_after(wanted.due.days) <= wanted.at and (case is None or case.outcome != WRITTEN_OFF)


def _newest(statements: Sequence[AccountStatement]) -> list[AccountStatement]:
    return sorted(statements, key=lambda one: (one.issued_at, one.number), reverse=True)


class BillingTotals:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def fleet_usage(self, payer_id: DriverId, span: Span) -> Sequence[FleetUsage]:
        alike = defaultdict[tuple[str, DriverId, str, str, str, str], list[Invoice]](list)
        for by, one in self._of_payer(payer_id, span):
            alike[by.name, one.driver_id, by.card, by.cost_centre, one.content.place.site_name, one.currency].append(one)
        rows = sorted(alike.items())
        return [FleetUsage(driver_id, name, card, centre, site, _billed(some)) for (name, driver_id, card, centre, site, _), some in rows]

    def fleet_usage_by_month(self, payer_id: DriverId, span: Span, zone: str) -> Sequence[tuple[date, BilledTotal]]:
        alike = defaultdict[tuple[date, str], list[Invoice]](list)
        for _, one in self._of_payer(payer_id, span):
            alike[one.issued_at.astimezone(ZoneInfo(zone)).date().replace(day=1), one.currency].append(one)
        return [(month, _billed(some)) for (month, _), some in sorted(alike.items())]

    def spent_by(self, driver_id: DriverId, begun: Span, currency: str, card: TokenUid | None = None) -> Money:
        def fits(one: Invoice) -> bool:
            content, record = one.content, self._db.records.get(one.session_id) if one.session_id else None
            mine = (one.driver_id, one.currency) == (driver_id, currency) and content.parties.used_by is not None
            when = content.delivery is not None and begun.contains(content.delivery.started_at)
            return mine and when and (card is None or (record is not None and record.token == card))

        return sum((_signed(one, one.due) for one in self._db.documents.where(fits)), Money.zero(currency))

    def by_tariff_version(self, operator_id: OperatorId, since: datetime, until: datetime | None = None) -> Sequence[TariffTotal]:
        alike = defaultdict[object, list[Invoice]](list)
        for one in (one for one in self._issued(operator_id, since) if until is None or one.issued_at < until):
            alike[one.content.site_id, one.content.tariff_version_id, one.currency].append(one)
        return [_taking(some) for some in alike.values()]

    def earnings(self, operator_id: OperatorId, span: Span) -> Sequence[AccountTotal]:
        sums: Counter[tuple[SiteId | None, bool, Account, str]] = Counter()
        for txn in (one.txn for one in self._db.book if one.txn.operator_id == operator_id and span.contains(one.txn.at)):
            payment = self._db.payments.get(PaymentId(txn.subject))
            paid = payment.document_id if payment and payment.operator_id == operator_id else None
            document = self._db.documents.get(paid or DocumentId(txn.subject))
            noted = document is not None and document.kind is DocumentKind.CREDIT_NOTE
            for entry in (one for one in txn.entries if one.account.kind in EARNING_ACCOUNTS):
                sums[document.content.site_id if document else None, noted, entry.account, entry.currency] -= entry.minor
        return [
            AccountTotal(site_id, noted, account, Money(minor, currency)) for (site_id, noted, account, currency), minor in sums.items()
        ]

    def by_line(self, operator_id: OperatorId, site_id: SiteId, since: datetime) -> Sequence[tuple[LineKind, str, Money]]:
        sums: Counter[tuple[LineKind, str, str]] = Counter()
        for one in self._issued(operator_id, since, site_id):
            for line in one.content.lines:
                sums[line.what, line.title, one.currency] += _signed(one, line.net).minor
        return [(what, title, Money(minor, currency)) for (what, title, currency), minor in sorted(sums.items())]

    def by_delivery_time(self, operator_id: OperatorId, site_id: SiteId, since: datetime) -> Sequence[tuple[Span, Money]]:
        return [(_used(one), _signed(one, one.net)) for one in self._issued(operator_id, since, site_id)]

    def _of_payer(self, payer_id: DriverId, span: Span) -> Sequence[tuple[UsedBy, Invoice]]:
        named = [(one.content.parties.used_by, one) for one in self._db.documents.where(lambda one: span.contains(one.issued_at))]
        return [(by, one) for by, one in named if by is not None and by.payer_id == payer_id]

    def _issued(self, operator_id: OperatorId, since: datetime, site_id: SiteId | None = None) -> Sequence[Invoice]:
        mine = self._db.documents.where(lambda one: one.operator_id == operator_id and one.issued_at >= since)
        return [one for one in sorted(mine, key=lambda one: (one.issued_at, one.number)) if site_id in (None, one.content.site_id)]


def _billed(alike: Sequence[Invoice]) -> BilledTotal:
    invoices = [one for one in alike if one.kind is DocumentKind.INVOICE]
    energy_wh = sum(one.content.delivery.energy_wh for one in invoices if one.content.delivery)
    zero = Money.zero(alike[0].currency)
    net, tax, gross, due = (
        sum((_signed(one, amount(one)) for one in alike), zero) for amount in map(attrgetter, ("net", "tax", "gross", "due"))
    )
    return BilledTotal(sum(one.session_id is not None for one in invoices), energy_wh, net, tax, gross, due)


def _taking(alike: Sequence[Invoice]) -> TariffTotal:
    one, zero = alike[0], Money.zero(alike[0].currency)
    invoices = [one for one in alike if one.kind is DocumentKind.INVOICE]
    return TariffTotal(
        one.content.site_id,
        one.content.tariff_version_id,
        sum((_signed(one, one.net) for one in alike), zero),
        sum((_signed(one, one.gross) for one in alike), zero),
        sum(one.session_id is not None for one in invoices),
        sum(one.content.delivery.energy_wh for one in invoices if one.content.delivery),
    )


def _signed(invoice: Invoice, amount: Money) -> Money:
    return -amount if invoice.kind is DocumentKind.CREDIT_NOTE else amount


def _used(one: Invoice) -> Span:
    used = one.content.delivery
    return Span(used.started_at, used.ended_at) if used else Span(one.issued_at, one.issued_at + timedelta(minutes=1))
