"""The month on account as a file: every line, in each language, the same bytes for the same statement."""

from datetime import timedelta

import pytest

from forecourt.billing import AccountStatement, Numbering, account_statement
from forecourt.jobs.account_pdf import AccountPrinter, account_view_of
from forecourt.jobs.invoice_words import LANGUAGES
from forecourt.kernel import DocumentId, Span
from money_world import CARD_DRIVER, NOON, PARTIES, invoice


def statement(language: str = "en") -> AccountStatement:
    month = Span(NOON, NOON + timedelta(days=30))
    numbering = Numbering(DocumentId(type(CARD_DRIVER)(int=9)), 2026, 1, NOON + timedelta(days=30))  # type: ignore[call-arg]
    documents = [invoice(number=number) for number in (1, 2)]
    parties = type(PARTIES)(PARTIES.seller, PARTIES.buyer, language)
    return account_statement(parties, CARD_DRIVER, month, "Europe/Berlin", documents, numbering)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_every_line_and_what_is_to_pay(language: str) -> None:
    view = account_view_of(statement(language), taken=False)
    assert [line["document"] for line in view["lines"]] == ["INV-2026-000001", "INV-2026-000002"]
    assert "ACC-2026-000001" in view["payment"] and view["due"] in view["payment"]


def test_equal_statements_give_equal_files() -> None:
    first, second = (AccountPrinter().pdf(statement(), taken=True) for _ in range(2))
    assert first == second and first.startswith(b"%PDF")
