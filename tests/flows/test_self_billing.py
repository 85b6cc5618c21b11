"""Self-billed documents on statements: issued by agreement, corrected by credit notes, posted to the ledger and paid with their tax."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from forecourt.billing import DocumentKind
from forecourt.flows.billing import (
    CreditRequest,
    VatEntry,
    answer_question,
    ask_question,
    issue_credit_note,
    issue_partner_statements,
    obstacle_to_self_billing,
    pending_transfers,
    set_payee_vat,
    settle_statement,
    vat_fingerprint,
)
from forecourt.flows.offers import hosts_fingerprint, set_hosts, settle_site_shares
from forecourt.flows.paying import record_transfer
from forecourt.kernel import BadInput, Conflict
from forecourt.ledger import input_vat, verify_chain
from forecourt.offers import VatStatus
from forecourt.settlement import Statement, partner_share, payable
from money_world import NOON, OPERATOR, SITE
from offer_world import CAFE, OfferWorld, eur
from stores import both_stores

HOUR = timedelta(hours=1)
JULY, AUGUST, SEPTEMBER = (datetime(2026, month, 1, 9, tzinfo=UTC) for month in (7, 8, 9))
AGREED = VatEntry(VatStatus.REGISTERED, agreed_on=date(2026, 5, 4))
HOST, TAX = payable("cafe-strom"), input_vat(Decimal(19))


@pytest.fixture
def world(any_transactions) -> OfferWorld:
    made = OfferWorld(any_transactions)
    made.cafe()
    with made.transactions.begin() as store:
        details = {"country": "DE", "vat_number": "DE999999999", "bank": "DE02120300000000202051"}
        store.partners.put_partner(replace(store.partners.partner(CAFE), **details))
        seen = hosts_fingerprint(store.stations.site(SITE))
        set_hosts(store, made.staff(NOON - 100 * HOUR), SITE, (("cafe-strom", Decimal(10)),), None, seen)
    agree(made, AGREED)
    return made


def agree(world: OfferWorld, entry: VatEntry, at: datetime = NOON) -> None:
    with world.transactions.begin() as store:
        set_payee_vat(store, world.staff(at), CAFE, entry, vat_fingerprint(store.partners.partner(CAFE)))


def earned(world: OfferWorld, at: datetime = NOON, begin: datetime = NOON):
    """A paid charge, whose share is the host's."""
    invoice = world.charge(10_000, begin=begin)
    with world.transactions.begin() as store:
        record_transfer(store, world.staff(at), invoice.id, "transfer")
        settle_site_shares(store, invoice.id, at)
    return invoice


def credited(world: OfferWorld, invoice, at: datetime, minor: int | None = None) -> None:
    amount = {} if minor is None else {"amount": eur(minor)}
    with world.transactions.begin() as store:
        issue_credit_note(store, world.staff(at), CreditRequest(invoice.id, 0, "test", **amount))
        settle_site_shares(store, invoice.id, at)


def stated(world: OfferWorld, at: datetime) -> Statement:
    with world.transactions.begin() as store:
        (statement,) = issue_partner_statements(store, OPERATOR, at, world.world.ids)
        assert issue_partner_statements(store, OPERATOR, at, world.world.ids) == ()
    return statement


@both_stores
def test_a_host_share_is_self_billed_with_its_tax_and_paid_gross(world) -> None:
    earned(world)
    earned(world, begin=NOON + 2 * HOUR)
    net = -world.balance(HOST)
    statement = stated(world, JULY)
    (invoice,) = statement.self_billed
    tax = eur(round(Decimal(net * 19) / 100))
    assert (invoice.number, invoice.net, invoice.tax) == ("SB-CAFE-STROM-2026-000001", eur(net), tax)
    assert invoice.parties.seller.vat_number == "DE999999999" and invoice.parties.buyer.name == "Test GmbH"
    assert statement.owed == invoice.gross and -world.balance(HOST) == invoice.gross.minor and world.balance(TAX) == tax.minor
    with world.transactions.begin() as store:
        assert [due.amount for due, _ in pending_transfers(store, OPERATOR)] == [invoice.gross]
        settle_statement(store, world.staff(JULY), statement.id, "SEPA 1")
        assert store.partners.statement(statement.id) == statement
        verify_chain(store.ledger.chain(OPERATOR))
    assert world.balance(HOST) == 0 and world.balance(partner_share("cafe-strom")) == net and world.balance_is_zero()


@pytest.mark.parametrize("entry", [VatEntry(), VatEntry(VatStatus.REGISTERED)])
def test_without_an_agreement_a_statement_has_no_self_billed_invoice_and_names_the_obstacle(world, entry) -> None:
    agree(world, entry)
    earned(world)
    statement = stated(world, JULY)
    assert statement.self_billed == () and statement.owed == eur(-world.balance(HOST)) and world.balance(TAX) == 0
    with world.transactions.begin() as store:
        assert obstacle_to_self_billing(store, store.partners.partner(CAFE), JULY)


@both_stores
def test_a_later_reversal_is_a_self_billed_credit_note_at_the_tax_of_the_invoice(world) -> None:
    invoice = earned(world)
    (first,) = stated(world, JULY).self_billed
    agree(world, VatEntry(VatStatus.NOT_REGISTERED), JULY + HOUR)
    credited(world, invoice, JULY + 2 * HOUR)
    statement = stated(world, AUGUST)
    (note,) = statement.self_billed
    assert (note.kind, note.content.corrects, note.number) == (DocumentKind.CREDIT_NOTE, first.id, "SB-CAFE-STROM-2026-000002")
    assert (note.net, note.tax) == (first.net, first.tax) and statement.owed == -first.gross
    assert world.balance(TAX) == 0 == world.balance(partner_share("cafe-strom"))
    with world.transactions.begin() as store:
        settle_statement(store, world.staff(AUGUST), statement.id, "paid by the host")
    assert world.balance(HOST) == -first.gross.minor, "the first one is still to be paid"


def test_a_month_with_new_and_reversed_shares_has_an_invoice_and_a_credit_note_without_gaps(world) -> None:
    invoice = earned(world)
    stated(world, JULY)
    credited(world, invoice, JULY + HOUR, 100)
    earned(world, JULY + HOUR, JULY)
    statement = stated(world, AUGUST)
    assert [(one.kind.value, one.sequence) for one in statement.self_billed] == [("INVOICE", 2), ("CREDIT_NOTE", 3)]
    assert sum((line.owed for line in statement.lines), statement.tax) == statement.owed
    invoiced, note = statement.self_billed
    assert invoiced.net - note.net == sum((line.owed for line in statement.lines), eur(0))


def test_a_share_reversed_within_the_month_only_lowers_the_self_billed_invoice(world) -> None:
    credited(world, earned(world), NOON + HOUR, 200)
    statement = stated(world, JULY)
    (invoice,) = statement.self_billed
    assert len(statement.lines) == 1 and invoice.net == statement.lines[0].owed


def test_a_share_paid_without_tax_is_reversed_without_tax(world) -> None:
    agree(world, VatEntry())
    invoice = earned(world)
    before = stated(world, JULY)
    agree(world, AGREED, JULY)
    credited(world, invoice, JULY + HOUR)
    statement = stated(world, AUGUST)
    assert statement.self_billed == () and statement.owed == -before.owed and world.balance(TAX) == 0


@both_stores
@pytest.mark.parametrize("minor", [40, -20, -10_000])
def test_a_statement_correction_is_self_billed_as_an_invoice_or_a_limited_credit_note(world, minor) -> None:
    for hour in range(3):
        earned(world, begin=NOON + 2 * hour * HOUR)
    first = stated(world, JULY)
    correction = eur(max(minor, -first.self_billed[0].net.minor))
    with world.transactions.begin() as store:
        asked = ask_question(store, first, 1, "That is wrong.", JULY)
        answer_question(store, world.staff(JULY), asked.id, "Right.", correction)
    statement = stated(world, AUGUST)
    (document,) = statement.self_billed
    assert document.kind is (DocumentKind.INVOICE if minor > 0 else DocumentKind.CREDIT_NOTE)
    assert (document.net.minor, document.content.lines[0].because) == (abs(correction.minor), f"Correction of {first.number}, line 1")
    assert statement.owed == correction + statement.tax
    if minor == -10_000:
        assert world.balance(TAX) == 0, "all of its tax"


def test_a_hosts_vat_status_is_in_the_audit_log_and_an_invalid_one_is_refused(world) -> None:
    with world.transactions.begin() as store:
        logged = [one.detail for one in store.audit.recent() if one.action == "partner.vat"]
        assert logged == ["Café Strom: unknown → registered DE DE999999999, self-billing agreed on 2026-05-04"]
        with pytest.raises(Conflict):
            set_payee_vat(store, world.staff(), CAFE, AGREED, "as it was")
        seen = vat_fingerprint(store.partners.partner(CAFE))
        for entry, code in (
            (VatEntry(VatStatus.SMALL_BUSINESS), "exemption"),
            (VatEntry(None, agreed_on=date(2026, 5, 4)), "status"),
            (VatEntry(VatStatus.REGISTERED, agreed_on=date(2027, 1, 1)), "agreed_on"),
        ):
            with pytest.raises(BadInput) as refused:
                set_payee_vat(store, world.staff(), CAFE, entry, seen)
            assert refused.value.code == code
