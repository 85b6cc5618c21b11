"""Documents, statements and what they are about, in both stores (`twins`)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from forecourt.billing import (
    STATEMENT_SERIES,
    AccountLine,
    AccountStatement,
    Contribution,
    Delivery,
    DocumentKind,
    Draft,
    Invoice,
    InvoiceLine,
    LineKind,
    Parties,
    Party,
    Place,
    UsedBy,
    document_number,
)
from forecourt.drivers import PayBy
from forecourt.kernel import BookingId, DocumentId, DriverId, Money, OperatorId, PaymentId, SessionId, SiteId, TariffVersionId
from forecourt.tariffs import TaxLine
from twins import Twins, World

IBANS = ("DE89370400440532013000", "FR1420041010050500013M02606", "NL91ABNA0417164300")


class MoneyWorld(World):
    """A world with ids of payments, charges and bookings that money may be about, and with documents."""

    def __init__(self, twins: Twins, seed: int, documents: int = 0) -> None:
        super().__init__(twins, seed)
        self.pools |= {PaymentId: self.ids(4), SessionId: self.ids(4), BookingId: self.ids(3), TariffVersionId: self.ids(2)}
        self.pools |= {"iban": IBANS, "account": IBANS, "currency": ["EUR"], "creditor_id": ["DE98ZZZ09999999999"]}
        self.documents: list[Invoice] = []
        self.statements: list[AccountStatement] = []
        for _ in range(documents):
            self.bill()
        self.pools[DocumentId] = [one.id for one in self.documents] or self.ids(4)

    def bill(self) -> None:
        """Both stores take another document, or refuse it."""
        one = self.invoice(len(self.documents) + 1)
        if self.twins.do(lambda store: store.documents.put(one)):
            self.documents.append(one)

    def invoice(self, sequence: int) -> Invoice:
        """An invoice, or a credit note about part of an earlier one; their numbers do not grow with their dates."""
        invoices = [one for one in self.documents if one.kind is DocumentKind.INVOICE]
        mine = self.random.choice(invoices) if invoices and self.random.random() < 0.3 else None
        issued_at = max(self.at(), mine.issued_at) if mine else self.at()
        series = "INV" if mine is None else "CN"
        draft = self._draft(issued_at)
        if mine is not None:
            content = mine.content
            kept = {
                "operator_id": content.operator_id,
                "site_id": content.site_id,
                "driver_id": content.driver_id,
                "parties": content.parties,
            }
            draft = replace(draft, kind=DocumentKind.CREDIT_NOTE, corrects=mine.id, corrects_number=mine.number, **kept)
        return Invoice(DocumentId(self.id()), document_number(series, 2026, sequence), series, 2026, sequence, issued_at, draft)

    def _draft(self, issued_at) -> Draft:  # type: ignore[no-untyped-def]
        currency, minor = self.random.choice(("EUR", "EUR", "USD")), self.random.randrange(0, 4) * 100
        net, tax, gross = (Money(one, currency) for one in (minor, minor // 5, minor + minor // 5))
        what, title = self.random.choice((LineKind.ENERGY, LineKind.DISCOUNT)), self.random.choice(("", "b", "B"))
        ones = Decimal(1)
        line = InvoiceLine(what, ones, "kWh", ones, ones, net, net, Decimal(20), "because", title)
        begun = issued_at - timedelta(hours=self.random.randrange(3))
        used = self.make(Delivery, started_at=begun, ended_at=begun + timedelta(hours=1), charger_id=None)
        share = Contribution("partner", "Partner", "offer", None, Money(100, currency), "because")
        return Draft(
            DocumentKind.INVOICE,
            self.pick(OperatorId),
            self.random.choice((None, self.pick(SiteId))),
            self.pick(DriverId),
            self._parties(),
            Place(self.random.choice("aB"), "Street 1", "Europe/Berlin"),
            currency,
            (line,),
            (TaxLine(Decimal(20), net, tax, gross),),
            net,
            tax,
            gross,
            False,
            self.random.choice((None, self.pick(TariffVersionId))),
            "",
            delivery=self.random.choice((None, used, used)),
            session_id=self.random.choice((None, self.pick(SessionId))),
            booking_id=self.random.choice((None, self.pick(BookingId))),
            reason=self.random.choice(("", "late", "desk")),
            contributions=(share,) if minor and self.random.random() < 0.2 else (),
        )

    def _parties(self) -> Parties:
        buyer = Party(self.random.choice(("", "Ada", "ÉMILE", "İnci", "ΝΙΚΟΣ")), email=self.random.choice(("", "Ada@x.example")))
        user = UsedBy(
            self.pick(DriverId), self.random.choice("aB"), "user@x.example", self.random.choice(("", "c")), self.random.choice(("", "d"))
        )
        pays_by, due_days = self.random.choice((None, *PayBy)), self.random.choice((None, 0, 1))
        return Parties(Party("Seller"), buyer, pays_by=pays_by, used_by=self.random.choice((None, None, user)), due_days=due_days)

    def state(self, documents: Sequence[Invoice]) -> None:
        """Both stores take a statement that lists these, if they come to something, or refuse it."""
        if sum(_signed(each).minor for each in documents) <= 0:
            return
        one, sequence = documents[0], len(self.statements) + 1
        listed = [AccountLine(each.id, each.number, each.issued_at, each.driver_id, "a", "b", None, 0, _signed(each)) for each in documents]
        due = sum((each.amount for each in listed), Money.zero(one.currency))
        number = document_number(STATEMENT_SERIES, 2026, sequence)
        issued_at = max(each.issued_at for each in documents) + timedelta(hours=self.random.randrange(2))
        ids = (DocumentId(self.id()), one.operator_id, self.pick(DriverId))
        made = AccountStatement(*ids, number, 2026, sequence, issued_at, self.span(), "UTC", self._parties(), tuple(listed), due)
        if self.twins.do(lambda store: store.statements.put(made)):
            self.statements.append(made)


def _signed(document: Invoice) -> Money:
    return -document.due if document.kind is DocumentKind.CREDIT_NOTE else document.due
