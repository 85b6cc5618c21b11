"""The checks of a world of money once nothing is pending: documents, payments, the provider's record and the ledger agree."""

from collections import Counter
from dataclasses import dataclass

from _accountant import ties
from _debit_steps import DebitSteps
from _guest_steps import GuestSteps
from _money_place import OPERATOR
from _money_world import World
from _refund_steps import RefundSteps
from _terminal_steps import TerminalSteps

from forecourt.billing import AccountStatement, DocumentKind, Invoice
from forecourt.flows.ports import PageRequest, Store
from forecourt.ledger import AT_PROCESSOR, BANK, CLEARING, WRITE_OFF, AccountKind, held_on_card, receivable, revenue, verify_chain
from forecourt.payments import DEBIT, TRANSFER, WALLET, WRITTEN_OFF, Held, RowKind, written_off_amount


@dataclass(frozen=True)
class Beside:
    """Who moves money beside drivers with an account and their cards."""

    guests: GuestSteps
    terminals: TerminalSteps
    refunds: RefundSteps
    debits: DebitSteps


def check(world: World, store: Store, beside: Beside) -> None:
    _documents(world, store)
    _payments(world, store, beside.terminals)
    _ledger(world, store, beside)
    ties(store, OPERATOR, world.at)


def _documents(world: World, store: Store) -> None:
    documents = store.documents.recent(OPERATOR, 100_000)
    billed = Counter(one.session_id for one in documents if one.kind is DocumentKind.INVOICE and one.session_id)
    assert billed == Counter(world.records), "a charge is not on exactly one invoice"
    credited: Counter[object] = Counter()
    for one in documents:
        credited[one.content.corrects] += one.due.minor if one.content.corrects else 0
    assert all(credited[one.id] <= one.due.minor for one in documents), "more was credited than invoiced"
    statements = store.statements.page(OPERATOR, PageRequest(limit=100_000)).rows
    stated = Counter(line.document_id for one in statements for line in one.lines)
    assert not stated or max(stated.values()) == 1, "a document stands on two statements"
    numbers: dict[tuple[str, int], list[int]] = {}
    for one in documents:
        numbers.setdefault((one.series, one.year), []).append(one.sequence)
    for statement in statements:
        numbers.setdefault(("ACC", statement.year), []).append(statement.sequence)
    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in numbers.values()), "a gap in the numbers"


def _payments(world: World, store: Store, terminals: TerminalSteps) -> None:
    for driver_id in world.everybody:
        for payment in store.payments.of_driver(driver_id, 100_000):
            if payment.method in (TRANSFER, WALLET, DEBIT):
                continue
            found = world.provider.intent(str(payment.id))
            got = (found.captured, found.refunded - found.bounced, found.held) if found else (0, 0, 0)
            held = payment.state.amount.minor if isinstance(payment.state, Held) else 0
            assert got == (payment.taken.minor, payment.returned.minor, held), f"{payment} is {got} at the provider"
            assert payment.returned <= payment.taken
    statements = store.statements.page(OPERATOR, PageRequest(limit=100_000)).rows
    payables: list[Invoice | AccountStatement] = [*store.documents.recent(OPERATOR, 100_000), *statements]
    for one in payables:
        case, taken = store.dunning.case(one.id), sum(pay.taken.minor for pay in store.payments.of_document(one.id))
        fees, by_terminals = case.fees.minor if case else 0, terminals.took(store, one.id)
        beyond = _beyond(store, one) if isinstance(one, AccountStatement) else 0
        assert taken - by_terminals - beyond <= one.due.minor + fees, f"{one.number}: {taken} taken of {one.due} and {fees} fees"


def _beyond(store: Store, statement: AccountStatement) -> int:
    """What waits to be transferred back, went so or to the card, or is with a cardholder's bank; less what credit notes took off it
    since, as it asks for less."""
    disputes = (dispute for one in store.payments.of_document(statement.id) for dispute in store.disputes.of_payment(one.id))
    backs = sum(one.amount.minor for one in store.paybacks.of_note(statement.id))
    returned = sum(one.refunded_or_refunding.minor for one in store.payments.of_document(statement.id))
    off = sum(one.amount.minor for one in store.statements.applied_credits(statement))
    return backs + returned - off + sum(one.withheld.minor for one in disputes)


def _ledger(world: World, store: Store, beside: Beside) -> None:
    assert store.ledger.sum_minor(world.currency) == 0
    verify_chain(store.ledger.chain(OPERATOR))
    balances = {one.account: one.minor for one in store.ledger.trial_balance(OPERATOR)}
    assert all(minor >= 0 for account, minor in balances.items() if account.kind is AccountKind.HOLD), "a hold below zero"
    totals = world.bank.totals()
    held = sum(minor for account, minor in balances.items() if account.kind is AccountKind.HOLD)
    assert held == totals.held.get(world.currency, 0), "the memo of holds differs from the provider's"
    assert balances.get(CLEARING, 0) == 0, "cleared and captured differ"
    assert balances.get(AT_PROCESSOR, 0) == sum(one.net.minor for one in world.provider.file() if not one.payout), (
        "the processor's balance differs"
    )
    payments = [one for driver_id in world.everybody for one in store.payments.of_driver(driver_id, 100_000) if one.method == TRANSFER]
    transferred = sum(one.taken.minor for one in payments)
    paid_out = -sum(one.net.minor for one in world.provider.file() if one.kind is RowKind.PAYOUT)
    at_bank = paid_out + transferred - beside.refunds.transferred(store) + beside.debits.moved
    assert balances.get(BANK, 0) == at_bank, "the bank has not what was paid out, transferred and collected"
    assert _owed(world, store, beside) == sum(balances.get(receivable(one), 0) for one in world.everybody), (
        "receivables differ from the papers"
    )
    assert all(balances.get(held_on_card(one), 0) >= 0 for one in world.everybody)
    _losses(world, store)


def _losses(world: World, store: Store) -> None:
    """No document has more tax corrected than it has, to a unit of rounding for each of its two rates and corrections; what is
    written off is what its debtor has not paid; and what is not written off has nothing lost."""
    documents = {one.id: one for one in store.documents.recent(OPERATOR, 100_000)}
    for one in documents.values():
        if one.kind is DocumentKind.CREDIT_NOTE or store.statements.of_document(one.id):
            continue
        notes, payments = store.documents.credit_notes_of(one.id), store.payments.of_document(one.id)
        subjects = [one.id, *(note.id for note in notes), *(pay.id for pay in payments)]
        txns = [kept.txn for subject in subjects for kept in store.ledger.of_subject(subject)]
        taxes = [entry.minor for txn in txns for entry in txn.entries if entry.account.kind is AccountKind.VAT]
        assert sum(taxes) <= len(taxes), f"{one.number}: {sum(taxes)} of tax too much taken back"
    for case in store.dunning.page(OPERATOR, PageRequest(limit=100_000)).rows:
        lost = written_off_amount(case.driver_id, world.currency, [kept.txn for kept in store.ledger.of_subject(case.document_id)])
        paid = sum(pay.taken.minor for pay in store.payments.of_document(case.document_id))
        due = documents[case.document_id].due if case.document_id in documents else case.amount
        whole = due.minor + case.fees.minor - paid if case.document_id in documents else lost.minor
        assert lost.minor == (whole if case.outcome == WRITTEN_OFF else 0), f"{case.number}: {lost} lost, {case.outcome}"


def _owed(world: World, store: Store, beside: Beside) -> int:
    """What all drivers owe, from the papers alone."""
    owed = 0
    for one in store.documents.recent(OPERATOR, 100_000):
        owed += -one.due.minor if one.kind is DocumentKind.CREDIT_NOTE else one.due.minor
    for driver_id in world.everybody:
        owed -= sum(pay.captured.minor for pay in store.payments.of_driver(driver_id, 100_000) if not pay.top_up)
    owed += -store.ledger.balance(OPERATOR, revenue("dunning"), world.currency)
    lost = store.ledger.balance(OPERATOR, WRITE_OFF, world.currency) + _tax_of_lost(world, store)
    return owed - lost + beside.guests.lost(store) + beside.refunds.transferred(store)


def _tax_of_lost(world: World, store: Store) -> int:
    """What of the debts given up was tax: by the papers all tax that was asked for, less what the ledger still owes of it."""
    taxes = 0
    for one in store.documents.recent(OPERATOR, 100_000):
        tax = sum(line.tax.minor for line in one.content.taxes)
        taxes += -tax if one.kind is DocumentKind.CREDIT_NOTE else tax
    balances = store.ledger.trial_balance(OPERATOR)
    return taxes + sum(one.minor for one in balances if one.account.kind is AccountKind.VAT and one.currency == world.currency)
