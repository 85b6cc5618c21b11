"""Monthly statements as PDF: every line, in each language, with identical bytes for equal statements."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from pypdf import PdfReader

from forecourt.billing import (
    AccountStatement,
    Invoice,
    Numbering,
    UsedBy,
    account_statement,
    bill_membership_month,
    credit,
    discounted,
    issue,
    printed_reference,
)
from forecourt.jobs.account_pdf import AccountPrinter, account_view
from forecourt.kernel import BadInput, DocumentId, DriverId, Money, Span
from forecourt.notices import LANGUAGES
from forecourt.offers import Discount, DiscountRule, EntitlementKind, Funder, FunderKind, Membership, MembershipTerm, PlanVersion
from forecourt.payments import PaymentProgress, PaymentStatus
from forecourt.wording import Wording, transfer_code
from money_world import CARD_DRIVER, NOON, OPERATOR, PARTIES, PLACE, draft, invoice

from .test_invoice_pdf import text_of

BY_TRANSFER = PaymentProgress(PaymentStatus.STATED_TRANSFER, Money(1786, "EUR"), NOON)
US, CAFE = Funder(FunderKind.OPERATOR, "the operator"), Funder(FunderKind.PARTNER, "Café Strom", "cafe")


def statement(language: str = "en", documents: Sequence[Invoice] = ()) -> AccountStatement:
    month = Span(NOON, NOON + timedelta(days=30))
    numbering = Numbering(DocumentId(type(CARD_DRIVER)(int=9)), 2026, 1, NOON + timedelta(days=30))  # type: ignore[call-arg]
    documents = documents or [invoice(number=number) for number in (1, 2)]
    parties = type(PARTIES)(PARTIES.seller, PARTIES.buyer, language)
    return account_statement(parties, CARD_DRIVER, month, "Europe/Berlin", documents, numbering)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_monthly_statement_lists_every_invoice_and_the_amount_due(language: str) -> None:
    view = account_view(statement(language), BY_TRANSFER)
    assert [line["document"] for line in view["lines"]] == ["INV-2026-000001", "INV-2026-000002"]
    assert "ACC-2026-000001" in view["payment"] and view["due"] in view["payment"]


def of_a_member(language: str = "en", taken_back: bool = True) -> AccountStatement:
    """A month's fee; a charge with kWh free, a tenth off and what a café pays; the same without; and that charge taken back."""
    discounts = [
        Discount("m", EntitlementKind.MEMBERSHIP, "Plus", US, Decimal(19), Money(-119, "EUR"), "2.5 kWh free, borne by the operator"),
        Discount("n", EntitlementKind.MEMBERSHIP, "Plus", US, Decimal(19), Money(-36, "EUR"), "10 % off, borne by the operator"),
        Discount("c", EntitlementKind.PARTNER, "Coffee", CAFE, Decimal(19), Money(-214, "EUR"), "2.14 EUR off, borne by Café Strom"),
    ]
    charged = issue(discounted(draft(), discounts), DocumentId(UUID(int=800)), 11, NOON)
    back = issue(credit(charged, "wrong bay"), DocumentId(UUID(int=802)), 1, NOON + timedelta(hours=3))
    ids = (UUID(int=81), OPERATOR, CARD_DRIVER)
    cut, price = DiscountRule(percent=Decimal(10)), Money(499, "EUR")
    plan = PlanVersion(UUID(int=70), OPERATOR, UUID(int=7), 1, "Plus", price, Decimal(19), (cut,), (), NOON)
    member = Membership(*ids, (MembershipTerm(0, UUID(int=7), UUID(int=70)),), "Europe/Berlin", NOON)
    fee = issue(bill_membership_month(member, plan, member.period(0), PLACE, PARTIES), DocumentId(UUID(int=801)), 12, NOON)
    return statement(language, [fee, charged, invoice(number=13), *([back] if taken_back else [])])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_members_monthly_statement_itemises_fees_free_energy_and_discounts_and_adds_up(language: str) -> None:
    made = of_a_member(language)
    back, plain, charged, fee = sorted(made.lines, key=lambda line: (line.amount.minor > 0, len(line.parts) == 1, len(line.parts)))
    assert [(one.what, one.amount.minor) for one in charged.parts] == [
        ("PRICE", 893), ("DISCOUNT", -119), ("DISCOUNT", -36), ("BY_PARTNER", -214),
    ]  # fmt: skip
    assert [(one.what, one.title, one.amount.minor) for one in fee.parts] == [("MEMBERSHIP", "Plus", 499)]
    assert plain.parts == () and [-one.amount.minor for one in back.parts] == [893, -119, -36, -214]
    assert made.sums == (("MEMBERSHIP", Money(499, "EUR")),) and made.free_kwh == 0, "what was taken back came to nothing"
    kept = of_a_member(language, taken_back=False)
    assert [amount.minor for _, amount in kept.sums] == [499, -155, -214] and kept.free_kwh == Decimal("2.5")
    assert "2" in account_view(kept, BY_TRANSFER)["sums"][1][0]
    view = account_view(made, BY_TRANSFER)
    assert view["sums"][0][1] == Wording(language, "Europe/Berlin").money(Money(499, "EUR"))
    told = " ".join(text for line in view["lines"] for text, _ in line["parts"])
    assert ("Plus" in told and "Café Strom" in told and "borne by" not in told.replace("borne by Forecourt", "")) or language == "en"
    assert AccountPrinter().pdf(made, BY_TRANSFER).startswith(b"%PDF")


def used(number: int, centre: str, who: DriverId = CARD_DRIVER, name: str = "Vic") -> Invoice:
    made = invoice(number=number)
    parties = replace(made.parties, used_by=UsedBy(CARD_DRIVER, name, cost_centre=centre))
    return replace(made, content=replace(made.content, parties=parties, driver_id=who))


@pytest.mark.parametrize(
    ("language", "without"), [("en", "Without a cost centre"), ("de", "Ohne Kostenstelle"), ("nl", "Zonder kostenplaats")]
)
def test_a_fleets_monthly_statement_is_split_by_cost_centre_and_adds_up_to_the_amount_due(language: str, without: str) -> None:
    one, two = used(1, "North"), used(2, "")
    back = issue(credit(one, "wrong bay"), DocumentId(UUID(int=802)), 1, NOON)
    made = statement(language, [one, two, used(3, "East"), used(4, "North"), back])
    assert made.by_cost_centre == (("East", one.due), ("North", one.due), ("", two.due))
    assert sum((amount.minor for _, amount in made.by_cost_centre), 0) == made.due.minor
    text = text_of(AccountPrinter().pdf(made, BY_TRANSFER))
    assert f"North {Wording(language, 'Europe/Berlin').money(one.due)}".replace("\u00a0", " ") in text and without in text
    assert statement(language).by_cost_centre == () and without not in text_of(AccountPrinter().pdf(statement(language), BY_TRANSFER))


def test_a_fleets_monthly_statement_is_split_by_driver_and_adds_up_to_the_amount_due() -> None:
    """Two drivers of the same name are listed separately; a single driver is not listed."""
    one, two = used(1, ""), used(2, "North")
    ann, namesake = used(3, "", DriverId(UUID(int=701)), "Ann"), used(4, "", DriverId(UUID(int=702)))
    back = issue(credit(one, "wrong bay"), DocumentId(UUID(int=802)), 1, NOON)
    made = statement("en", [one, two, ann, namesake, back])
    assert [name for name, _ in made.by_driver] == ["Ann", "Vic", "Vic"]
    assert sum((amount.minor for _, amount in made.by_driver), 0) == made.due.minor
    assert f"Ann {Wording('en', 'Europe/Berlin').money(one.due)}" in text_of(AccountPrinter().pdf(made, BY_TRANSFER))
    assert statement("en", [one, two]).by_driver == ()


@pytest.mark.parametrize(("language", "invoice_word"), [("de", "rechnung"), ("fr", "facture"), ("nl", "factuur"), ("es", "factura")])
def test_the_date_of_a_statement_or_credit_note_is_not_labelled_as_an_invoice_date(language: str, invoice_word: str) -> None:
    """All kinds of documents share the label of their date."""
    assert invoice_word not in Wording(language, "Europe/Berlin").label("issued").lower()


def left_of(pdf: bytes, *words: str) -> list[float]:
    """Where on the first page each begins, in points from the left."""
    found: dict[str, float] = {}

    def seen(text: str, at: list[float], *rest: object) -> None:
        found.update({word: at[4] for word in words if text.strip().startswith(word)})

    PdfReader(io.BytesIO(pdf)).pages[0].extract_text(visitor_text=seen)
    return [found[word] for word in words]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_driver_name_does_not_overlap_the_column_of_places(language: str) -> None:
    """A column once took all the width its longest text needed, and places were printed over names."""
    made = used(1, "Vertrieb Norddeutschland 4711, Außendienst")
    who = replace(made.parties.used_by, name="Maximiliane Freifrau von und zu Hohenlohe-Langenburg")
    long = replace(made, content=replace(made.content, parties=replace(made.parties, used_by=who)))
    place, driver = left_of(AccountPrinter().pdf(statement(language, [long]), BY_TRANSFER), "Testplatz", "Maximiliane")
    assert driver - place > 72


def test_statement_line_parts_that_do_not_add_up_are_refused() -> None:
    line = next(one for one in of_a_member().lines if one.parts)
    with pytest.raises(BadInput, match="do not sum"):
        replace(line, amount=line.amount + Money(1, "EUR"))


def test_equal_statements_give_identical_files() -> None:
    first, second = (AccountPrinter().pdf(statement(), BY_TRANSFER) for _ in range(2))
    assert first == second and first.startswith(b"%PDF")


def test_a_statement_paid_by_transfer_has_a_payment_qr_code() -> None:
    bank = "DE02120300000000202051"
    view = account_view(statement(), BY_TRANSFER, bank)
    assert view["code"] == transfer_code("Test GmbH", bank, BY_TRANSFER.left, "ACC-2026-000001") != ""
    assert printed_reference("ACC-2026-000001") in view["payment"]
    assert account_view(statement(), replace(BY_TRANSFER, status=PaymentStatus.STATED_TAKEN), bank)["code"] == ""
    assert len(AccountPrinter().pdf(statement(), BY_TRANSFER, bank)) > len(AccountPrinter().pdf(statement(), BY_TRANSFER))
