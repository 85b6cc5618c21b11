"""Expired rows are deleted after their days, in batches, by one process at a time, skipping locked rows."""

from dataclasses import replace
from datetime import timedelta

import psycopg

from forecourt.drivers import Account, App, AppGrant, Role, SignIn
from forecourt.flows.ports import CollectPayment
from forecourt.store import PostgresTransactions, delete_expired, ensure_partitions
from forecourt.store.retention import BATCH


def test_expired_sign_ins_and_grants_are_deleted_after_ninety_days(transactions: PostgresTransactions, database_url: str, sample) -> None:
    account, at = Account(sample.id(), sample.operator.id, "ada@example.org", Role.DRIVER), sample.t0
    with transactions.begin() as store:
        sample.fill(store)
        store.drivers.put_account(account)
        store.apps.put_app(app := App(sample.id(), sample.operator.id, "Volt", (), at))
        for name, then in (("spent", at - timedelta(days=91)), ("kept", at - timedelta(days=89))):
            store.commands.put(name, b"yes", then)
            assert not store.payments.webhook_seen(name, then)
            store.drivers.put_sign_in(SignIn(name.encode(), account.id, at - timedelta(days=400), then))
            store.apps.put_grant(AppGrant(name.encode(), sample.operator.id, app.id, account.id, at - timedelta(days=400), then))
    assert delete_expired(database_url, at) == {"commands": 1, "webhook_events": 1, "sign_ins": 1, "app_grants": 1}
    assert delete_expired(database_url, at) == {}
    with transactions.begin() as store:
        assert (store.commands.answer("spent"), store.commands.answer("kept")) == (None, b"yes")
        assert [store.payments.webhook_seen(name, at) for name in ("spent", "kept")] == [False, True]
        assert [one.digest for one in store.drivers.sign_ins(account.id)] == [b"kept"]
        assert [one.family for one in store.apps.grants_of(account.id)] == [b"kept"]


def test_completed_work_is_deleted_after_400_days_but_payment_orders_are_not(
    transactions: PostgresTransactions, database_url: str, sample
) -> None:
    work = CollectPayment(sample.id())
    items = {lane: sample.item(work, lane, lane=lane) for lane in ("task", "payment", "notice", "charger")}
    with transactions.begin() as store:
        sample.fill(store)
        for item in items.values():
            store.outbox.put(item)
        for lane, days in (("task", 401), ("payment", 401), ("notice", 399)):
            store.outbox.done(items[lane].id, sample.t0 - timedelta(days=days), "done")
    assert delete_expired(database_url, sample.t0) == {"outbox": 1}
    with transactions.begin() as store:
        assert [lane for lane in items if store.outbox.history(lane)] == ["payment", "notice", "charger"]


def test_the_newest_plan_of_a_site_is_kept_however_old(transactions: PostgresTransactions, database_url: str, sample) -> None:
    with transactions.begin() as store:
        sample.fill(store)
        for number in (1, 2, 3):
            store.plans.put(sample.plan(number))
    assert delete_expired(database_url, sample.t0 + timedelta(days=89)) == {}
    assert delete_expired(database_url, sample.t0 + timedelta(days=91)) == {"plans": 2}
    with transactions.begin() as store:
        assert store.plans.latest(sample.site.id) == sample.plan(3)


def test_monthly_reading_partitions_are_dropped_once_no_operator_keeps_that_month(
    transactions: PostgresTransactions, database_url: str, sample
) -> None:
    session = sample.session()
    later = replace(sample.operator, id=sample.id(), name="Later", keep_readings_months=60)
    with transactions.begin() as store:
        sample.fill(store)
        store.stations.put_operator(later)
        store.sessions.put(session)
        store.sessions.add_points([sample.point(session, minutes, 10 * minutes) for minutes in (0, 1, -60 * 24 * 30)])
    ensure_partitions(database_url, sample.t0.date(), 1)
    in_time, over = sample.t0.replace(year=2031), sample.t0.replace(year=2031, month=12)
    assert delete_expired(database_url, in_time) == {"meter_points_default": 1}
    assert delete_expired(database_url, over) == {"meter_points_2026_11": 2}
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT to_regclass('meter_points_2026_11'), count(*) FROM meter_points").fetchone() == (None, 0)


def test_deletion_commits_in_batches_and_skips_locked_rows(database_url: str, sample) -> None:
    rows = f"INSERT INTO commands SELECT n::text, '', '2026-01-01Z'::timestamptz + n * interval '1s' FROM generate_series(1, {2 * BATCH}) n"
    with psycopg.connect(database_url, autocommit=True) as connection, psycopg.connect(database_url) as other:
        connection.execute(rows.encode())
        other.execute("SELECT FROM commands WHERE key = '1' FOR UPDATE")
        assert delete_expired(database_url, sample.t0, batches=1) == {"commands": BATCH}
        assert connection.execute("SELECT count(*) FROM commands").fetchone() == (BATCH,)
        assert delete_expired(database_url, sample.t0) == {"commands": BATCH - 1}
        other.rollback()
        assert delete_expired(database_url, sample.t0) == {"commands": 1}


def test_one_process_deletes_at_a_time_and_others_do_not_wait(database_url: str, sample) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO commands VALUES ('1', '', '2026-01-01Z')")
        connection.execute("SELECT pg_advisory_lock(hashtext('forgetting'))")
        assert delete_expired(database_url, sample.t0) == {}
        connection.execute("SELECT pg_advisory_unlock(hashtext('forgetting'))")
        assert delete_expired(database_url, sample.t0) == {"commands": 1}
