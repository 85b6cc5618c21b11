"""A backup is the whole database at one instant; a restore is complete or changes nothing."""

from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest

from databases import Databases
from forecourt.flows.desk import seal_log, verify_log
from forecourt.flows.ports import AuditEntry, Transactions
from forecourt.kernel import BadInput, Conflict
from forecourt.ledger import verify_chain
from forecourt.reservations import BookingRules
from forecourt.stations import Acknowledgement
from forecourt.store import PostgresTransactions, backup, migrate, restore


def _fill(transactions: Transactions, sample) -> None:
    sample.filled(transactions)
    session = sample.session()
    with transactions.begin() as store:
        store.sessions.put(session)
        store.sessions.add_points([sample.point(session, 0, 0), sample.point(session, 10, 1000)])
        store.inbox.add([sample.started()], [Acknowledgement("1")])
        store.documents.put(sample.invoice(store.documents.next_number(sample.operator.id, "INV", 2026)))
        store.ledger.post(sample.txn("invoice/1"))
        store.plans.put(sample.plan(1))
        store.bookings.put_rules(sample.site, BookingRules(walk_in_min=7))  # its reference to the site is checked row by row
        for minutes in (0, 10):
            at = sample.t0 + timedelta(minutes=minutes)
            store.audit.add(AuditEntry(sample.id(), sample.operator.id, at, "system", "site.limits", "market"))
    with transactions.begin() as store:
        assert seal_log(store, sample.t0 + timedelta(minutes=10)) == 1


def test_a_restored_database_continues_with_the_same_numbers_and_message_keys(
    transactions: Transactions, database_url: str, empty_database_url: str, tmp_path: Path, sample
) -> None:
    _fill(transactions, sample)
    kept = backup(database_url, tmp_path / "copy.zip")
    assert restore(empty_database_url, tmp_path / "copy.zip") == kept
    with PostgresTransactions(empty_database_url) as restored, restored.begin() as store, transactions.begin() as before:
        assert store.sessions.open_at(sample.site.id) == before.sessions.open_at(sample.site.id)
        assert store.inbox.all_rows(sample.site.id, 0, 9) == before.inbox.all_rows(sample.site.id, 0, 9)
        assert store.sessions.points(sample.session().id) == before.sessions.points(sample.session().id)
        assert verify_chain(store.ledger.chain(sample.operator.id)) == 1
        assert verify_log(store) == verify_log(before) and verify_log(store).waiting == 1 and not verify_log(store).differences
        assert store.bookings.rules(sample.site.id).walk_in_min == 7
        assert store.documents.next_number(sample.operator.id, "INV", 2026) == 2
        assert store.inbox.next_transactions(3) == before.inbox.next_transactions(3)
        assert not store.inbox.add([sample.metered("new")], [Acknowledgement()])[0].repeated


def test_a_restore_into_a_database_that_has_data_is_refused(transactions: Transactions, database_url: str, tmp_path: Path, sample) -> None:
    _fill(transactions, sample)
    backup(database_url, tmp_path / "copy.zip")
    with pytest.raises(Conflict):
        restore(database_url, tmp_path / "copy.zip")


def test_a_damaged_backup_is_refused_and_nothing_of_it_is_restored(
    transactions: Transactions, database_url: str, empty_database_url: str, tmp_path: Path, sample
) -> None:
    _fill(transactions, sample)
    file = tmp_path / "copy.zip"
    backup(database_url, file)
    content = file.read_bytes()
    middle = _inside_the_largest_table(file)
    file.write_bytes(content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :])
    with pytest.raises(BadInput):
        restore(empty_database_url, file)
    file.write_bytes(content)
    restore(empty_database_url, file)
    file.write_bytes(b"no zip")
    with pytest.raises(BadInput):
        restore(empty_database_url, file)


def test_a_backup_of_a_newer_release_is_refused_with_its_schema_revision(empty_database_url: str, tmp_path: Path) -> None:
    with ZipFile(tmp_path / "copy.zip", "w") as archive:
        archive.writestr("manifest.json", '{"format": 1, "revision": "9998", "rows": {}, "sequences": {}}')
    with pytest.raises(BadInput, match="of a newer release: step 9998"):
        restore(empty_database_url, tmp_path / "copy.zip")


def _inside_the_largest_table(file: Path) -> int:
    """Not every byte of a zip file matters: times in its headers do not."""
    with ZipFile(file) as archive:
        largest = max(archive.infolist(), key=lambda one: one.compress_size)
    return largest.header_offset + 30 + len(largest.filename) + 20 + largest.compress_size // 2


def test_a_backup_of_an_earlier_schema_is_not_restored_into_a_newer_one(database_url: str, empty_database_url: str, tmp_path: Path) -> None:
    """The migrations in between would not convert them, and no release could read them."""
    migrate(empty_database_url, "0079")
    backup(empty_database_url, tmp_path / "copy.zip")
    with pytest.raises(Conflict, match="the backup at 0079"):
        restore(database_url, tmp_path / "copy.zip")


def test_a_backup_of_an_earlier_schema_is_migrated_when_restored_into_an_empty_database(
    empty_database_url: str, databases: Databases, tmp_path: Path
) -> None:
    migrate(empty_database_url, "0079")
    assert backup(empty_database_url, tmp_path / "copy.zip").revision == "0079"
    with databases.empty() as url:
        restore(url, tmp_path / "copy.zip")
        with PostgresTransactions(url) as transactions, transactions.begin() as store:
            assert store.stations.operators() == []
