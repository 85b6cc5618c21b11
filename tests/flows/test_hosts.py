"""Hosts of a site: from when they earn a share, its postings in the ledger, and their monthly statements."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from camt_file import Line, camt
from forecourt.flows.billing import (
    CreditRequest,
    credit_invoice,
    import_bank_statements,
    issue_credit_note,
    issue_partner_statements,
    settle_statement,
)
from forecourt.flows.desk import Staff
from forecourt.flows.offers import hosts_fingerprint, set_hosts, settle_site_shares
from forecourt.flows.paying import record_transfer
from forecourt.flows.ports import OpenItems, ShareInvoice
from forecourt.kernel import BadInput, Conflict, NotFound, OperatorId
from forecourt.ledger import Posting, Txn
from forecourt.offers import OfferKind
from forecourt.settlement import line_text, parse_camt, partner_share, payable, share_key
from forecourt.wording import localiser_for
from money_world import NOON, OPERATOR, SITE
from offer_world import CAFE, OfferWorld, eur
from stores import both_stores

HOUR, TENTH = timedelta(hours=1), (("cafe-strom", Decimal("10")),)


@pytest.fixture
def world(any_transactions) -> OfferWorld:
    made = OfferWorld(any_transactions)
    made.cafe()
    return made


def hosted(world: OfferWorld, shares=TENTH, since: datetime | None = None, at: datetime = NOON - 100 * HOUR, by: Staff | None = None):
    with world.transactions.begin() as store:
        seen = hosts_fingerprint(store.stations.site(SITE))
        return set_hosts(store, by or world.staff(at), SITE, shares, since, seen)


def share(world: OfferWorld, invoice, at: datetime = NOON) -> int:
    """What the host gets of a document; booked twice, it is booked once."""
    with world.transactions.begin() as store:
        settle_site_shares(store, invoice.id, at)
        return sum(one.amount.minor for one in settle_site_shares(store, invoice.id, at))


def test_a_host_earns_from_the_start_day_and_earlier_invoices_keep_their_shares(world) -> None:
    hosted(world, since=NOON + 24 * HOUR)
    before, after = world.charge(10_000), world.charge(10_000, begin=NOON + 30 * HOUR)
    hosted(world, (("cafe-strom", Decimal("50")),), at=NOON + 40 * HOUR)
    assert (share(world, before), share(world, after)) == (0, after.net.minor // 10)
    assert -world.balance(payable("cafe-strom")) == after.net.minor // 10 and world.balance_is_zero()
    with world.transactions.begin() as store:
        logged = [one.detail for one in store.audit.recent() if one.action == "site.hosts"]
    assert [one.split(" from ")[0] for one in logged] == ["cafe-strom 10 % → cafe-strom 50 %", "nobody → cafe-strom 10 %"]


def test_a_credit_note_reverses_the_hosts_share_of_its_invoice_even_after_the_terms_changed(world) -> None:
    hosted(world)
    invoice = world.charge(10_000)
    assert share(world, invoice) > 0
    hosted(world, (), at=NOON + 5 * HOUR)
    with world.transactions.begin() as store:
        note = credit_invoice(store, invoice.id, "test", NOON + 6 * HOUR, world.world.ids)
    assert share(world, note) < 0 and world.balance(payable("cafe-strom")) == 0


def work(world: OfferWorld, at: datetime, backwards: bool = False) -> None:
    """Runs the waiting tasks that post shares, in their order or in reverse."""
    with world.transactions.begin() as store:
        waiting = list(store.outbox.claim("task", at, 100, 60.0))
        for item in waiting[::-1] if backwards else waiting:
            if isinstance(item.work, ShareInvoice):
                settle_site_shares(store, item.work.document_id, at)
            store.outbox.done(item.id, at, "done")


@pytest.mark.parametrize("backwards", [False, True])
def test_credit_notes_reverse_the_hosts_share_in_any_order_of_processing(world, backwards) -> None:
    hosted(world)
    invoice, later = world.charge(10_000), NOON + 6 * HOUR
    with world.transactions.begin() as store:
        record_transfer(store, world.staff(later), invoice.id, "transfer 1")
    work(world, later) if not backwards else None
    for seen, what in ((0, {"amount": eur(101)}), (1, {})):
        with world.transactions.begin() as store:
            issue_credit_note(store, world.staff(later), CreditRequest(invoice.id, seen, "test", **what))
    work(world, later, backwards)
    assert world.balance(payable("cafe-strom")) == world.balance(partner_share("cafe-strom")) == 0
    with world.transactions.begin() as store:
        open_items = store.partners.awaiting_statement(CAFE, later + HOUR)
    assert len(open_items) == 3 and sum(one.owed.minor for one in open_items) == 0


def test_the_last_credit_note_leaves_no_share_even_if_the_first_was_posted_by_a_former_rule(world) -> None:
    hosted(world)
    invoice, later = world.charge(10_000), NOON + 6 * HOUR
    with world.transactions.begin() as store:
        record_transfer(store, world.staff(later), invoice.id, "transfer 1")
    share(world, invoice)
    with world.transactions.begin() as store:
        first = issue_credit_note(store, world.staff(later), CreditRequest(invoice.id, 0, "test", amount=eur(101))).note
        gained = (Posting.of(partner_share("cafe-strom"), payable("cafe-strom"), eur(1)),)  # as one in a hundred hosts was once
        store.ledger.post(Txn(share_key(first), OPERATOR, later, "Shares", first.id, gained))
    with world.transactions.begin() as store:
        second = issue_credit_note(store, world.staff(later), CreditRequest(invoice.id, 1, "test")).note
    share(world, second, later)
    assert world.balance(payable("cafe-strom")) == world.balance(partner_share("cafe-strom")) == 0


def test_a_credit_note_on_an_unpaid_invoice_reverses_no_host_share(world) -> None:
    hosted(world)
    invoice = world.charge(10_000)
    with world.transactions.begin() as store:
        issue_credit_note(store, world.staff(), CreditRequest(invoice.id, 0, "test"))
    work(world, NOON + 6 * HOUR)
    assert world.balance(payable("cafe-strom")) == 0


def test_a_hosts_share_computed_after_the_month_is_posted_on_the_day_it_is_computed(world) -> None:
    hosted(world)
    invoice, july = world.charge(10_000), datetime(2026, 7, 9, tzinfo=UTC)
    with world.transactions.begin() as store:
        settle_site_shares(store, invoice.id, july)
        assert [one.txn.at for one in store.ledger.chain(OPERATOR) if one.txn.key.startswith("share/")] == [july]


def test_a_hosts_monthly_statement_lists_its_earnings_by_day_and_is_settled(world) -> None:
    hosted(world)
    times = [NOON + hours * HOUR for hours in (0, 2, 48)]
    earned = [share(world, world.charge(10_000, begin=begin), begin + HOUR) for begin in times]
    july = datetime(2026, 7, 1, tzinfo=UTC)
    with world.transactions.begin() as store:
        (statement,) = issue_partner_statements(store, OPERATOR, july, world.world.ids)
        assert issue_partner_statements(store, OPERATOR, july, world.world.ids) == ()
    assert [line.owed for line in statement.lines] == [eur(earned[0] + earned[1]), eur(earned[2])]
    assert statement.lines[0].text.startswith("10 % of the net at ") and statement.lines[0].text.endswith(", 2 documents")
    said = [localiser_for("de").localise(line_text(line)) for line in statement.lines]
    assert said[0].startswith("10 % vom Netto bei ") and [one.rpartition(", ")[2] for one in said] == ["2 Belege", "1 Beleg"]
    assert statement.part(OfferKind.HOSTING) == statement.owed == eur(sum(earned))
    with world.transactions.begin() as store:
        settle_statement(store, world.staff(july), statement.id, "transfer 9")
    assert world.balance(payable("cafe-strom")) == 0 and world.balance_is_zero()


def test_a_bank_line_settles_a_host_statement_only_if_the_amount_is_exact(world) -> None:
    hosted(world)
    share(world, world.charge(10_000))
    july = datetime(2026, 7, 1, tzinfo=UTC)
    with world.transactions.begin() as store:
        (statement,) = issue_partner_statements(store, OPERATOR, july, world.world.ids)
        owed = statement.owed.minor
        lines = [Line(july.date(), minor, statement.number, f"{minor}") for minor in (owed, -owed - 1, 1 - owed, -owed)]
        import_bank_statements(store, world.staff(july + HOUR), parse_camt(camt(0, lines, july.date())))
        assert sorted(kept.line.amount.minor for kept in store.bank.open(OPERATOR)) == [-owed - 1, 1 - owed, owed]
    assert world.balance(payable("cafe-strom")) == 0 and world.balance_is_zero()


def test_payments_after_a_months_host_statement_are_on_the_next_one_as_in_the_ledger(world) -> None:
    """Otherwise every payment of an earlier month's invoice would create a statement of its own."""
    hosted(world)
    july, august = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)
    invoices = [world.charge(10_000), world.charge(10_000, begin=NOON + 2 * HOUR)]
    early, late = share(world, invoices[0]), share(world, invoices[1], july + HOUR)
    stated = []
    for at in (july, july + 2 * HOUR, august):
        with world.transactions.begin() as store:
            stated.append([one.owed for one in issue_partner_statements(store, OPERATOR, at, world.world.ids)])
    assert stated == [[eur(early)], [], [eur(late)]]


@pytest.mark.parametrize(
    ("shares", "since", "field"),
    [
        ((("cafe-strom", Decimal("0")),), None, "shares"), ((("cafe-strom", Decimal("100.01")),), None, "shares"),
        ((("cafe-strom", Decimal("60")), ("b", Decimal("41"))), None, "shares"), ((("nobody", Decimal("5")),), None, "shares"),
        ((("cafe-strom", Decimal("5")), ("cafe-strom", Decimal("5"))), None, "shares"),
        ((("cafe-strom", Decimal("1.234")),), None, "shares"),
        (TENTH, NOON - HOUR, "since"),
    ],
)  # fmt: skip
def test_invalid_host_shares_and_terms_for_the_past_are_refused(world, shares, since, field) -> None:
    with pytest.raises(BadInput) as refusal:
        hosted(world, shares, since, NOON)
    assert refusal.value.code == field


def test_host_terms_changed_meanwhile_are_not_overwritten_and_other_operators_sites_not_found(world) -> None:
    hosted(world)
    with pytest.raises(Conflict), world.transactions.begin() as store:
        set_hosts(store, world.staff(), SITE, (), None, "as it was")
    with pytest.raises(NotFound):
        hosted(world, by=Staff(OperatorId(SITE), "rival", NOON, world.world.ids))


@both_stores
def test_partner_items_not_yet_on_a_statement_are_summed_by_kind(world) -> None:
    hosted(world)
    first, second = world.charge(10_000), world.charge(20_000, begin=NOON + 2 * HOUR)
    got = share(world, first) + share(world, second)
    with world.transactions.begin() as store:
        assert list(store.partners.open_items(CAFE)) == [OpenItems(OfferKind.HOSTING, 2, eur(got))]
    with world.transactions.begin() as store:
        issue_partner_statements(store, OPERATOR, datetime(2026, 7, 1, tzinfo=UTC), world.world.ids)
        assert list(store.partners.open_items(CAFE)) == []
