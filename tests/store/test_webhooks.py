"""Webhooks on PostgreSQL: the earlier address becomes the first one; couriers and staff do not overwrite each other."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import psycopg

from forecourt.notices import Channel, DeliveryAttempt, Notice, NoticeContent, NoticeKind, Webhook
from forecourt.store import PostgresTransactions, delete_expired, migrate

_OLD_HOOK = "INSERT INTO notice_hooks (operator_id, paper) VALUES (%s, %s)"
_OLD_NOTICE = """INSERT INTO notices (operator_id, notice_id, driver_id, channel, state, made_at, paper)
    VALUES (%(operator_id)s, %(id)s, %(driver_id)s, %(channel)s, %(state)s, %(made_at)s, %(paper)s)"""


def event(sample, number: int = 1) -> Notice:
    about = (sample.operator.id, sample.driver.id, NoticeKind.TURN, Channel.HOOK, sample.t0, NoticeContent())
    return Notice(UUID(int=9000 + number), *about)


def test_a_webhook_address_stored_before_becomes_the_first_webhook_with_its_deliveries(empty_database_url: str, sample) -> None:
    migrate(empty_database_url, "0083")
    sent = event(sample)
    paper = {"operator_id": str(sample.operator.id), "url": "https://erp.example", "secret": "s", "events": ["turn"]}
    other = paper | {"operator_id": str(UUID(int=5)), "url": ""}
    with psycopg.connect(empty_database_url) as connection:
        for one in (paper, other):
            connection.execute(_OLD_HOOK, (one["operator_id"], json.dumps(one)))
        values = {"id": str(sent.id), "operator_id": str(sent.operator_id), "driver_id": str(sent.driver_id)}
        values |= {"kind": "turn", "channel": "hook", "state": "waiting", "made_at": sent.made_at.isoformat(), "content": {}}
        connection.execute(_OLD_NOTICE, values | {"paper": json.dumps(values)})
    migrate(empty_database_url)
    with PostgresTransactions(empty_database_url) as transactions, transactions.begin() as store:
        first = Webhook(sample.operator.id, sample.operator.id, "https://erp.example", "s", events=(NoticeKind.TURN,))
        assert list(store.notices.hooks(sample.operator.id)) == [first] and not store.notices.hooks(UUID(int=5))  # type: ignore[arg-type]
        assert [one.id for one in store.notices.deliveries(sample.operator.id, first.id).rows] == [sent.id]


def test_a_courier_changes_only_the_health_of_a_webhook_and_does_not_restore_a_removed_one(
    transactions: PostgresTransactions, sample
) -> None:
    sample.filled(transactions)
    hook = Webhook(UUID(int=901), sample.operator.id, "https://erp.example", "s")
    with transactions.begin() as store:
        store.notices.put_hook(hook)
    with transactions.begin() as courier:
        seen = courier.notices.hook(hook.id)
        with transactions.begin() as staff:
            staff.notices.put_hook(replace(staff.notices.hook(hook.id), url="https://new.example"))  # type: ignore[type-var]
        courier.notices.put_hook(replace(seen, failing_since=sample.t0))  # type: ignore[type-var]
    with transactions.begin() as store:
        assert store.notices.hook(hook.id) == replace(hook, url="https://new.example", failing_since=sample.t0)
    with transactions.begin() as courier:
        assert courier.notices.hook(hook.id) is not None
        with transactions.begin() as staff:
            staff.notices.drop_hook(hook.id)
        assert courier.notices.lock_hook(hook.id) is None
    with transactions.begin() as store:
        assert store.notices.hook(hook.id) is None


def test_delivery_attempts_are_deleted_with_their_message_and_after_ninety_days(
    transactions: PostgresTransactions, database_url: str, sample
) -> None:
    sample.filled(transactions)
    with transactions.begin() as store:
        for number in (1, 2):
            store.notices.put(event(sample, number))
            for days in (91, 89):
                attempt = DeliveryAttempt(
                    sample.id(), sample.operator.id, UUID(int=9000 + number), sample.t0 - timedelta(days=days), "https://x"
                )
                store.notices.put_attempt(attempt)
    with transactions.begin() as store:
        store.notices.forget(UUID(int=9001))
        assert not store.notices.attempts([UUID(int=9001)])
    assert delete_expired(database_url, sample.t0) == {"delivery_attempts": 1}
    with transactions.begin() as store:
        assert [one.at for one in store.notices.attempts([UUID(int=9002)])] == [sample.t0 - timedelta(days=89)]
