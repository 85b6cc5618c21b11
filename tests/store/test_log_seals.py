"""The sealed audit log in the database: late commits are in the next seal, and every change is detected."""

from datetime import timedelta

import psycopg

from forecourt.flows.desk import format_seal, parse_seal, seal_log, verify_log
from forecourt.flows.desk.log_sealing import LogReport
from forecourt.flows.ports import AuditEntry, Transactions
from forecourt.store import PostgresTransactions

from .conftest import T0

NOW = T0 + timedelta(hours=1)


def entry(sample, subject: str) -> AuditEntry:
    return AuditEntry(sample.id(), sample.operator.id, T0, "system", "site.limits", subject)


def seal(transactions: Transactions) -> int:
    with transactions.begin() as store:
        return seal_log(store, NOW)


def looked(transactions: Transactions, kept: str = "") -> LogReport:
    with transactions.begin() as store:
        return verify_log(store, parse_seal(kept) if kept else None)


def test_an_entry_committed_after_a_seal_is_covered_by_the_next_seal(transactions: Transactions, database_url: str, sample) -> None:
    with PostgresTransactions(database_url) as others:
        with others.begin() as slow:
            slow.audit.add(entry(sample, "slow"))
            slow.audit.recent()  # written, with the lower number
            with transactions.begin() as store:
                store.audit.add(entry(sample, "quick"))
            assert seal(transactions) == 1
            first = looked(transactions)
        assert looked(transactions).waiting == 1
        assert seal(others) == 1
    last = looked(transactions, format_seal(first.newest))
    assert (last.sealed, last.waiting, last.differences) == (2, 0, ())
    assert (first.newest.entries, last.newest.entries) == ((2,), (1,))


# Each by itself, of a sealed entry and of its seal.
CHANGES = (
    "UPDATE audit_log SET entry_id = gen_random_uuid()",
    "UPDATE audit_log SET operator_id = gen_random_uuid()",
    "UPDATE audit_log SET operator_id = NULL",
    "UPDATE audit_log SET at = at - interval '1 minute'",
    "UPDATE audit_log SET actor = 'bob'",
    "UPDATE audit_log SET action = 'site.add'",
    "UPDATE audit_log SET subject = 'harbour'",
    "UPDATE audit_log SET salt = gen_random_uuid()",
    """UPDATE audit_log SET data = data || '{"detail": "63 A"}'""",
    "DELETE FROM audit_log",
    "UPDATE audit_seals SET number = number + 1",
    "UPDATE audit_seals SET sealed_at = sealed_at - interval '1 minute'",
    "UPDATE audit_seals SET until = until - interval '1 minute'",
    "UPDATE audit_seals SET total = total + 1",
    "UPDATE audit_seals SET previous = ''",
    "UPDATE audit_seals SET digest = ''",
    "UPDATE audit_seals SET entries = '{2}'",
    "UPDATE audit_seals SET digests = '{x}'",
    "DELETE FROM audit_seals",
)


def test_changes_to_sealed_entries_are_detected_even_if_triggers_are_bypassed(
    transactions: Transactions, database_url: str, sample
) -> None:
    with transactions.begin() as store:
        store.audit.add(entry(sample, "market"))
    seal(transactions)
    assert looked(transactions).differences == ()
    with psycopg.connect(database_url, autocommit=True, options="-c session_replication_role=replica") as owner:
        owner.execute("CREATE TEMP TABLE log AS TABLE audit_log; CREATE TEMP TABLE seals AS TABLE audit_seals")
        for statement in CHANGES:
            owner.execute(statement.encode())
            assert looked(transactions).differences, statement
            owner.execute("DELETE FROM audit_log; INSERT INTO audit_log OVERRIDING SYSTEM VALUE TABLE log")
            owner.execute("DELETE FROM audit_seals; INSERT INTO audit_seals TABLE seals")
    assert looked(transactions).differences == ()


def test_an_entry_inserted_with_an_old_date_is_detected_before_and_after_sealing(
    transactions: Transactions, database_url: str, sample
) -> None:
    with transactions.begin() as store:
        store.audit.add(entry(sample, "market"))
    seal(transactions)
    with psycopg.connect(database_url) as owner:
        owner.execute(
            """INSERT INTO audit_log (entry_id, operator_id, at, actor, action, subject, data)
            SELECT gen_random_uuid(), operator_id, at - interval '2 days', actor, action, subject, data FROM audit_log"""
        )
    for count in (0, 1):
        assert ["was inserted later" in one for one in looked(transactions).differences] == [True]
        assert seal(transactions) == 1 - count
