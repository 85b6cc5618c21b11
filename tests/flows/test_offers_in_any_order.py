"""Offers under random operations of drivers, partner and operator: money is conserved, budgets hold, nothing is used twice."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from databases import Databases
from forecourt.flows.billing import credit_invoice, issue_partner_statements, issue_statement_now, settle_statement
from forecourt.flows.offers import accept_gift, expire_vouchers, queue_renewals, renew_membership
from forecourt.flows.ports import Transactions
from forecourt.kernel import Conflict, Span
from forecourt.offers import DiscountRule, OfferKind
from forecourt.store import MemoryTransactions, PostgresTransactions
from money_world import ACCOUNT_DRIVER, CARD_DRIVER, NOON, OPERATOR
from offer_world import CAFE, ENERGY, OfferWorld, eur

DRIVERS = st.sampled_from([CARD_DRIVER, ACCOUNT_DRIVER])
COUPON_BUDGET, PARKING_BUDGET, COFFEE_BUDGET, ALLOWANCE_WH = eur(700), eur(300), eur(900), 25_000


class Town(RuleBasedStateMachine):
    fresh: Callable[[], Transactions]

    @initialize()
    def begin(self) -> None:
        self.at = NOON
        self.world = OfferWorld(self.fresh())
        self.till = self.world.cafe()
        self.plan = self.world.plan(DiscountRule(energy_wh=ALLOWANCE_WH), DiscountRule(percent=Decimal(10), dimensions=ENERGY))
        self.coupon = self.world.coupon(DiscountRule(amount=eur(250)), budget=COUPON_BUDGET, per_driver=3, stacks=True)
        self.parking = self.world.parking_offer(percent=60, budget=PARKING_BUDGET)
        self.coffee = self.world.coffee_offer(percent=30, worth=333, budget=COFFEE_BUDGET, voucher_days=20)
        self.invoices: list[object] = []

    @rule(driver=DRIVERS)
    def joins(self, driver) -> None:
        with suppress(Conflict):
            self.world.join(self.plan, driver, self.at)

    @rule(driver=DRIVERS)
    def takes_the_coupon(self, driver) -> None:
        with suppress(Conflict):
            self.world.take(self.coupon.code, driver, self.at)

    @rule(driver=DRIVERS)
    def takes_a_parking_voucher(self, driver) -> None:
        with suppress(Conflict):
            self.world.take(self.world.voucher(self.parking, self.at), driver, self.at)

    @rule(driver=DRIVERS, energy_wh=st.integers(1, 40_000), parked_min=st.integers(0, 50))
    def charges(self, driver, energy_wh, parked_min) -> None:
        invoice = self.world.charge(energy_wh, parked_min, driver, self.at)
        given = sum((one.amount.minor for one in invoice.content.contributions), 0)
        assert invoice.due.minor + given == invoice.gross.minor >= 0
        self.invoices.append(invoice)
        self.at += timedelta(hours=3)

    @rule(driver=DRIVERS)
    def has_a_coffee(self, driver) -> None:
        with self.world.transactions.begin() as store:
            mine = [one for one in store.partners.vouchers_of(driver) if one.kind is OfferKind.EARNED]
        for one in mine[:1]:
            try:
                with self.world.transactions.begin() as store:
                    accept_gift(store, self.till, one.code, self.at)
            except Conflict:
                pass

    @rule(which=st.integers(0, 50))
    def a_charge_is_taken_back(self, which) -> None:
        if self.invoices:
            invoice = self.invoices.pop(which % len(self.invoices))
            with self.world.transactions.begin() as store:
                credit_invoice(store, invoice.id, "a mistake", self.at, self.world.world.ids)

    @rule(days=st.integers(1, 20))
    def time_goes_by(self, days) -> None:
        self.at += timedelta(days=days)
        with self.world.transactions.begin() as store:
            queue_renewals(store, OPERATOR, self.at, self.world.world.ids)
            expire_vouchers(store, OPERATOR, self.at)
            issue_partner_statements(store, OPERATOR, self.at, self.world.world.ids)
            for one in store.memberships.due(OPERATOR, self.at):
                renew_membership(store, one.id, self.at, self.world.world.ids)

    @rule()
    def accounts_are_settled(self) -> None:
        try:
            with self.world.transactions.begin() as store:
                issue_statement_now(store, self.world.staff(self.at), CAFE)
        except Conflict:
            pass
        with self.world.transactions.begin() as store:
            for statement in store.partners.statements(OPERATOR):
                if store.partners.settled(statement.id) is None:
                    settle_statement(store, self.world.staff(self.at), statement.id, "transfer")

    @invariant()
    def the_books_balance_and_the_cafe_is_owed_what_it_was_not_paid(self) -> None:
        owes, owed = self.world.owes()
        with self.world.transactions.begin() as store:
            assert self.world.world.sum_is_zero(store)
            open_ones = sum(one.owed.minor for one in store.partners.awaiting_statement(CAFE, self.at + timedelta(days=1)))
            statements = store.partners.statements(OPERATOR, CAFE)
            unpaid = sum(one.owed.minor for one in statements if store.partners.settled(one.id) is None)
        assert owed - owes == open_ones + unpaid

    @invariant()
    def budgets_hold_and_are_what_was_used(self) -> None:
        with self.world.transactions.begin() as store:
            coupon = store.coupons.coupon(self.coupon.id)
            claims = [claim for driver in (CARD_DRIVER, ACCOUNT_DRIVER) for claim in store.coupons.claims_of(driver)]
            used = [use for claim in claims for use in store.entitlements.uses_of(str(claim.id)) if use.returned_at is None]
            assert (coupon.spent or eur(0)).minor == sum(use.amount.minor for use in used) <= COUPON_BUDGET.minor
            for offer in store.partners.offers(OPERATOR):
                assert 0 <= (offer.committed or eur(0)).minor <= offer.budget.minor

    @invariant()
    def no_month_uses_more_than_its_allowance(self) -> None:
        with self.world.transactions.begin() as store:
            for driver in (CARD_DRIVER, ACCOUNT_DRIVER):
                for member in store.memberships.of_driver(driver):
                    uses = [use for use in store.entitlements.uses_of(str(member.id)) if use.returned_at is None]
                    for number in range(member.billed + 1):
                        month: Span = member.period(number).span
                        assert sum(use.energy_wh for use in uses if month.contains(use.at)) <= ALLOWANCE_WH


@pytest.mark.parametrize("kept_in", ["memory", "postgres"])
def test_offers_conserve_money_and_budgets_under_random_operations(kept_in: str, databases: Databases) -> None:
    with ExitStack() as lent:

        def on_postgres() -> Transactions:
            return lent.enter_context(PostgresTransactions(lent.enter_context(databases.migrated()), most=2))

        Town.fresh = staticmethod(MemoryTransactions if kept_in == "memory" else on_postgres)
        examples, steps = (60, 30) if kept_in == "memory" else (6, 20)
        run_state_machine_as_test(Town, settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None))
