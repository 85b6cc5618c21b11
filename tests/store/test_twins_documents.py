"""Both stores answer alike: documents, statements, payments and debts."""

from datetime import timedelta

from forecourt.billing import DocumentKind
from forecourt.drivers import GroupMember
from forecourt.flows.ports import DocumentSearch, PaidSearch, PaidState, StatementSearch
from forecourt.kernel import BookingId, DocumentId, DriverId, EvseId, Money, OperatorId, SessionId
from forecourt.payments import Captured, DebtorAccount, DunningCase, Mandate, Payment, Refunding, Unknown
from twin_money import IBANS, MoneyWorld
from twins import Twins, seeds, walked


@seeds
def test_both_stores_agree_on_documents(twins: Twins, seed: int) -> None:
    world = MoneyWorld(twins, seed, documents=20)

    def search() -> DocumentSearch:
        return world.make(
            DocumentSearch, paid=None, text=world.random.choice(("", "", "ada", "É", "İnci", "ΝΙΚΟΣ", "guest", "INV", "user@"))
        )

    def queries():
        operator_id, driver_id, some = world.pick(OperatorId), world.pick(DriverId), world.random.choice(world.documents)
        wanted, limit, at = search(), world.random.randrange(1, 9), world.at()
        sessions, booking_id, numbers = world.some(SessionId), world.pick(BookingId), [one.number for one in world.documents[::3]]
        return (
            lambda store: store.documents.document(some.id),
            lambda store: store.documents.lock(some.id),
            lambda store: store.documents.lock_numbered(operator_id, numbers),
            lambda store: store.documents.by_number(operator_id, some.number),
            lambda store: store.documents.billed(sessions),
            lambda store: [store.documents.of_session(one) for one in sessions],
            lambda store: store.documents.prefetch_of_sessions(sessions),
            lambda store: [store.documents.of_session(one) for one in sessions],
            lambda store: store.documents.of_booking(booking_id),
            lambda store: store.documents.of_driver(driver_id, limit),
            lambda store: store.documents.credit_notes_of(some.id),
            lambda store: store.documents.with_reasons(driver_id, ["late", "-"]),
            lambda store: store.documents.recent(operator_id, limit),
            lambda store: store.documents.recent(operator_id, limit, at),
            lambda store: store.documents.recent(operator_id, limit, some.issued_at, some.number),
            lambda store: store.documents.search(operator_id, wanted, limit),
            lambda store: store.documents.search(operator_id, wanted, limit, some),
            lambda store: walked(lambda request: store.documents.page(operator_id, wanted, request)),
            lambda store: store.documents.without_files(at, limit),
            lambda store: store.payments.unpaid(operator_id, limit),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_payments(twins: Twins, seed: int) -> None:
    world = MoneyWorld(twins, seed, documents=6)
    world.pools["method"] = ["", "present", "direct_debit", "pm_1"]
    put = world.put(lambda store: store.payments.put, Payment, 40, "operator_id id driver_id currency")

    def queries():
        operator_id, driver_id, some = world.pick(OperatorId), world.pick(DriverId), world.random.choice(put)
        limit, at, evse_id, drivers = world.random.randrange(1, 9), world.at(), world.pick(EvseId), world.some(DriverId)
        session_id, document_id = world.pick(SessionId), world.pick(DocumentId)
        return (
            lambda store: store.payments.payment(some.id),
            lambda store: store.payments.lock(some.id),
            lambda store: store.payments.of_session(session_id),
            lambda store: store.payments.of_document(document_id),
            lambda store: store.payments.of_driver(driver_id, limit),
            lambda store: store.payments.top_ups(driver_id, limit),
            lambda store: store.payments.hold_on(driver_id, evse_id),
            lambda store: store.payments.drivers_with_holds(drivers),
            lambda store: store.payments.open_holds(),
            lambda store: store.payments.open_holds(operator_id),
            lambda store: store.payments.pending(at, limit),
            lambda store: store.payments.unpaid(operator_id, limit),
            lambda store: store.payments.debt_status(driver_id),
        )

    world.ask(queries)


def stated(twins: Twins, seed: int) -> MoneyWorld:
    """Documents, some on statements, some paid, of drivers some of whom belong to a fleet with a payer."""
    world = MoneyWorld(twins, seed, documents=30)
    for _ in range(8):
        some = world.random.sample(world.documents, world.random.randrange(1, 4))
        alike = [one for one in some if (one.operator_id, one.currency) == (some[0].operator_id, some[0].currency)]
        world.state(alike)
    world.pools["group"] = ["a", "B", "b"]
    for operator in world.operators:
        for group in ("a", "B"):
            payer = world.pick(DriverId)
            twins.do(lambda store, group=group, payer=payer, op=operator: store.statements.put_payer(op.id, group, payer))
    for driver in world.drivers:
        given = {"driver_id": driver.id, "operator_id": driver.operator_id}
        world.put(lambda store: store.drivers.put_member, GroupMember, 2, "group since", **given)
        world.put(
            lambda store: store.direct_debits.put_mandate,
            Mandate,
            1,
            "id number",
            number=driver.email,
            account=DebtorAccount("Ada", IBANS[0]),
            **given,
        )
    listed = [one.id for one in (*world.statements, *world.documents)]
    world.pools[DocumentId] = listed
    world.put(lambda store: store.payments.put, Payment, 12, "operator_id id driver_id currency")
    for one in world.random.sample([*world.statements, *world.documents], 6):
        given = {"document_id": one.id, "operator_id": one.operator_id, "amount": one.due, "reclaimed": None, "notices": ()}
        world.put(lambda store: store.dunning.put, DunningCase, 1, **given)
    return world


@seeds
def test_both_stores_agree_on_statements(twins: Twins, seed: int) -> None:
    world = stated(twins, seed)
    stands = world.statements[0]
    alike = [one.id for one in world.statements if (one.operator_id, one.currency) == (stands.operator_id, stands.currency)]
    first, others = stands.id, alike[1:2]
    for note in (one for one in world.documents if one.content.corrects and one.due.minor > 100 and one.currency == stands.currency):
        parts = {other: Money(100, note.currency) for other in others}
        twins.do(lambda store, note=note, parts=parts: store.statements.apply_credit(note.id, first, parts))
    for pdf in (b"first", b"second"):
        twins.do(lambda store, pdf=pdf: store.statements.put_pdf(first, pdf, "0" * 64))

    def queries():
        operator_id, driver_id, some = world.pick(OperatorId), world.pick(DriverId), world.random.choice(world.statements)
        limit, at, document_id = world.random.randrange(1, 9), world.at(), world.pick(DocumentId)
        after, numbers = world.random.choice((None, world.pick(DriverId))), [one.number for one in world.statements]
        listed, text = world.random.choice((None, world.pick(DocumentId))), world.random.choice(("", "", "ada", "STM", "user@"))
        paid = [PaidSearch(state, at, timedelta(days=world.random.randrange(3))) for state in PaidState]
        searches = [StatementSearch(text, paid=one) for one in (None, *paid)]
        searches += [StatementSearch(text, *world.random.choice(((at, None), (None, at))))]
        return (
            lambda store: store.statements.statement(some.id),
            lambda store: store.statements.lock(some.id),
            lambda store: store.statements.lock_numbered(operator_id, numbers),
            lambda store: store.statements.by_number(operator_id, some.number),
            lambda store: store.statements.of_driver(driver_id, limit),
            lambda store: walked(lambda request: store.statements.page_of(driver_id, request)),
            lambda store: walked(lambda request: store.statements.page(operator_id, request)),
            *(lambda store, one=one: walked(lambda request: store.statements.page(operator_id, request, one)) for one in searches),
            lambda store: store.statements.of_document(document_id),
            lambda store: store.statements.awaiting_statement(operator_id, at, after, limit),
            lambda store: store.statements.documents_of(driver_id, at),
            lambda store: store.statements.credits(operator_id),
            lambda store: store.statements.credits(operator_id, driver_id),
            lambda store: store.statements.applied_credits(some),
            lambda store: store.statements.payer_of(driver_id, at),
            lambda store: store.statements.payers(operator_id),
            lambda store: store.statements.pdf(some.id),
            lambda store: store.statements.without_pdf(limit),
            lambda store: store.direct_debits.mandates_of(driver_id),
            lambda store: store.direct_debits.active_mandates(operator_id),
            lambda store: store.direct_debits.mandate(operator_id, "0@x.example"),
            lambda store: store.dunning.due(operator_id, at, 1, listed, limit),
            lambda store: store.direct_debits.open_statements(operator_id, limit),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_the_status_of_documents(twins: Twins, seed: int) -> None:
    world = stated(twins, seed)
    for one in world.random.sample(world.documents, 15):
        given = {"document_id": one.id, "operator_id": one.operator_id, "currency": one.currency, "driver_id": one.driver_id}
        amounts = [Money(world.random.choice((one.due.minor, one.due.minor // 2)), one.currency)] * 2
        state = world.random.choice(
            (Captured(amounts[0], "", world.at(), amounts[1]), Refunding(*amounts, amounts[1], "", *[world.at()] * 2, ""))
        )
        state = world.random.choice((state, Unknown(state, world.at(), ""))) if isinstance(state, Refunding) else state
        world.put(lambda store: store.payments.put, Payment, 1, "id", state=state, **given)

    def queries():
        operator_id, at, due = world.pick(OperatorId), world.at(), timedelta(days=world.random.randrange(3))
        kind = world.random.choice((None, *DocumentKind))
        some = [DocumentSearch(kind=kind, paid=PaidSearch(state, at, due)) for state in PaidState]
        asked = [lambda store, one=one: store.documents.search(operator_id, one, 99) for one in some]
        asked += [lambda store, one=one: walked(lambda request: store.documents.page(operator_id, one, request)) for one in some]
        return asked

    world.ask(queries)
