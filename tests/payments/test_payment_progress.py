"""The payment progress of a document, derived from its payments."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from forecourt.billing import AccountStatement, Contribution, Invoice, Numbering, account_statement, credit, issue
from forecourt.drivers import Driver, PayBy
from forecourt.kernel import DocumentId, Money, PaymentId, Span
from forecourt.payments import (
    DEBIT,
    WALLET,
    Captured,
    Charging,
    DebtorAccount,
    Declined,
    DocumentHistory,
    DunningCase,
    DunningNotice,
    Mandate,
    Payment,
    PaymentProgress,
    PaymentState,
    PaymentStatus,
    close_case,
    debit_collected,
    debit_refused,
    payment_progress,
    request_debit,
    withdraw_debit,
)
from money_world import CARD_DRIVER, NOON, OPERATOR, PARTIES, C, invoice, tariff

MADE = invoice()  # 8.93
DUE = MADE.issued_at + timedelta(days=14)
CARD = Driver(CARD_DRIVER, OPERATOR, "Ada", "ada@x.example", "en", PayBy.CARD, "pm_1")
ACCOUNT, NO_CARD = replace(CARD, pay_by=PayBy.ACCOUNT), replace(CARD, payment_method="")
GUEST = replace(NO_CARD, guest=True)
STATED = account_statement(
    PARTIES, CARD_DRIVER, Span(NOON, DUE), "Europe/Berlin", [MADE], Numbering(DocumentId(UUID(int=8)), 2026, 1, MADE.issued_at)
)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def payment(state: PaymentState, method: str = "pm_1") -> Payment:
    return Payment(PaymentId(UUID(int=1)), OPERATOR, CARD_DRIVER, method, "EUR", NOON, state, document_id=MADE.id)


def taken(minor: int, method: str = "pm_1", hours: int = 1) -> Payment:
    return payment(Captured(eur(minor), "p", NOON + timedelta(hours=hours), eur(0)), method)


NO = payment(Declined(eur(893), NOON, "card_declined"))
CASE = DunningCase(MADE.id, OPERATOR, CARD_DRIVER, MADE.number, eur(393), NOON, (DunningNotice(2, NOON, eur(500)),))


@pytest.mark.parametrize(
    ("payments", "payer", "case", "how"),
    [
        ([], CARD, None, PaymentProgress(PaymentStatus.CARD, eur(893))),
        ([], NO_CARD, None, PaymentProgress(PaymentStatus.DUE, eur(893), DUE)),
        ([], GUEST, None, PaymentProgress(PaymentStatus.DUE, eur(893), DUE, guest=True)),
        ([NO], GUEST, None, PaymentProgress(PaymentStatus.FAILED, eur(893), guest=True)),
        ([], ACCOUNT, None, PaymentProgress(PaymentStatus.ACCOUNT, eur(893))),
        ([payment(Charging(eur(893), NOON))], NO_CARD, None, PaymentProgress(PaymentStatus.CARD, eur(893))),
        ([NO], CARD, None, PaymentProgress(PaymentStatus.FAILED, eur(893))),
        ([NO, taken(500, WALLET)], CARD, CASE, PaymentProgress(PaymentStatus.FAILED, eur(393 + 500))),
        ([NO, taken(500, WALLET)], CARD, close_case(CASE, "credited", NOON), PaymentProgress(PaymentStatus.FAILED, eur(393))),
        ([], NO_CARD, CASE, PaymentProgress(PaymentStatus.FAILED, eur(893 + 500))),
        ([taken(892)], CARD, None, PaymentProgress(PaymentStatus.CARD, eur(1))),
        (
            [NO, taken(500, WALLET, 2), taken(393)],
            CARD,
            None,
            PaymentProgress(PaymentStatus.PAID, eur(0), NOON + timedelta(hours=2), (WALLET, "pm_1")),
        ),
    ],
)
def test_the_payment_progress_of_an_invoice_follows_its_payments(
    payments: list[Payment], payer: Driver, case: DunningCase | None, how: PaymentProgress
) -> None:
    assert payment_progress(MADE, payments, payer, 14, DocumentHistory(case)) == how


@pytest.mark.parametrize(
    ("payments", "payer", "how"),
    [
        ([], CARD, PaymentProgress(PaymentStatus.STATED_TAKEN, eur(893))),
        ([], NO_CARD, PaymentProgress(PaymentStatus.STATED_TRANSFER, eur(893), DUE)),
        ([payment(Charging(eur(893), NOON))], NO_CARD, PaymentProgress(PaymentStatus.STATED_TAKEN, eur(893))),
        ([NO], NO_CARD, PaymentProgress(PaymentStatus.FAILED, eur(893))),
        ([], replace(ACCOUNT, payment_method=""), PaymentProgress(PaymentStatus.STATED_TRANSFER, eur(893), DUE)),
        ([], ACCOUNT, PaymentProgress(PaymentStatus.STATED_TAKEN, eur(893))),
    ],
)
def test_the_payment_progress_of_a_statement_follows_its_payments(payments: list[Payment], payer: Driver, how: PaymentProgress) -> None:
    assert payment_progress(STATED, payments, payer, 14) == how


def mandate(given_at: datetime = NOON) -> Mandate:
    account = DebtorAccount("Ben", "DE02120300000000202051")
    return Mandate(UUID(int=1), OPERATOR, CARD_DRIVER, "MND-2026-000001", "DE98ZZZ09999999999", account, given_at.date(), given_at)


FILED = request_debit(STATED, STATED.due, PaymentId(UUID(int=5)), NOON).payment
OFF, AGAIN = (withdraw_debit(FILED, NOON, called_off=told).payment for told in (True, False))
COLLECTED = debit_collected(FILED, STATED.due, "COL-2026-000001-001", NOON).payment
DAY, LATE = DUE + timedelta(days=3), DUE + timedelta(days=9)


@pytest.mark.parametrize(
    ("payments", "given", "day", "how"),
    [
        ([], mandate(), None, PaymentProgress(PaymentStatus.STATED_DEBIT, eur(893), DUE, mandate=mandate())),
        ([], mandate(LATE), None, PaymentProgress(PaymentStatus.STATED_DEBIT, eur(893), LATE, mandate=mandate(LATE))),
        ([FILED], mandate(), DAY, PaymentProgress(PaymentStatus.STATED_DEBIT, eur(893), DAY, mandate=mandate())),
        ([FILED], mandate(), None, PaymentProgress(PaymentStatus.STATED_DEBIT, eur(893), DUE, mandate=mandate())),
        ([NO, FILED], mandate(), DAY, PaymentProgress(PaymentStatus.STATED_DEBIT, eur(893), DAY, mandate=mandate())),
        ([payment(Charging(eur(893), NOON))], mandate(), None, PaymentProgress(PaymentStatus.STATED_TAKEN, eur(893))),
        ([OFF], mandate(), None, PaymentProgress(PaymentStatus.STATED_DEBIT_OFF, eur(893), mandate=mandate())),
        ([AGAIN], mandate(), None, PaymentProgress(PaymentStatus.STATED_DEBIT, eur(893), DUE, mandate=mandate())),
        ([debit_refused(FILED, "AM04", NOON).payment], mandate(), None, PaymentProgress(PaymentStatus.FAILED, eur(893))),
        ([debit_refused(COLLECTED, "MD06", NOON).payment], mandate(), None, PaymentProgress(PaymentStatus.FAILED, eur(893))),
        ([COLLECTED], mandate(), None, PaymentProgress(PaymentStatus.PAID, eur(0), NOON, (DEBIT,))),
    ],
)
def test_the_payment_progress_of_a_statement_collected_by_direct_debit_names_the_day(
    payments: list[Payment], given: Mandate | None, day: datetime | None, how: PaymentProgress
) -> None:
    assert payment_progress(STATED, payments, NO_CARD, 14, DocumentHistory(mandate=given, debited_at=day)) == how


def test_a_statement_is_reduced_by_credit_notes_and_increased_by_returned_payments() -> None:
    case = replace(CASE, notices=(), reclaimed=eur(100))
    for taken_off, back, left in ((eur(193), None, 700), (None, case, 993), (eur(893), case, 100)):
        assert payment_progress(STATED, [], NO_CARD, 14, DocumentHistory(back, taken_off=taken_off)).left == eur(left)
    assert payment_progress(STATED, [], NO_CARD, 14, DocumentHistory(taken_off=eur(893))) == PaymentProgress(PaymentStatus.NOTHING, eur(0))


@pytest.mark.parametrize("document", [MADE, STATED])
def test_the_printed_due_date_holds_when_the_rules_change(document: Invoice | AccountStatement) -> None:
    said = replace(document.parties, due_days=30)
    content = {"parties": said} if isinstance(document, AccountStatement) else {"content": replace(document.content, parties=said)}
    assert payment_progress(replace(document, **content), [], NO_CARD, 7).at == document.issued_at + timedelta(days=30)


def test_documents_without_an_amount_due_have_their_own_progress() -> None:
    def told(made: Invoice, payer: Driver = CARD) -> PaymentStatus:
        return payment_progress(made, [], payer, 14).status

    note = issue(credit(MADE, "wrong"), DocumentId(UUID(int=7)), 1, NOON)
    gift = Contribution("cafe", "Café", "", Decimal(19), eur(893), "")
    assert (told(note), told(note, ACCOUNT)) == (PaymentStatus.CREDITED, PaymentStatus.CREDITED_ACCOUNT)
    assert told(replace(MADE, content=replace(MADE.content, contributions=(gift,)))) is PaymentStatus.SETTLED
    free = tariff(elements=[{"price_components": [{"type": "ENERGY", "price": 0, "vat": 19, "step_size": 1}]}])
    assert told(invoice(free, (C, 60, 1000))) is PaymentStatus.NOTHING
