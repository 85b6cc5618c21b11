"""Self-billing under random operations: documents, statements and ledger agree to the cent."""

from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from forecourt.billing import DocumentKind
from forecourt.flows.billing import (
    CreditRequest,
    VatEntry,
    answer_question,
    ask_question,
    host_item_id,
    issue_credit_note,
    issue_partner_statements,
    set_payee_vat,
    settle_statement,
    vat_fingerprint,
)
from forecourt.flows.offers import hosts_fingerprint, set_hosts, settle_site_shares
from forecourt.flows.paying import record_transfer
from forecourt.kernel import Conflict, Refused
from forecourt.ledger import Posting, Txn, input_vat
from forecourt.offers import VatStatus
from forecourt.settlement import partner_share, payable
from forecourt.store import MemoryTransactions
from money_world import NOON, OPERATOR, SITE
from offer_world import CAFE, OfferWorld, eur

HANDLE, RATE = "cafe-strom", Fraction(19, 100)
AGREED = VatEntry(VatStatus.REGISTERED, agreed_on=date(2026, 5, 4))


def rounded(value: Fraction) -> int:
    return int((Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal(1), ROUND_HALF_UP))


class HostedSite(RuleBasedStateMachine):
    @initialize(percent=st.sampled_from(["10", "33.33", "100"]))
    def begin(self, percent: str) -> None:
        self.world, self.at, self.bills = OfferWorld(MemoryTransactions()), NOON, []
        self.always_agreed, self.lowered = True, False
        self.world.cafe()
        with self.world.transactions.begin() as store:
            store.partners.put_partner(replace(store.partners.partner(CAFE), country="DE", vat_number="DE999999999"))
            by, seen = self.world.staff(NOON - timedelta(hours=100)), hosts_fingerprint(store.stations.site(SITE))
            set_hosts(store, by, SITE, ((HANDLE, Decimal(percent)),), None, seen)
        self.agree(AGREED)

    def agree(self, entry: VatEntry) -> None:
        with self.world.transactions.begin() as store:
            set_payee_vat(store, self.world.staff(self.at), CAFE, entry, vat_fingerprint(store.partners.partner(CAFE)))

    @rule(energy_wh=st.integers(100, 40_000))
    def a_charge_is_paid(self, energy_wh: int) -> None:
        bill = self.world.charge(energy_wh, begin=self.at)
        self.at += timedelta(hours=3)
        with self.world.transactions.begin() as store:
            record_transfer(store, self.world.staff(self.at), bill.id, "transfer")
            settle_site_shares(store, bill.id, self.at)
        self.bills.append([bill, 0])

    @rule(which=st.integers(0, 50), minor=st.integers(1, 900))
    def a_bill_is_credited(self, which: int, minor: int) -> None:
        if self.bills:
            bill, notes = chosen = self.bills[which % len(self.bills)]
            with suppress(Refused), self.world.transactions.begin() as store:
                issue_credit_note(store, self.world.staff(self.at), CreditRequest(bill.id, notes, "test", amount=eur(minor)))
                settle_site_shares(store, bill.id, self.at)
                chosen[1] += 1

    @rule(which=st.integers(0, 50))
    def a_payment_comes_back_or_is_made_again(self, which: int) -> None:
        """As a returned direct debit: the shares of the bill and of its notes are turned round."""
        if not self.bills:
            return
        bill, _ = self.bills[which % len(self.bills)]
        with self.world.transactions.begin() as store:
            for document in (bill, *store.documents.credit_notes_of(bill.id)):
                times, last = 0, None
                while (found := store.partners.redemption(host_item_id(document.id, HANDLE, times))) is not None:
                    times, last = times + 1, found
                if last is not None:
                    back = replace(last, id=host_item_id(document.id, HANDLE, times), owed=-last.owed, at=self.at, statement_id=None)
                    store.partners.put_redemption(back)
                    moved = (Posting.of(payable(HANDLE), partner_share(HANDLE), back.owed),)
                    store.ledger.post(Txn(f"share/{document.id}/{times}", OPERATOR, self.at, "Shares", document.id, moved))
        self.bills.pop(which % len(self.bills))  # credited no more: that would give again what came back

    @rule(which=st.integers(0, 50), percent=st.integers(-60, 60))
    def a_line_is_corrected(self, which: int, percent: int) -> None:
        with suppress(Refused), self.world.transactions.begin() as store:
            statements = store.partners.statements(OPERATOR, CAFE)
            if not statements:
                return
            chosen = statements[which % len(statements)]
            place = which % len(chosen.lines) + 1
            asked = ask_question(store, chosen, place, "Wrong.", self.at)
            correction = eur(chosen.lines[place - 1].owed.minor * percent // 100)
            answer_question(store, self.world.staff(self.at), asked.id, "Right.", correction)
            self.lowered = True

    @rule(agreed=st.booleans())
    def the_agreement_changes(self, agreed: bool) -> None:
        self.always_agreed = self.always_agreed and agreed
        self.agree(AGREED if agreed else VatEntry())

    @rule(days=st.integers(5, 40))
    def time_goes_by(self, days: int) -> None:
        self.at += timedelta(days=days)
        with self.world.transactions.begin() as store:
            issue_partner_statements(store, OPERATOR, self.at, self.world.world.ids)

    @rule()
    def statements_are_paid(self) -> None:
        with self.world.transactions.begin() as store:
            for one in store.partners.statements(OPERATOR):
                with suppress(Conflict):
                    settle_statement(store, self.world.staff(self.at), one.id, "transfer")

    def statements(self):
        with self.world.transactions.begin() as store:
            return sorted(store.partners.statements(OPERATOR), key=lambda one: (one.year, one.sequence))

    @invariant()
    def each_statement_pays_its_lines_and_their_tax(self) -> None:
        for one in self.statements():
            signed = [-each.tax.minor if each.content.corrects else each.tax.minor for each in one.self_billed]
            assert one.owed.minor == sum(line.owed.minor for line in one.lines) + sum(signed)
            assert Counter(each.kind for each in one.self_billed)[DocumentKind.INVOICE] <= 1

    @invariant()
    def every_invoice_keeps_the_tax_of_what_its_notes_leave(self) -> None:
        documents = [each for one in self.statements() for each in one.self_billed]
        for year in {one.year for one in documents}:
            numbers = [one.sequence for one in documents if one.year == year]
            assert numbers == list(range(1, len(numbers) + 1))
        net, tax = defaultdict(int), defaultdict(int)
        for one in documents:
            about, sign = (one.content.corrects, -1) if one.content.corrects else (one.id, 1)
            assert sum(line.net.minor for line in one.content.lines) == one.net.minor > 0
            net[about] += sign * one.net.minor
            tax[about] += sign * one.tax.minor
        assert all(net[one] >= 0 and tax[one] == rounded(net[one] * RATE) for one in net)
        assert self.world.balance(input_vat(Decimal(19))) == sum(tax.values())
        if self.always_agreed and not self.lowered:
            assert sum(net.values()) == sum(line.owed.minor for one in self.statements() for line in one.lines)

    @invariant()
    def the_host_is_owed_what_was_not_paid_with_its_tax(self) -> None:
        owes, owed = self.world.owes()
        with self.world.transactions.begin() as store:
            assert self.world.world.sum_is_zero(store)
            waiting = sum(one.owed.minor for one in store.partners.awaiting_statement(CAFE, self.at + timedelta(days=1)))
            unpaid = sum(one.owed.minor for one in store.partners.statements(OPERATOR) if store.partners.settled(one.id) is None)
        assert owed - owes == waiting + unpaid


def test_self_billed_documents_statements_and_ledger_agree_in_any_order_of_events() -> None:
    run_state_machine_as_test(HostedSite, settings=settings(max_examples=25, stateful_step_count=25, deadline=None))
