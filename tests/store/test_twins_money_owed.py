"""Both stores answer alike: paybacks, disputes, complaints, reminders, and payment methods."""

from forecourt.billing import Complaint
from forecourt.flows.ports import ClearingProgress, Run
from forecourt.kernel import DocumentId, DriverId, Money, OperatorId, PaymentId
from forecourt.payments import (
    AutoTopUp,
    BlockRule,
    CardSetup,
    ClearingLine,
    Dispute,
    DunningCase,
    DunningRules,
    Payback,
    Payment,
    StoredCard,
    WalletRules,
)
from forecourt.settlement import Finding, StoredRow
from twin_money import MoneyWorld
from twins import Twins, seeds, walked


@seeds
def test_both_stores_agree_on_disputes(twins: Twins, seed: int) -> None:
    world = MoneyWorld(twins, seed)
    for operator, ids in zip(world.operators, ("abA1", "Bc2C"), strict=True):
        given = {"operator_id": operator.id, "id": lambda ids=ids: world.random.choice(ids)}
        world.put(lambda store: store.disputes.put, Dispute, 10, "operator_id id", **given)
    for rule in BlockRule:
        twins.do(lambda store, rule=rule: store.disputes.put_rule(world.operators[0].id, rule))

    def queries():
        operator_id, payment_id, dispute_id = world.pick(OperatorId), world.pick(PaymentId), world.random.choice("abAB12-")
        return (
            lambda store: store.disputes.dispute(operator_id, dispute_id),
            lambda store: store.disputes.of_payment(payment_id),
            lambda store: store.disputes.waiting(operator_id),
            lambda store: walked(lambda request: store.disputes.page(operator_id, request)),
            lambda store: store.disputes.rule(operator_id),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_paybacks(twins: Twins, seed: int) -> None:
    world = MoneyWorld(twins, seed)
    for payment_id in world.pools[PaymentId]:
        world.put(lambda store: store.payments.put, Payment, 1, id=payment_id)
    paybacks = world.put(lambda store: store.paybacks.put, Payback, 20, "operator_id id payment_id")
    gone = paybacks.pop(0)
    twins.do(lambda store: store.paybacks.drop(gone.id))

    def queries():
        operator_id, payment_id, note_id = world.pick(OperatorId), world.pick(PaymentId), world.pick(DocumentId)
        driver_id, payback_id = world.pick(DriverId), world.random.choice([gone, *paybacks]).id
        return (
            lambda store: store.paybacks.payback(payback_id),
            lambda store: store.paybacks.lock(payback_id),
            lambda store: store.paybacks.of_payment(payment_id),
            lambda store: store.paybacks.of_note(note_id),
            lambda store: store.paybacks.of_driver(driver_id),
            lambda store: store.paybacks.waiting(operator_id),
            lambda store: walked(lambda request: store.paybacks.page(operator_id, request)),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_complaints(twins: Twins, seed: int) -> None:
    world = MoneyWorld(twins, seed, documents=4)
    put = world.put(lambda store: store.complaints.put, Complaint, 20, "operator_id id document_id")

    def queries():
        operator_id, document_id, driver_id = world.pick(OperatorId), world.pick(DocumentId), world.pick(DriverId)
        complaint_id = world.random.choice(put).id
        return (
            lambda store: store.complaints.complaint(complaint_id),
            lambda store: store.complaints.lock(complaint_id),
            lambda store: store.complaints.of_document(document_id),
            lambda store: store.complaints.of_driver(driver_id),
            lambda store: store.complaints.waiting(operator_id),
            lambda store: walked(lambda request: store.complaints.page(operator_id, request)),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_reminders_and_job_runs(twins: Twins, seed: int) -> None:
    world = MoneyWorld(twins, seed)
    world.pools |= {"kind": ["statements", "reminders"], "period": ["2026-06", "2026-07", "2026-08"]}
    keys = {one: world.pick(OperatorId) for one in world.pools[DocumentId]}  # a document is one operator's
    for document_id, operator_id in keys.items():
        given = {"document_id": document_id, "operator_id": operator_id}
        world.put(lambda store: store.dunning.put, DunningCase, 2, "driver_id", amount=Money(100, "EUR"), reclaimed=None, **given)
    world.put(lambda store: lambda rules: store.dunning.put_rules(world.operators[0].id, rules), DunningRules, 1)
    runs = world.put(lambda store: store.job_runs.put, Run, 20, "operator_id id kind period")

    def queries():
        operator_id, document_id, driver_id = world.pick(OperatorId), world.pick(DocumentId), world.pick(DriverId)
        kind, period, run_id = world.pick("kind"), world.pick("period"), world.random.choice(runs).id
        return (
            lambda store: store.dunning.case(document_id),
            lambda store: store.dunning.of_driver(driver_id),
            lambda store: store.dunning.waiting(operator_id),
            lambda store: store.dunning.waiting_count(operator_id),
            lambda store: walked(lambda request: store.dunning.page(operator_id, request)),
            lambda store: store.dunning.rules(operator_id),
            lambda store: store.job_runs.of_period(operator_id, kind, period),
            lambda store: store.job_runs.try_lock(run_id),
            lambda store: walked(lambda request: store.job_runs.page(operator_id, request)),
            lambda store: store.job_runs.last(operator_id, kind),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_cards_and_prepaid_balances(twins: Twins, seed: int) -> None:
    world = MoneyWorld(twins, seed)
    cards = world.put(lambda store: store.cards.put, StoredCard, 15, "operator_id driver_id id")
    setups = world.put(lambda store: store.cards.put_setup, CardSetup, 8, "operator_id driver_id id")
    gone = cards.pop(0)
    twins.do(lambda store: store.cards.drop(gone))
    for driver in world.drivers:
        world.put(lambda store: store.wallets.put_auto_top_up, AutoTopUp, 1, driver_id=driver.id, operator_id=driver.operator_id)
    rules = WalletRules.usual("USD")
    twins.do(lambda store: store.wallets.put_rules(world.operators[0].id, rules))

    def queries():
        operator_id, driver_id, setup_id = world.pick(OperatorId), world.pick(DriverId), world.random.choice(setups).id
        return (
            lambda store: store.cards.of_driver(driver_id),
            lambda store: store.cards.setup(setup_id),
            lambda store: store.wallets.lock(driver_id),
            lambda store: store.wallets.auto_top_up(driver_id),
            lambda store: store.wallets.rules(operator_id),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_the_clearing_file(twins: Twins, seed: int) -> None:
    world = MoneyWorld(twins, seed)
    world.pools |= {"payout": ["", "po_1", "Po_2"], None | OperatorId: [None, *world.pools[OperatorId]]}

    def line():
        return world.make(
            ClearingLine, id=world.random.choice("abcAB123"), fee=Money(10, "EUR"), gross=Money(world.random.randrange(-2, 4) * 100, "EUR")
        )

    world.put(lambda store: store.clearing.put_row, StoredRow, 25, line=line)
    findings = world.put(lambda store: store.clearing.put_finding, Finding, 20, "id")
    for _ in range(2):
        reading = world.make(ClearingProgress)
        twins.do(lambda store, reading=reading: store.clearing.put_progress(reading))

    def queries():
        operator_id, payment_id, at, payout = world.pick(OperatorId), world.pick(PaymentId), world.at(), world.pick("payout")
        limit, finding_id, before = (
            world.random.randrange(1, 9),
            world.random.choice(findings).id,
            (world.at(), world.random.choice("abAB1")),
        )
        return (
            lambda store: store.clearing.rows(["a", "B", "1", "-"]),
            lambda store: store.clearing.waiting(at),
            lambda store: store.clearing.rows_of_payment(payment_id),
            lambda store: store.clearing.rows_of_payout(payout),
            lambda store: store.clearing.mismatched_payouts(at),
            lambda store: store.clearing.recent(operator_id, limit),
            lambda store: store.clearing.recent(operator_id, limit, before),
            lambda store: store.clearing.lock_finding(finding_id),
            lambda store: store.clearing.open_findings(),
            lambda store: store.clearing.open_findings(operator_id),
            lambda store: walked(lambda request: store.clearing.page(operator_id, request)),
            lambda store: store.clearing.findings_of_payment(payment_id),
            lambda store: store.clearing.progress(),
        )

    world.ask(queries)
