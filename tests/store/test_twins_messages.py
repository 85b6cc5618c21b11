"""Both stores answer alike: charger messages, the quarantine, the outbox, the audit log and its seals, and commands."""

from dataclasses import replace
from datetime import timedelta

from forecourt.drivers import group_of
from forecourt.flows.ports import AuditEntry, AuditSearch, ChargerOrder, InvoiceSession, LogSeal, OutboxItem, QuarantineEntry
from forecourt.kernel import ChargerId, DriverId, OperatorId, SessionId, SiteId, TokenUid
from forecourt.stations import (
    Acknowledgement,
    ConnectorReported,
    ConnectorState,
    Message,
    MeterSample,
    SetLimit,
    StartCharge,
    StopCharge,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    Verdict,
)
from twins import T0, Twins, World, any_order, seeds, walked

TRANSACTIONS = ["1", "2", "3"]


def said(rows):
    """Without the numbers: a store may skip some."""
    return [(one.message.charger_id, one.message.dedupe_key, one.message, one.ack, one.applied) for one in rows]


@seeds
def test_both_stores_agree_on_charger_messages(twins: Twins, seed: int) -> None:
    world = World(twins, seed)
    chargers = twins.first(lambda store: store.stations.chargers())
    groups = [*(group_of(one.id) for one in world.drivers), ""]

    def message() -> tuple[Message, Acknowledgement]:
        charger, at = world.random.choice(chargers), world.at()
        transaction, samples = world.random.choice(TRANSACTIONS), (MeterSample(at, 100),)
        fact = world.random.choice(
            (
                TransactionStarted(at, 1, transaction, "04A1", samples),
                TransactionUpdated(at, 1, transaction, samples=samples),
                TransactionEnded(at, transaction, None, None, samples, StopReason.DRIVER),
                ConnectorReported(at, 1, ConnectorState.AVAILABLE),
            )
        )
        key = f"{type(fact).__name__}/{transaction}/{world.random.choice('abc')}"  # the same key, the same message
        ack = Acknowledgement(transaction, world.random.choice(list(Verdict)), group=world.random.choice(groups))
        return Message(charger.id, charger.operator_id, charger.site_id, at, type(fact).__name__, fact, key, "{}"), ack

    for _ in range(20):
        messages, acks = zip(*[message() for _ in range(world.random.randrange(1, 4))], strict=True)
        twins.ask([lambda store, messages=messages, acks=acks: store.inbox.add(messages, acks)])
    for site in world.sites:

        def third(store, site=site):
            return [row.id for row in store.inbox.all_rows(site.id, 0, 99)[::3]]

        twins.do(lambda store, site=site, third=third: store.inbox.mark_applied(site.id, third(store)))

    def queries():
        operator_id, site_id, driver_id = world.pick(OperatorId), world.pick(SiteId), world.pick(DriverId)
        charger_id, transaction, limit = world.pick(ChargerId), world.random.choice(TRANSACTIONS), world.random.randrange(1, 9)
        return (
            lambda store: any_order(store.inbox.sites_waiting()),
            lambda store: said(store.inbox.unapplied(site_id, 99)),
            lambda store: said(store.inbox.unapplied_starts(operator_id, driver_id)),
            lambda store: said(store.inbox.of_session(charger_id, transaction)),
            lambda store: said(rows := store.inbox.all_rows(site_id, 0, limit)) + said(store.inbox.all_rows(site_id, rows[-1].id, 3)),
            lambda store: store.inbox.lock_site(site_id),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_the_quarantine(twins: Twins, seed: int) -> None:
    world = World(twins, seed)
    world.pools |= {"subject": ["s1", "s2"], "code": ["c1", "c2"], "settled": [""], "cleared_at": [None]}
    entries = world.put(lambda store: store.inbox.quarantine, QuarantineEntry, 25)
    for one in entries[:8]:
        cleared = (one.operator_id, one.id, T0, world.random.choice(("", "settled")))
        twins.ask([lambda store, cleared=cleared: store.inbox.clear_quarantine(*cleared)])

    def queries():
        operator_id, site_id, at, limit = world.pick(OperatorId), world.pick(SiteId), world.at(), world.random.randrange(1, 9)
        subject, code = world.pick("subject"), world.pick("code")
        return (
            lambda store: store.inbox.quarantined(limit),
            lambda store: walked(lambda request: store.inbox.quarantine_page(operator_id, request)),
            lambda store: store.inbox.quarantine_count(),
            lambda store: store.inbox.quarantine_count(operator_id),
            lambda store: store.inbox.quarantine_count(operator_id, at),
            lambda store: store.inbox.quarantined_about(operator_id, subject),
            lambda store: any_order(store.inbox.cleared_by_staff(site_id, code)),
        )

    world.ask(queries)


def test_entries_of_one_instant_are_listed_in_the_order_of_their_page(twins: Twins) -> None:
    world = World(twins, 0)
    world.put(lambda store: store.inbox.quarantine, QuarantineEntry, 5, operator_id=world.operators[0].id, at=T0, cleared_at=None)

    def both(store):
        return store.inbox.quarantined(), store.inbox.quarantine_page(world.operators[0].id).rows

    listed, page = twins.first(both)
    assert tuple(listed) == page and len(page) == 5
    assert twins.ask([both])


@seeds
def test_both_stores_agree_on_outbox_items(twins: Twins, seed: int) -> None:
    world = World(twins, seed)
    world.pools |= {"lane": ["charger", "task", "partner-a", "partner-b"], "key": ["k1", "k2", "k3"], "attempts": [0], "error": [""]}
    world.pools["idempotency_key"] = [f"once/{n}" for n in range(30)]
    stop = ChargerOrder(ChargerId("C0"), StopCharge("1"))
    limit = ChargerOrder(ChargerId("C0"), SetLimit(1, 16, 1, "1"))
    starts = [ChargerOrder(ChargerId("C0"), StartCharge(1, uid, 1)) for uid in ("04A1", "04B2")]
    items = world.put(
        lambda store: store.outbox.put, OutboxItem, 15, work=lambda: world.random.choice([stop, *starts, limit]), lane="charger"
    )
    items += world.put(lambda store: store.outbox.put, OutboxItem, 20, work=InvoiceSession(SessionId(world.id())))
    world.random.shuffle(items)
    for _ in range(3):
        lane, at = world.pick("lane"), world.at()
        twins.ask([lambda store, lane=lane, at=at: store.outbox.claim(lane, at, 3, 3600)])
    for one in items[:9]:
        done = (one.id, world.at(), world.random.choice(("ACCEPTED", "ACCEPTED (late)", "REJECTED")))
        twins.do(lambda store, done=done: store.outbox.done(*done))
    items = [replace(one, attempts=world.random.choice((0, -1))) for one in items]  # as claimed; -1 stands for the claim of what waits
    twins.do(*[lambda store, one=one: store.outbox.retry(one, T0 + timedelta(hours=1), "away") for one in items[7:12]])
    back = world.random.sample(["k1", "k2", "k3"], 2), world.at()
    twins.do(lambda store: store.outbox.retry_now("charger", *back))
    twins.ask([lambda store: store.outbox.release(items[5:25])])

    def queries():
        operator_id, lane, key, at = world.pick(OperatorId), world.pick("lane"), world.pick("key"), world.at()
        limit, uid = world.random.randrange(1, 9), TokenUid(world.random.choice(("04A1", "04B2")))
        return (
            lambda store: store.outbox.lanes_due("partner", at),
            lambda store: store.outbox.open_items(lane, limit),
            lambda store: store.outbox.starts(operator_id, uid, at),
            lambda store: store.outbox.history(key, limit),
            lambda store: store.outbox.claim(lane, at, limit, 60),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_the_audit_log_and_commands(twins: Twins, seed: int) -> None:
    world = World(twins, seed)
    world.pools["subject"] = ["s1", "s2"]
    entries = world.put(lambda store: store.audit.add, AuditEntry, 20)

    def record(found):
        return [(one.number, one.id, one.operator_id, one.at, one.actor, one.action, one.subject, one.data) for one in found]

    for number in (1, 2):
        found = twins.first(lambda store: store.log_seals.waiting(T0 + timedelta(days=1), 4))
        numbers = tuple(one.number for one in found)
        seal = world.make(LogSeal, number=number, entries=numbers, digests=tuple(str(one) for one in numbers))
        twins.do(lambda store, seal=seal: store.log_seals.add(seal))
    twins.do(lambda store: store.commands.put("known", b"answer", T0, "digest"))

    def queries():
        operator_id, subject, at, limit = world.pick(OperatorId), world.pick("subject"), world.at(), world.random.randrange(1, 9)
        key = world.random.choice(("known", "unknown"))
        some, area = world.random.choice(entries), world.random.choice(("", "", "site"))
        about = frozenset({some.subject})
        searches = [
            AuditSearch(frozenset({some.actor})),
            AuditSearch(area=some.action.partition(".")[0]),
            AuditSearch(None, area, about, some.detail[1:4].upper()),
            AuditSearch(None, area, about, "nothing like it", *world.random.choice(((at, None), (None, at)))),
            AuditSearch(frozenset({some.actor, "else"}), area, frozenset(), world.random.choice(("S", "s1", "%"))),
        ]
        return (
            lambda store: walked(lambda request: store.audit.page(operator_id, request)),
            *(lambda store, one=one: walked(lambda request: store.audit.page(operator_id, request, one)) for one in searches),
            lambda store: store.audit.about(operator_id, subject),
            lambda store: store.audit.recent(limit),
            lambda store: store.log_seals.lock(),
            lambda store: store.log_seals.newest(),
            lambda store: record(store.log_seals.waiting(at, limit)),
            lambda store: [(one, waits) for (found, waits) in store.log_seals.unsealed() for one in record([found])],
            lambda store: [(seal, record(found)) for seal, found in store.log_seals.chain()],
            lambda store: store.commands.answer(key),
            lambda store: store.commands.request_digest(key),
        )

    world.ask(queries)
    assert not twins.do(lambda store: store.commands.put("known", b"another", T0))
