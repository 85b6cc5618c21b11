"""A guest's paid bill made out to the right firm: credited and billed again, in gapless numbers, with no money moved."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from forecourt.billing import Invoice, check_sums
from forecourt.flows.billing import (
    CreditRequest,
    Recipient,
    bill_history,
    buyer_refusal,
    check_bill,
    correct_buyer,
    correct_own_buyer,
    first_document,
    is_in_force,
    issue_credit_note,
    latest_bill,
)
from forecourt.flows.chargers import give_codes
from forecourt.flows.desk import Staff
from forecourt.flows.offers import hosts_fingerprint, save_partner, set_hosts
from forecourt.flows.paying import payment_progress_of
from forecourt.kernel import BadInput, Conflict, Money, NotFound, OperatorId
from forecourt.offers import Partner
from forecourt.payments import Captured
from forecourt.settlement import payable
from in_process_provider import OwnBank
from stores import both_stores

from .conftest import NOON, at
from .test_guests import billed, charging, payment, works

MISSPELT, RIGHT = Recipient("Firm Gmbh", "Weg 1", "DE123456789", "4711"), Recipient("Firma GmbH", "Weg 1", "DE987654321", "4711")


@pytest.fixture
def bank() -> OwnBank:
    return OwnBank(NOON)


@pytest.fixture
def place(forecourt):
    forecourt.free()
    with forecourt.transactions.begin() as store:
        give_codes(store, Staff(forecourt.operator_id, "ops", NOON, forecourt.ids), forecourt.site_id)
    return forecourt


def by(place, minute: float = 60) -> Staff:
    return Staff(place.operator_id, "ops", at(minute), place.ids)


@pytest.fixture
def paid(place, bank) -> Invoice:
    """A guest's bill, paid from the hold, without a buyer."""
    visit, transaction = charging(place, bank)
    place.meters("CP1", transaction, 30, 4000)
    place.stops("CP1", transaction, 32, 4100)
    invoice = billed(place, bank, visit, 32)
    assert invoice.parties.buyer.is_guest and isinstance(payment(place, visit).state, Captured)
    return invoice


def corrected(place, invoice: Invoice, wanted: Recipient, minute: float = 60) -> Invoice:
    with place.transactions.begin() as store:
        return correct_buyer(store, by(place, minute), invoice.id, wanted, "wrong name")


def balances(place) -> Counter[object]:
    with place.transactions.begin() as store:
        return Counter({(one.account, one.currency): one.minor for one in store.ledger.trial_balance(place.operator_id) if one.minor})


@both_stores
def test_correcting_the_buyer_credits_the_bill_reissues_it_and_moves_the_payment_to_the_new_one(place, bank, paid) -> None:
    before = balances(place)
    new = corrected(place, paid, RIGHT)
    works(place, bank, 61)
    assert balances(place) == before, "no account has another balance"
    with place.transactions.begin() as store:
        (credit,) = store.documents.credit_notes_of(paid.id)
        documents = (paid, credit, new)
        assert [one.number for one in documents] == ["INV-2026-000001", "CRN-2026-000001", "INV-2026-000002"]
        assert (credit.gross, credit.parties.buyer, credit.content.lines) == (paid.gross, paid.parties.buyer, paid.content.lines)
        assert (new.gross, new.content.taxes, new.content.lines, new.content.delivery) == (
            paid.gross,
            paid.content.taxes,
            paid.content.lines,
            paid.content.delivery,
        )
        buyer = new.parties.buyer
        assert (buyer.name, buyer.vat_number, buyer.order) == ("Firma GmbH", "DE987654321", "4711")
        assert not store.payments.of_document(paid.id)
        (moved,) = store.payments.of_document(new.id)
        assert isinstance(moved.state, Captured) and moved.state.amount == new.due and not moved.state.refunded
        assert [str(payment_progress_of(store, one).status) for one in (credit, new)] == ["CREDITED_MOVED", "PAID"]
        assert sum(one.action == "document.buyer" for one in store.audit.recent()) == 1
        for one in documents:
            checked = check_bill(store, one)
            assert checked.check.agrees and checked.check.recomputed and checked.record is not None
        for one in documents:
            check_sums(one)
    assert bank.bank.totals().from_customers == {"EUR": new.due.minor}


@both_stores
def test_a_repeated_buyer_correction_is_made_once_and_the_new_bill_can_be_corrected_again(place, bank, paid) -> None:
    first = corrected(place, paid, MISSPELT)
    assert corrected(place, paid, MISSPELT, 61).id == first.id
    with pytest.raises(Conflict) as refusal:
        corrected(place, paid, RIGHT, 62)
    assert (refusal.value.code, refusal.value.remedy) == ("correction_replaced", "Change that one.")
    second = corrected(place, first, RIGHT, 63)
    assert second.number == "INV-2026-000003" and second.parties.buyer.name == "Firma GmbH"
    with pytest.raises(BadInput) as same:
        corrected(place, second, RIGHT, 64)
    assert same.value.code == "name"
    with place.transactions.begin() as store:
        assert [len(store.documents.credit_notes_of(one.id)) for one in (paid, first, second)] == [1, 1, 0]


def test_a_bill_reissued_to_another_buyer_can_be_credited_and_refunded(place, bank, paid) -> None:
    new = corrected(place, paid, RIGHT)
    with place.transactions.begin() as store:
        done = issue_credit_note(store, by(place, 70), CreditRequest(new.id, 0, "slow", amount=Money(100, "EUR")))
    works(place, bank, 71)
    assert done.refunded == Money(100, "EUR")
    with place.transactions.begin() as store:
        (moved,) = store.payments.of_document(new.id)
        assert moved.returned == Money(100, "EUR") and buyer_refusal(store, new) is not None
        with pytest.raises(Conflict):
            correct_buyer(store, by(place, 72), new.id, MISSPELT, "again")


def test_a_reissued_bill_gives_hosts_the_shares_in_force_on_the_day_of_the_first_bill(place, bank, paid) -> None:
    with place.transactions.begin() as store:
        host = Partner(UUID(int=77), place.operator_id, "host", "Host", "Weg 2", "h@x.example", (place.site_id,), country="DE")
        save_partner(store, by(place, 0), host)
        seen = hosts_fingerprint(store.stations.site(place.site_id))
        set_hosts(store, Staff(place.operator_id, "ops", at(33), place.ids), place.site_id, [("host", Decimal(50))], None, seen)
    new = corrected(place, paid, RIGHT)
    works(place, bank, 61)
    assert (payable("host"), "EUR") not in balances(place), "hosts earn nothing of what was billed before they came"
    assert new.issued_at > paid.issued_at


@both_stores
def test_a_buyer_correction_leaves_a_hosts_earnings_and_statement_unchanged(place, bank) -> None:
    with place.transactions.begin() as store:
        host = Partner(UUID(int=77), place.operator_id, "host", "Host", "Weg 2", "h@x.example", (place.site_id,), country="DE")
        save_partner(store, by(place, 0), host)
        set_hosts(
            store, by(place, 0), place.site_id, [("host", Decimal("33.33"))], None, hosts_fingerprint(store.stations.site(place.site_id))
        )
    visit, transaction = charging(place, bank)
    place.meters("CP1", transaction, 30, 4000)
    place.stops("CP1", transaction, 32, 4100)
    invoice = billed(place, bank, visit, 32)
    works(place, bank, 40)
    before = balances(place)
    assert before[payable("host"), "EUR"] < 0
    new = corrected(place, invoice, RIGHT)
    works(place, bank, 61)
    assert balances(place) == before
    with place.transactions.begin() as store:
        items = store.partners.awaiting_statement(host.id, at(120))
    assert {one.document for one in items} > {invoice.number, new.number}
    assert len(items) == 3 and sum(one.owed.minor for one in items) == -before[payable("host"), "EUR"]


@pytest.mark.parametrize(("days", "code"), [(89, ""), (91, "correction_late")])
def test_a_guest_can_correct_the_buyer_for_ninety_days(place, bank, paid, days, code) -> None:
    when = paid.issued_at + timedelta(days=days)
    with place.transactions.begin() as store:
        if not code:
            assert buyer_refusal(store, paid, when) is None
            assert correct_own_buyer(store, paid, RIGHT, when, place.ids).parties.buyer.name == "Firma GmbH"
            return
        assert buyer_refusal(store, paid, when).code == code and buyer_refusal(store, paid) is None
        with pytest.raises(Conflict) as refusal:
            correct_own_buyer(store, paid, RIGHT, when, place.ids)
    assert refusal.value.code == code and refusal.value.remedy.startswith("Write to the operator")


def test_a_guest_can_correct_the_buyer_three_times_and_then_only_the_operator_can(place, bank, paid) -> None:
    current = paid
    for number in range(3):
        with place.transactions.begin() as store:
            current = correct_own_buyer(store, current, Recipient(f"Firm {number}", "Weg 1"), at(60 + number), place.ids)
    with place.transactions.begin() as store:
        again = Recipient("Firm 2", "Weg 1")
        assert correct_own_buyer(store, bill_history(store, paid)[-3], again, at(69), place.ids) == current, "sent twice, it is one"
        assert buyer_refusal(store, current, at(70)).code == "correction_enough"
        with pytest.raises(Conflict) as refusal:
            correct_own_buyer(store, current, RIGHT, at(70), place.ids)
    assert refusal.value.code == "correction_enough" and refusal.value.remedy.startswith("Write to the operator")
    assert corrected(place, current, RIGHT, 71).parties.buyer.name == "Firma GmbH"


def test_the_buyer_of_a_partly_credited_bill_or_of_another_operators_is_not_corrected(place, bank, paid) -> None:
    with place.transactions.begin() as store:
        issue_credit_note(store, by(place, 50), CreditRequest(paid.id, 0, "slow", amount=Money(100, "EUR")))
        with pytest.raises(Conflict) as refusal:
            correct_buyer(store, by(place), paid.id, RIGHT, "wrong name")
        assert refusal.value.code == "correction_credited"
        for operator, why in ((place.operator_id, " "), (OperatorId(paid.id), "wrong name")):
            with pytest.raises((BadInput, NotFound)):
                correct_buyer(store, Staff(operator, "ops", at(60), place.ids), paid.id, RIGHT, why)


def test_a_refused_buyer_correction_tells_a_guest_but_not_the_operator_to_contact_the_operator(place, bank, paid) -> None:
    with place.transactions.begin() as store:
        issue_credit_note(store, by(place, 50), CreditRequest(paid.id, 0, "slow", amount=Money(100, "EUR")))
        refusals = buyer_refusal(store, paid), buyer_refusal(store, paid, at(60))
    assert [one.code for one in refusals] == ["correction_credited"] * 2
    assert "operator" not in refusals[0].remedy and "Write to the operator" in refusals[1].remedy


@pytest.mark.parametrize("wanted", [("Firma GmbH", ""), ("Firma GmbH", " ", "DE123456789")])
def test_a_bill_that_names_its_buyer_shows_the_address(place, paid, wanted) -> None:
    """Article 226(5) of Directive 2006/112/EC."""
    with pytest.raises(BadInput) as refusal:
        corrected(place, paid, Recipient(*wanted))
    assert refusal.value.code == "address"


def test_a_buyers_country_alone_can_be_corrected_unless_the_bill_already_states_it(place, paid) -> None:
    """Bills from before buyers had a country state that of the VAT number, otherwise the seller's."""
    first = corrected(place, paid, MISSPELT)
    with pytest.raises(BadInput):
        corrected(place, first, replace(MISSPELT, country="DE"), 63)
    assert corrected(place, first, replace(MISSPELT, country="CH"), 64).parties.buyer.country == "CH"


@both_stores
def test_the_history_of_a_bill_lists_every_correction_from_the_first_to_the_valid_one(place, paid) -> None:
    first = corrected(place, paid, MISSPELT)
    second = corrected(place, first, RIGHT, 63)
    with place.transactions.begin() as store:
        history = bill_history(store, paid)
        assert [one.number[:3] + one.number[-1] for one in history] == ["INV1", "CRN1", "INV2", "CRN2", "INV3"]
        assert [is_in_force(one, store.documents.credit_notes_of(one.id)) for one in history] == [False] * 4 + [True]
        assert latest_bill(store, store.documents.of_session(paid.session_id)) == second
        assert {first_document(store, one).session_id for one in history} == {paid.session_id}
