"""A query sees what the unit of work has put through other repositories before it is written."""

from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.drivers import GroupMember, PayBy, Token, TokenKind
from forecourt.flows.ports import ChargeSearch, DebtQuery, DocumentSearch, Grant, PaidSearch, PaidState, QuarantineEntry
from forecourt.kernel import Money, Span, TokenUid
from forecourt.ledger import Posting, Txn, receivable, revenue
from forecourt.offers import Claim, Membership, MembershipTerm, Voucher
from forecourt.payments import Payment
from forecourt.sessions import ChargeRecord, Session
from forecourt.stations import ConnectorState, SiteAllowances, Socket
from twin_money import MoneyWorld
from twins import T0, Twins

DAY = Span(T0 - timedelta(days=1), T0 + timedelta(days=1))


@pytest.fixture
def world(twins: Twins) -> MoneyWorld:
    return MoneyWorld(twins, 0, documents=24)


def test_possible_entitlements_include_unwritten_changes(twins: Twins, world: MoneyWorld) -> None:
    first, second, third, other = (one.id for one in world.drivers)
    membership = world.make(Membership, driver_id=first, zone="UTC", terms=(MembershipTerm(0, world.id(), world.id()),))
    claim, voucher = world.make(Claim, driver_id=second), world.make(Voucher, driver_id=third)
    asked = [lambda store: store.entitlements.maybe_entitled([first, second, third, other])]
    assert twins.ask(asked, lambda store: store.memberships.put(membership))
    assert twins.ask(asked, lambda store: store.coupons.put_claim(claim))
    assert twins.ask(asked, lambda store: store.partners.put_voucher(voucher))


def test_payers_and_due_documents_include_unwritten_changes(twins: Twins, world: MoneyWorld) -> None:
    bill = next(one for one in world.documents if one.due.minor and not one.content.corrects and one.parties.pays_by is None)
    operator_id, driver = bill.operator_id, next(one for one in world.drivers if one.id == bill.driver_id)
    late = T0 + timedelta(days=60)
    member = world.make(GroupMember, driver_id=driver.id, operator_id=driver.operator_id, group="a", since=T0, until=None)
    twins.do(lambda store: store.statements.put_payer(driver.operator_id, "a", world.drivers[0].id))
    queries = [
        lambda store: store.statements.payer_of(driver.id, late),
        lambda store: store.statements.awaiting_statement(operator_id, late, None, 9),
        lambda store: store.dunning.due(operator_id, late, 14, None, 9),
    ]
    searches = [DocumentSearch(paid=PaidSearch(state, late, timedelta(days=14))) for state in PaidState]
    queries += [lambda store, one=one: store.documents.search(operator_id, one) for one in searches]
    assert twins.ask(queries, lambda store: store.drivers.put_member(member))
    assert twins.ask(queries, lambda store: store.drivers.put_driver(replace(driver, pay_by=PayBy.ACCOUNT)))
    assert twins.ask(queries, lambda store: store.drivers.put_driver(replace(driver, pay_by=PayBy.CARD)))
    payment = world.make(Payment, document_id=bill.id, operator_id=operator_id)
    assert twins.ask(queries, lambda store: store.payments.put(payment))


def test_debtor_pages_include_unwritten_changes(twins: Twins, world: MoneyWorld) -> None:
    driver, amount = world.drivers[0], Money(100, "EUR")
    txn = Txn("document/1", driver.operator_id, T0, "text", world.id(), (Posting(revenue("energy"), receivable(driver.id), amount),))
    queries = [lambda store: store.debts.page(driver.operator_id, DebtQuery(T0, timedelta(), "grace"))]
    assert twins.ask(queries, lambda store: store.ledger.post(txn), lambda store: store.drivers.put_driver(replace(driver, name="Grace")))


def test_charge_searches_include_unwritten_changes(twins: Twins, world: MoneyWorld) -> None:
    driver, site = world.drivers[0], world.sites[0]
    here = {"operator_id": driver.operator_id, "site_id": site.id, "driver_id": driver.id}
    session, record = world.make(Session, **here), world.make(ChargeRecord, session_id=world.id(), energy_wh=0, phases=(), **here)
    searches = [ChargeSearch(text="grace"), ChargeSearch(text="04a1"), ChargeSearch(unbilled=True)]
    queries = [lambda store, one=one: store.sessions.page(driver.operator_id, one) for one in searches]
    queries += [lambda store, one=one: store.sessions.running(driver.operator_id, one) for one in searches]
    assert twins.ask(queries, lambda store: store.sessions.put(session), lambda store: store.sessions.end(record))
    token = Token(TokenUid("04A1"), driver.operator_id, driver.id, TokenKind.RFID)
    assert twins.ask(queries, lambda store: store.drivers.put_driver(replace(driver, name="Grace")))
    assert twins.ask(queries, lambda store: store.drivers.put_token(token))
    doubt = world.make(QuarantineEntry, code="no_price", subject=str(record.session_id), operator_id=driver.operator_id, cleared_at=T0)
    assert twins.ask(queries, lambda store: store.inbox.quarantine(doubt))


def test_spending_by_card_includes_unwritten_charge_records(twins: Twins, world: MoneyWorld) -> None:
    bill = next(one for one in world.documents if one.session_id and one.content.delivery)
    spent = [lambda store: store.billing_totals.spent_by(bill.driver_id, DAY, bill.currency, TokenUid("04A1"))]
    record = world.make(ChargeRecord, session_id=bill.session_id, token=TokenUid("04A1"), energy_wh=0, phases=())
    assert twins.ask(spent, lambda store: store.sessions.end(record))


def test_sites_to_plan_include_unwritten_changes(twins: Twins, world: MoneyWorld) -> None:
    sites = [lambda store: set(store.plans.sites_to_plan())]
    evse = twins.first(lambda store: store.stations.evses(world.sites[0].id))[0]
    here = {"operator_id": evse.operator_id, "site_id": evse.site_id, "evse_id": evse.id}
    charger = twins.first(lambda store: store.stations.charger(evse.charger_id))
    session, allowances = world.make(Session, **here), world.make(SiteAllowances, operator_id=evse.operator_id, site_id=world.sites[2].id)
    for act in (
        lambda store: store.stations.put_charger(replace(charger, connected=True)),
        lambda store: store.plans.put_grant(Grant(evse.id, evse.operator_id, evse.site_id, fallback_a=6)),
        lambda store: store.stations.put_socket(Socket(evse.id, ConnectorState.OCCUPIED)),
        lambda store: store.stations.put_socket(Socket(evse.id, ConnectorState.AVAILABLE)),
        lambda store: store.sessions.put(session),
        lambda store: store.plans.put_allowances(allowances),
    ):
        assert twins.ask(sites, act)
