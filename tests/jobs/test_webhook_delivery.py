"""Delivery of events to webhooks: to each that selected them, every attempt recorded, by several workers."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest

from forecourt.drivers import Account, Role
from forecourt.flows.desk import WEBHOOK_LANE_PREFIX, Staff, pause_webhook, redeliver_event, resume_webhook, send_test_event
from forecourt.flows.ports import PageRequest
from forecourt.jobs import WorkerPorts
from forecourt.jobs.claims import Claims
from forecourt.jobs.notice_courier import NoticeCourier
from forecourt.jobs.notice_rounds import NoticeRounds
from forecourt.kernel import Conflict
from forecourt.messengers import WebhookClient
from forecourt.notices import DISABLED_AFTER, MAX_ATTEMPTS, Channel, DeliveryAttempt, Notice, NoticeKind, NoticeState, Webhook, WebhookState
from forecourt.store import PostgresTransactions
from hook_server import Hooks, called_system  # noqa: F401 - a fixture
from stores import both_stores

from ..flows.conftest import NOON, Forecourt, forecourt  # noqa: F401 - a fixture
from .test_notice_courier import Round

FIRST, SECOND = UUID(int=1), UUID(int=801)
EVENTS, WORKERS = 12, 2


def every_address(_: object) -> bool:
    return True


def start(place: Forecourt, server: Hooks, *others: Webhook) -> Round:
    """With a webhook, and staff who look after it."""
    walk = Round(place, caller=WebhookClient(every_address, secure_only=False))
    with place.transactions.begin() as store:
        store.drivers.put_account(Account(UUID(int=77), place.operator_id, "boss@x.example", Role.OPERATOR, "hash"))
        for hook in (Webhook(FIRST, place.operator_id, f"http://127.0.0.1:{server.server_port}/first", "s"), *others):
            store.notices.put_hook(hook)
    return walk


def calls(walk: Round) -> list[Notice]:
    return [one for one in every_notice(walk) if one.channel is Channel.HOOK]


def every_notice(walk: Round) -> list[Notice]:
    with walk.place.transactions.begin() as store:
        return list(store.notices.page(walk.place.operator_id, PageRequest(limit=10_000)).rows)


def attempts(walk: Round, sent: Notice) -> list[DeliveryAttempt]:
    with walk.place.transactions.begin() as store:
        return list(store.notices.attempts([sent.id]))


def hook_of(walk: Round, hook_id: UUID = FIRST) -> Webhook:
    with walk.place.transactions.begin() as store:
        found = store.notices.hook(hook_id)
    assert found is not None
    return found


def staff(walk: Round) -> Staff:
    return Staff(walk.place.operator_id, str(UUID(int=77)), walk.clock.at, walk.place.ids)


@both_stores
def test_each_webhook_gets_its_own_call_and_every_attempt_is_recorded(forecourt, hooks) -> None:  # noqa: F811
    second = Webhook(SECOND, forecourt.operator_id, f"http://127.0.0.1:{hooks.server_port}/second", "t", events=(NoticeKind.TURN,))
    walk = start(forecourt, hooks, second, replace(second, id=UUID(int=802), events=(NoticeKind.READY,)))
    hooks.code, hooks.text = 503, b"well?"
    walk.notify()
    walk.go()
    hooks.code, walk.clock.at = 200, NOON + timedelta(minutes=5)
    walk.go()
    told = {one.webhook_id: attempts(walk, one) for one in calls(walk)}
    assert told.keys() == {FIRST, SECOND} and len(hooks.calls) == 4
    for latest, first in told.values():
        assert (latest.response_code, latest.error, latest.answer) == (200, "", "well?")
        assert (first.response_code, first.error, first.answer) == (503, "answered 503", "well?")
        assert latest.at - first.at == timedelta(minutes=5)
    assert {one["Forecourt-Event"] for one, _ in hooks.calls} == {str(one.id) for one in calls(walk)}


def test_only_the_newest_delivery_attempts_of_an_event_are_stored(forecourt, hooks) -> None:  # noqa: F811
    walk = start(forecourt, hooks)
    walk.notify()
    for _ in range(MAX_ATTEMPTS + 5):
        walk.go()
        walk.clock.at += timedelta(minutes=1)
        (sent,) = calls(walk)
        with forecourt.transactions.begin() as store:
            redeliver_event(store, staff(walk), sent.id)
    stored = attempts(walk, sent)
    assert len(stored) == MAX_ATTEMPTS and stored[0].at == walk.clock.at - timedelta(minutes=1)


def test_a_paused_webhook_gets_only_test_events_and_a_removed_one_nothing(forecourt, hooks) -> None:  # noqa: F811
    walk = start(forecourt, hooks)
    walk.notify()
    with forecourt.transactions.begin() as store:
        pause_webhook(store, staff(walk), FIRST)
        send_test_event(store, staff(walk), FIRST)
    walk.go()
    assert [b'"event":"test"' in body for _, body in hooks.calls] == [True]
    (kept,) = [one for one in calls(walk) if one.kind is NoticeKind.TURN]
    assert (kept.state, kept.error) == (NoticeState.KEPT, "the webhook is paused")
    with forecourt.transactions.begin() as store, pytest.raises(Conflict, match="receives nothing"):
        redeliver_event(store, staff(walk), kept.id)
    with forecourt.transactions.begin() as store:
        resume_webhook(store, staff(walk), FIRST)
        redeliver_event(store, staff(walk), kept.id)
        store.notices.drop_hook(FIRST)
    walk.go()
    assert len(hooks.calls) == 1 and "the webhook was removed" in {one.error for one in calls(walk)}


@both_stores
def test_a_webhook_unreachable_for_long_is_disabled_once_and_staff_are_emailed(forecourt, hooks) -> None:  # noqa: F811
    walk, hooks.code = start(forecourt, hooks), 500
    for number in range(80):
        walk.notify(key=f"turn/{number}")
        walk.go()
        walk.clock.at += timedelta(hours=1)
    hook = hook_of(walk)
    assert hook.state is WebhookState.DISABLED and hook.failing_since == NOON
    assert DISABLED_AFTER <= hook.disabled_at - NOON < DISABLED_AFTER + timedelta(hours=2)
    walk.go()
    (letter,) = [one for one in every_notice(walk) if one.kind is NoticeKind.WEBHOOK_DISABLED]
    with forecourt.transactions.begin() as store:
        logged = [one.action for one in store.audit.about(forecourt.operator_id, str(FIRST))]
    assert letter.to == "boss@x.example" and "answered 500" in letter.text and logged == ["webhook.disable"]
    before = len(hooks.calls)
    walk.notify(key="turn/later")
    walk.go()
    assert len(hooks.calls) == before


def test_two_workers_call_each_webhook_once_for_each_event_and_disable_it_once(database_url: str, hooks) -> None:
    with PostgresTransactions(database_url, least=WORKERS, most=WORKERS) as opened:
        place = Forecourt(opened)
        with opened.begin() as store:
            place.build(store)
        failing = Webhook(
            SECOND, place.operator_id, f"http://127.0.0.1:{hooks.server_port}/broken", "t", failing_since=NOON - DISABLED_AFTER
        )
        hooks.broken = "/broken"
        walk = start(place, hooks, failing)
        for number in range(EVENTS):
            walk.notify(key=f"turn/{number}")
        barrier = Barrier(WORKERS)
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(lambda _: work(walk.ports, barrier), range(WORKERS)))
        arrived = [heads["Forecourt-Event"] for heads, _ in hooks.calls if heads["path"] == "/first"]
        assert len(arrived) == len(set(arrived)) == EVENTS
        ids = [one.id for one in every_notice(walk)]
        with opened.begin() as store:
            made = store.notices.attempts(ids)
            logged = store.audit.about(place.operator_id, str(SECOND))
        assert sum(one.response_code == 204 for one in made) == EVENTS and len(made) == len(hooks.calls)
        assert [one.action for one in logged] == ["webhook.disable"] and hook_of(walk, SECOND).state is WebhookState.DISABLED
        assert sum(one.kind is NoticeKind.WEBHOOK_DISABLED for one in every_notice(walk)) == 1


def work(ports: WorkerPorts, barrier: Barrier) -> None:
    barrier.wait()
    while True:
        with ports.transactions.begin() as store:
            lanes = ["notice", *store.outbox.lanes_due(WEBHOOK_LANE_PREFIX, ports.clock.now())]
            items = [item for lane in lanes for item in store.outbox.claim(lane, ports.clock.now(), 3, 60)]
        if not items:
            return
        for item in items:
            NoticeCourier(ports).deliver(item)


async def test_a_webhook_that_never_answers_delays_no_other_webhook_or_notice(database_url: str, hooks) -> None:
    with PostgresTransactions(database_url, least=6, most=12) as opened:
        place = Forecourt(opened)
        with opened.begin() as store:
            place.build(store)
        silent = Webhook(SECOND, place.operator_id, f"http://127.0.0.1:{hooks.server_port}/silent", "t")
        hooks.silent = "/silent"
        walk = start(place, hooks, silent)
        for number in range(EVENTS):
            walk.notify(key=f"turn/{number}")
        rounds = NoticeRounds(walk.ports, Claims(walk.ports))
        await rounds.call_webhooks()
        while sum(heads["path"] == "/first" for heads, _ in list(hooks.calls)) < EVENTS:
            await asyncio.sleep(0.01)
        waiting = [one for one in calls(walk) if one.webhook_id == SECOND]
        assert len(waiting) == EVENTS and not [one for one in waiting if one.tries], "it has answered nothing so far"
        ended = asyncio.Event()
        rounds.on_end = ended.set
        hooks.answering.set()
        hooks.code = 200
        await ended.wait()
        while [one for one in calls(walk) if one.state is not NoticeState.SENT]:
            await asyncio.sleep(0.01)
        assert len(hooks.calls) == 2 * EVENTS
