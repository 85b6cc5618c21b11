"""Constraints of the database itself, and its migrations."""

import subprocess
import sys
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from uuid import UUID

import msgspec
import psycopg
import pytest

from databases import as_if_newest
from forecourt.billing import Invoice
from forecourt.drivers import RoamingPartner, Token, TokenKind, TokenStatus
from forecourt.flows.ports import Grant, RoamingCharge, Transactions
from forecourt.kernel import Conflict, DriverId, OperatorId, SessionId, TokenUid
from forecourt.ocpi import AuthMethod, CdrToken
from forecourt.reservations import Booking
from forecourt.stations import Acknowledgement, Charger, Contact, Obedience
from forecourt.store import PostgresTransactions, await_schema, ensure_partitions, migrate
from forecourt.store.codec import Codec, json_bytes
from roaming_world import registered

GRANT = Codec[Grant](Grant)
BOOKING = Codec[Booking](Booking)
CHARGE = Codec[RoamingCharge](RoamingCharge)


def newest() -> str:
    scripts = files("forecourt.store.migrations") / "versions"
    return max(script.name[1:5] for script in scripts.iterdir() if script.name.startswith("v"))


def test_repeated_and_concurrent_migrations_are_harmless(empty_database_url: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: migrate(empty_database_url), range(3)))
    migrate(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(newest(),)]
        assert connection.execute("SELECT count(*) FROM settings WHERE name = 'transaction_secret'").fetchone() == (1,)


def test_a_start_on_the_current_schema_does_not_load_the_migrations(database_url: str) -> None:
    start = f"import sys; from forecourt.store import migrate; migrate({database_url!r}); print('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_process_waits_while_the_schema_is_created_and_does_not_migrate_an_older_one(empty_database_url: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda bring: bring(empty_database_url), (await_schema, migrate, await_schema)))
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(newest(),)]
        connection.execute("UPDATE alembic_version SET version_num = '0041'")
    with pytest.raises(Conflict, match="at step 0041"):
        await_schema(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0041",)]


def test_bookings_stored_before_flexible_ones_are_promised_their_own_window(empty_database_url: str, sample) -> None:
    migrate(empty_database_url, "0001")
    booking = sample.booking(1, 2)
    paper = {name: value for name, value in BOOKING.pack(booking).items() if name not in ("within", "buffer_s", "power")}
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(
            """INSERT INTO bookings VALUES (%s, %s, %s, %s, %s, %s, 0, tstzrange(%s, %s), 'Confirmed', NULL, %s)""",
            (
                booking.operator_id, booking.site_id, booking.id, booking.kind, booking.driver_id, booking.number,
                booking.window.start, booking.window.end, json_bytes(paper).decode(),
            ),
        )  # fmt: skip
    migrate(empty_database_url)
    with PostgresTransactions(empty_database_url) as transactions, transactions.begin() as store:
        assert store.bookings.booking(booking.id) == booking
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("SELECT promised = slot, promised_w, promised_wh FROM bookings").fetchall() == [(True, 0, 0)]


def test_documents_stored_before_partner_shares_are_due_in_full(empty_database_url: str, sample) -> None:
    migrate(empty_database_url, "0005")
    invoice = sample.invoice()
    paper = json_bytes(Codec[Invoice](Invoice).pack(invoice)).decode()
    site = json_bytes({"zone": "Europe/Berlin"}).decode()
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(
            "INSERT INTO documents VALUES (%s, %s, %s, %s, 'INV', 2026, 1, 'INVOICE', %s, NULL, NULL, NULL, %s, 'EUR', 119, %s)",
            (sample.operator.id, sample.site.id, invoice.id, invoice.number, sample.driver.id, invoice.issued_at, paper),
        )
        connection.execute("INSERT INTO operators VALUES (%s, 'Demo', '{}')", (sample.operator.id,))
        connection.execute("INSERT INTO sites VALUES (%s, %s, 'berlin', %s)", (sample.operator.id, sample.site.id, site))
    migrate(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("SELECT due_minor FROM documents").fetchall() == [(119,)]
        assert connection.execute("SELECT data->>'zone' FROM operators").fetchall() == [("Europe/Berlin",)]
    with PostgresTransactions(empty_database_url) as transactions, transactions.begin() as store:
        assert store.documents.document(invoice.id) == invoice
        assert store.documents.without_files(invoice.issued_at) == [invoice]  # it had no file
    with pytest.raises(psycopg.IntegrityError), psycopg.connect(empty_database_url) as connection:
        connection.execute("UPDATE documents SET due_minor = 0")


def test_messages_pending_before_the_migration_are_pending_after_it(empty_database_url: str) -> None:
    migrate(empty_database_url, "0003")
    with psycopg.connect(empty_database_url) as connection:
        for number, applied_at in ((1, "2026-11-01"), (2, None), (3, None)):
            connection.execute(
                """INSERT INTO facts VALUES (%s, gen_random_uuid(), '00000000-0000-0000-0000-000000000007', 'CP1', %s::text,
                '2026-11-01', '2026-11-01', 'Heartbeat', 'ChargerBooted', NULL, '{}', '{}', '{}', '{}', %s)""",
                (number, number, applied_at),
            )
    migrate(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        found = connection.execute("SELECT unnest(ids) FROM facts_waiting ORDER BY 1").fetchall()
    assert found == [(2,), (3,)]


def test_messages_stored_before_the_index_change_are_still_recognised_as_repeats(empty_database_url: str, sample) -> None:
    messages, none = [sample.started(), sample.metered("b")], Acknowledgement()
    migrate(empty_database_url, "0032")
    with psycopg.connect(empty_database_url) as connection:  # a column that those who wrote then filled
        connection.execute("ALTER TABLE facts ALTER occurred_at SET DEFAULT '2026-11-01'")
    with PostgresTransactions(empty_database_url) as transactions:
        with as_if_newest(empty_database_url), transactions.begin() as store:
            store.inbox.add(messages, [Acknowledgement("77"), none])
        migrate(empty_database_url)
        with transactions.begin() as store:
            assert list(store.inbox.add(messages, [Acknowledgement("78"), none])) == [
                Acknowledgement("77", repeated=True),
                Acknowledgement(repeated=True),
            ]


def test_no_column_defaults_to_the_database_clock(database_url: str) -> None:
    query = """SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'
        AND (column_default ~* 'now|current_|clock_timestamp')"""
    with psycopg.connect(database_url) as connection:
        assert connection.execute(query).fetchall() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET minor = minor + 1",
        "DELETE FROM ledger_entries",
        "TRUNCATE ledger_entries",
        "UPDATE ledger_txns SET digest = ''",
        "DELETE FROM ledger_txns",
        "UPDATE documents SET gross_minor = 0",
        "DELETE FROM documents",
        "UPDATE document_pdfs SET sha256 = ''",
        "UPDATE audit_log SET actor = ''",
        "TRUNCATE audit_log",
        "UPDATE audit_seals SET digest = ''",
        "DELETE FROM audit_seals",
        "TRUNCATE audit_seals",
        "DELETE FROM tariff_versions",
        "UPDATE tariff_versions SET data = '{}'",
        "INSERT INTO ledger_entries SELECT operator_id, position, 9, account, currency, 1 FROM ledger_entries LIMIT 1",
        "INSERT INTO ledger_txns SELECT operator_id, 9, 'k', at, subject, previous, digest, data FROM ledger_txns LIMIT 1",
    ],
)
def test_issued_documents_ledger_entries_and_sealed_log_entries_cannot_be_changed(
    transactions: Transactions, database_url: str, sample, statement: str
) -> None:
    from forecourt.flows.desk import seal_log
    from forecourt.flows.ports import AuditEntry, document_files

    sample.filled(transactions)
    with transactions.begin() as store:
        invoice = sample.invoice()
        store.documents.put(invoice)
        store.documents.put_files(invoice.id, document_files(b"%PDF"))
        store.ledger.post(sample.txn("invoice/1"))
        store.prices.put_version(sample.version(0, 1))
        store.audit.add(AuditEntry(sample.id(), None, sample.t0, "system", "issue", "1"))
    with transactions.begin() as store:
        assert seal_log(store, sample.t0 + timedelta(hours=1)) == 1
    with pytest.raises(psycopg.IntegrityError), psycopg.connect(database_url) as connection:
        connection.execute(statement.encode())


def test_meter_points_move_into_the_partition_of_their_month(transactions: Transactions, database_url: str, sample) -> None:
    sample.filled(transactions)
    session = sample.session()
    points = [sample.point(session, minutes, 10 * minutes) for minutes in range(5)]
    with transactions.begin() as store:
        store.sessions.put(session)
        store.sessions.add_points(points[:3])
    for _ in range(2):
        ensure_partitions(database_url, date(2026, 11, 23), 2)
    with transactions.begin() as store:
        store.sessions.add_points(points[3:])
    with transactions.begin() as store:
        assert list(store.sessions.points(session.id)) == points
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM meter_points_2026_11").fetchone() == (5,)
        assert connection.execute("SELECT count(*) FROM meter_points_default").fetchone() == (0,)
        assert connection.execute("SELECT to_regclass('meter_points_2026_12') IS NOT NULL").fetchone() == (True,)
    assert datetime.fromisoformat("2026-12-01T00:00:00Z") > sample.t0


def test_sockets_seen_to_obey_limits_before_are_migrated_as_obedient_and_others_as_untested(empty_database_url: str) -> None:
    migrate(empty_database_url, "0021")
    papers = {1: {"prompt": True}, 2: {"prompt": False}, 3: {}}
    with psycopg.connect(empty_database_url) as connection:
        for number, known in papers.items():
            ids = {"evse_id": UUID(int=number), "operator_id": UUID(int=8), "site_id": UUID(int=9)}
            connection.execute(
                "INSERT INTO grants VALUES (%s, %s, %s, %s)", (UUID(int=8), UUID(int=9), UUID(int=number), json_bytes(ids | known).decode())
            )
    migrate(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        kept = [GRANT.read(json_bytes(paper)) for (paper,) in connection.execute("SELECT data FROM grants ORDER BY evse_id")]
    assert [one.obedience for one in kept] == [Obedience.OBEYS, Obedience.UNTESTED, Obedience.UNTESTED]


def test_roaming_charges_stored_before_reservations_keep_their_own_id(empty_database_url: str) -> None:
    migrate(empty_database_url, "0044")
    operator_id, session_id, partner_id, at = UUID(int=1), UUID(int=2), UUID(int=3), datetime(2026, 6, 1, 12, tzinfo=UTC)
    token = CdrToken(country_code="NL", party_id="TNM", uid="04FACADE", type="RFID", contract_id="NL8ACC12E46L89")
    charge = RoamingCharge(
        session_id, SessionId(session_id), OperatorId(operator_id), partner_id, token, AuthMethod.WHITELIST, None, at, at
    )
    paper = {name: value for name, value in msgspec.to_builtins(CHARGE.pack(charge)).items() if name not in ("id", "reserved")}
    with psycopg.connect(empty_database_url) as connection:
        row = (operator_id, session_id, partner_id, at, at, json_bytes(paper).decode())
        connection.execute("INSERT INTO roaming_charges VALUES (%s, %s, %s, %s, %s, %s)", row)
    migrate(empty_database_url)
    with PostgresTransactions(empty_database_url) as transactions, transactions.begin() as store:
        assert store.roaming_charges.charge(session_id) == store.roaming_charges.charge_of(SessionId(session_id)) == charge


def test_a_token_offered_to_a_partner_before_the_migration_still_authenticates_it(empty_database_url: str) -> None:
    migrate(empty_database_url, "0048")
    partner = registered(OperatorId(UUID(int=1)))
    paper = msgspec.json.decode(json_bytes(Codec[RoamingPartner](RoamingPartner).pack(partner)))
    del paper["state"]["before"], paper["state"]["offer"]
    paper["state"]["renewing"] = b64encode(b"offered").decode()
    with psycopg.connect(empty_database_url) as connection:
        row = (partner.operator_id, partner.id, "NL", "TNM", partner.digest.hex(), b"offered".hex(), json_bytes(paper).decode())
        columns = "operator_id, partner_id, country, party, digest, renewing, paper"
        connection.execute(f"INSERT INTO roaming_partners ({columns}) VALUES (%s, %s, %s, %s, %s, %s, %s)", row)
    migrate(empty_database_url)
    with PostgresTransactions(empty_database_url) as transactions, transactions.begin() as store:
        kept = store.roaming.by_digest(b"offered")
        assert kept.digests == (partner.digest, b"offered") and kept.state.offer.over == partner.digest
        assert replace(kept, state=partner.state) == partner
        store.roaming.put_partner(replace(kept, state=kept.state.shown(b"offered", read_only=False)))
        assert store.roaming.by_digest(partner.digest) is None


def test_contact_history_starts_at_the_last_contact_of_disconnected_chargers(empty_database_url: str, sample) -> None:
    migrate(empty_database_url, "0064")
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("INSERT INTO operators VALUES (%s, 'Demo', '{}')", (sample.operator.id,))
        connection.execute("INSERT INTO sites VALUES (%s, %s, 'berlin', '{}')", (sample.operator.id, sample.site.id))
        for one, connected in zip(sample.chargers, (False, True, False), strict=False):
            paper = json_bytes(Codec[Charger](Charger).pack(replace(one, connected=connected, seen_at=sample.t0))).decode()
            written = (one.id, sample.operator.id, sample.site.id, paper)
            connection.execute("INSERT INTO chargers VALUES (%s, %s, %s, 'APPROVED', %s::jsonb - 'contact')", written)
        connection.execute("UPDATE chargers SET paper = paper - 'seen_at' WHERE charger_id = 'CA-302'")
    migrate(empty_database_url)
    with PostgresTransactions(empty_database_url) as transactions, transactions.begin() as store:
        found = [store.stations.charger(one.id).contact for one in sample.chargers[:3]]
        assert found == [Contact(sample.t0, sample.t0), Contact(), Contact()]


def test_cards_blocked_by_a_dispute_before_the_migration_are_blocked_by_that_dispute_alone(empty_database_url: str) -> None:
    """The operator blocked none of them; a payer blocked B."""
    migrate(empty_database_url, "0066")
    operator, driver, dispute = (UUID(int=number) for number in range(1, 4))
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("INSERT INTO operators VALUES (%s, 'Demo', '{}')", (operator,))
        connection.execute("INSERT INTO drivers VALUES (%s, %s, 'ada@x.example', '{}')", (operator, driver))
        for uid, payer in (("A", None), ("B", DriverId(dispute)), ("C", None)):
            token = Token(TokenUid(uid), OperatorId(operator), DriverId(driver), TokenKind.RFID, TokenStatus.BLOCKED, blocked_by=payer)
            paper = json_bytes(Codec[Token](Token).pack(token)).decode()
            connection.execute("INSERT INTO tokens VALUES (%s, %s, %s, %s::jsonb - 'disputed')", (operator, uid, driver, paper))
        blocked = '{"blocked": ["A", "B"]}'
        columns = "operator_id, dispute_id, payment_id, open, opened_at, paper"
        connection.execute(f"INSERT INTO disputes ({columns}) VALUES (%s, 'dp_1', %s, true, now(), %s)", (operator, dispute, blocked))
    migrate(empty_database_url)
    with PostgresTransactions(empty_database_url) as transactions, transactions.begin() as store:
        found = {one.uid: (one.status.value, one.disputed) for one in store.drivers.tokens_of(DriverId(driver))}
    assert found == {"A": ("ACTIVE", ("dp_1",)), "B": ("BLOCKED", ("dp_1",)), "C": ("BLOCKED", ())}
