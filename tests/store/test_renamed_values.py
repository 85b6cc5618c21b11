"""Step 0081: values stored under earlier names of fields and kinds are read under the current ones, and no text is changed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest
from psycopg import sql

from forecourt.billing import Complaint
from forecourt.drivers import ChargingNeed, GuestVisit
from forecourt.flows.ports import Grant, PowerDay, PowerPlan, RoamingCdr, RoamingCharge, RoamingCommand, Work
from forecourt.kernel import Money
from forecourt.notices import Notice
from forecourt.payments import DunningCase, Payment
from forecourt.reservations import Booking, Deposit, Ticket, WaitlistEntry
from forecourt.settlement import Finding, Question, StoredLine, StoredRow
from forecourt.stations import AcceptanceTest, Charger, Fact, SiteAllowances
from forecourt.store import backup, migrate, restore
from forecourt.store.codec import Codec

ID, AT, LATER = str(UUID(int=1)), "2026-06-01T12:00:00Z", "2026-06-01T13:00:00Z"
AT_AS_READ, LATER_AS_READ = datetime(2026, 6, 1, 12, tzinfo=UTC), datetime(2026, 6, 1, 13, tzinfo=UTC)
EUR = {"minor": 100, "currency": "EUR"}
SPAN = {"start": AT, "end": LATER}
OF = {"id": ID, "operator_id": ID}
PLACE = {**OF, "site_id": ID, "kind": "AC", "driver_id": ID}
NOTE = {"at": AT, "code": "bay", "what": "B1"}
QUOTED = 'The "words": "told": , and {"said_at": 1}'
TOKEN = {"country_code": "NL", "party_id": "TNM", "uid": "04FA", "type": "RFID", "contract_id": "NL8ACC1"}
CHARGE = {"token": TOKEN, "auth_method": "WHITELIST", "authorization_reference": None, "began_at": AT, "changed_at": AT}
HELD = {"hold": EUR, "reference": "r", "asked_at": AT}
PAYMENT = {**OF, "driver_id": ID, "method": "m", "currency": "EUR", "made_at": AT}
REFUNDING = {"kind": "Refunding", "captured": EUR, "amount": EUR, "refunded": EUR, "reference": "r", "captured_at": LATER, "why": "x"}
STATES: tuple[dict[str, Any], ...] = (
    {"kind": "HoldAsked", "amount": EUR, "asked_at": AT},
    {"kind": "AtPayer", "amount": EUR, "asked_at": AT, "reference": "r", "page": "", "secret": ""},
    {"kind": "Withdrawing", **HELD, "why": "x"},
    {"kind": "Capturing", **HELD, "amount": EUR},
    {"kind": "Releasing", **HELD, "why": "x"},
    {"kind": "Charging", "amount": EUR, "asked_at": AT},
    {**REFUNDING, "asked_at": AT},
)
LIMIT = {"evse_number": 1, "source": "EMS", "told_at": AT}
CHARGER = {
    "id": "C",
    "approval": "APPROVED",
    "way_in": {"profile": 2, "network": "n"},
    "works": [{"kind": "LOG", "number": 1, "place": "p", "by": "b", "asked_at": AT}],
    "certificates": {"request": {"csr": "c", "asked_at": AT}, "renewal_asked_at": LATER},
    "outside": [LIMIT],
    "set_aside": [{"evse_number": 1, "source": "EMS", "at": AT}],
    "schedules": [{"evse_number": 1, "at": AT, "unit": "A", "steps": [[0, 6.0]], "told_a": 7}],
}
ALLOWANCES = {**OF, "site_id": ID, "said": [{"source": "SO", "told_at": AT, "steps": [], "unless_told_w": 5}]}
NOTICE = {**OF, "driver_id": ID, "kind": "invoice", "channel": "mail", "made_at": AT, "says": {"site": "S", "words": QUOTED}}
DOUBT = {"kind": "CHANGED", "subject": "s", "booked": EUR, "told": {**EUR, "minor": 7}, "since": AT, "operator_id": ID, "words": QUOTED}
LINE = {"id": ID, "account": "a", "day": "2026-06-01", "amount": EUR, "text": "t"}
ADDRESS = {"id": ID, "name": "", "address": "told_at", "city": "c", "postal_code": "", "country": "DEU"}
ADDRESS |= {"coordinates": {"latitude": "52.500000", "longitude": "13.400000"}, "evse_uid": ID, "evse_id": "DE*A*E1", "connector_id": "1"}
ADDRESS |= {"connector_standard": "IEC_62196_T2", "connector_format": "SOCKET", "connector_power_type": "AC_3_PHASE"}
CDR = {"country_code": "DE", "party_id": "ABC", "id": ID, "start_date_time": AT, "end_date_time": LATER, "session_id": ID}
CDR |= {"cdr_token": TOKEN, "auth_method": "WHITELIST", "cdr_location": ADDRESS, "currency": "EUR", "charging_periods": []}
CDR |= {"total_cost": {"before_taxes": "1"}, "total_energy": "1", "total_time": "1", "invoice_reference_id": "I", "last_updated": LATER}
COST = {"kind": "ShowCost", "transaction": "1", "cost": "1", "at": AT, "register_wh": 1, "charging": False, "words": QUOTED}


def order(**content: object) -> dict[str, Any]:
    return {"kind": "ChargerOrder", "charger_id": "C", "order": content}


# A table, the type of its values, a value as earlier programs wrote it, and what is read of it now.
ROWS: tuple[tuple[str, Any, dict[str, Any], Any, Any], ...] = (
    (
        "acceptance_tests",
        AcceptanceTest,
        {**OF, "site_id": ID, "evse_id": ID, "session_id": ID, "by": "b", "begun_at": AT, "limits_a": [6]}
        | {"steps": [{"limit_a": 6, "told_at": AT, "kept_at": LATER}]},
        lambda one: (one.steps[0].sent_at, one.steps[0].obeyed_at),
        (AT_AS_READ, LATER_AS_READ),
    ),
    (
        "bank_lines",
        StoredLine,
        {"line": LINE, "operator_id": ID, "by": "b", "at": AT, "words": QUOTED, "asked": 3},
        lambda one: (one.note, one.to_review, one.line.text),
        (QUOTED, 3, "t"),
    ),
    (
        "booking_deposits",
        Deposit,
        {**PLACE, "booking_id": ID, "amount": EUR, "made_at": AT, "step": "paid", "told": True},
        lambda one: one.notified,
        True,
    ),
    (
        "bookings",
        Booking,
        {**PLACE, "token": "t", "window": SPAN, "number": 1, "lane": 0, "made_at": AT, "state": {"kind": "Confirmed"}, "told": [NOTE]},
        lambda one: one.notified[0].what,
        "B1",
    ),
    (
        "queue_tickets",
        Ticket,
        {**PLACE, "token": "t", "number": 1, "joined_at": AT, "stands_at": AT, "state": {"kind": "Waiting"}, "told": [NOTE]},
        lambda one: one.notified[0].code,
        "bay",
    ),
    (
        "slot_waits",
        WaitlistEntry,
        {**PLACE, "window": SPAN, "energy_wh": 1, "asked_at": AT, "stands_at": LATER, "state": {"kind": "Hoping"}},
        lambda one: one.requested_at,
        AT_AS_READ,
    ),
    (
        "chargers",
        Charger,
        CHARGER,
        lambda one: (
            *(one.last_connection.network, one.works[0].requested_at, one.certificates.request.requested_at),
            *(one.certificates.renewal_requested_at, one.outside[0].reported_at, one.disregarded[0].source, one.schedules[0].accepted_a),
        ),
        ("n", AT_AS_READ, AT_AS_READ, LATER_AS_READ, AT_AS_READ, "EMS", 7),
    ),
    (
        "clearing_findings",
        Finding,
        {"id": ID, "doubt": DOUBT, "found_at": AT},
        lambda one: (one.doubt.reported, one.doubt.detail),
        (Money(7, "EUR"), QUOTED),
    ),
    (
        "clearing_rows",
        StoredRow,
        {"operator_id": ID, "seen_at": AT, "booked": False}
        | {"line": {"id": "r", "payment_id": None, "gross": EUR, "fee": EUR, "at": AT, "words": QUOTED}},
        lambda one: one.line.description,
        QUOTED,
    ),
    (
        "complaints",
        Complaint,
        {**OF, "driver_id": ID, "document_id": ID, "number": "1", "said_at": AT, "words": QUOTED},
        lambda one: (one.raised_at, one.text),
        (AT_AS_READ, QUOTED),
    ),
    (
        "statement_questions",
        Question,
        {**OF, "partner_id": ID, "statement_id": ID, "number": "1", "place": 1, "said_at": AT, "words": QUOTED},
        lambda one: (one.raised_at, one.text),
        (AT_AS_READ, QUOTED),
    ),
    (
        "dunning_cases",
        DunningCase,
        {"document_id": ID, "operator_id": ID, "driver_id": ID, "number": "1", "amount": EUR, "since": AT, "asked_back": EUR},
        lambda one: one.reclaimed,
        Money(100, "EUR"),
    ),
    ("grants", Grant, {"evse_id": ID, "operator_id": ID, "site_id": ID, "asked_at": AT}, lambda one: one.refused_at, AT_AS_READ),
    (
        "guest_visits",
        GuestVisit,
        {**OF, "site_id": ID, "evse_id": ID, "driver_id": ID, "digest": "YQ==", "tariff_version_id": ID, "price_because": "", "made_at": AT}
        | {"letters": "YQ=="},
        lambda one: one.email_seed,
        b"a",
    ),
    (
        "needs",
        ChargingNeed,
        {"operator_id": ID, "site_id": ID, "driver_id": ID, "energy_wh": 1, "departure": None, "said_at": AT},
        lambda one: one.stated_at,
        AT_AS_READ,
    ),
    ("notices", Notice, NOTICE, lambda one: (one.content.site, one.content.words), ("S", QUOTED)),
    *(("payments", Payment, {**PAYMENT, "state": one}, lambda one: one.state.requested_at, AT_AS_READ) for one in STATES),
    *(
        (
            "payments",
            Payment,
            {**PAYMENT, "state": {"kind": "Unknown", "pending": one, "since": LATER, "error": QUOTED}},
            lambda one: (one.state.pending.requested_at, one.state.error),
            (AT_AS_READ, QUOTED),
        )
        for one in STATES
        if one["kind"] != "AtPayer"
    ),
    (
        "plans",
        PowerPlan,
        {"operator_id": ID, "site_id": ID, "number": 1, "made_at": AT, "status": "ok"}
        | {"setpoints": [{"evse_id": ID, "limit_a": n, "because": QUOTED, "told_a": n} for n in (6, 9)]},
        lambda one: [(each.applied_a, each.because) for each in one.setpoints],
        [(6, QUOTED), (9, QUOTED)],
    ),
    (
        "power_days",
        PowerDay,
        {"operator_id": ID, "site_id": ID, "day": "2026-06-01", "made_at": AT, "charges": 1, "left_out": 0, "assumed": 0, "asked_wh": 5}
        | {"delivered_wh": 1, "bound_wh": 1, "jain": None, "fifth": None, "starved": 0},
        lambda one: one.requested_wh,
        5,
    ),
    (
        "roaming_charges",
        RoamingCharge,
        {**OF, "session_id": ID, "partner_id": ID, **CHARGE, "passing": {"told_at": LATER}, "profile": {"asked_at": AT, "told_a": 8}},
        lambda one: (one.passing.accepted_at, one.profile.requested_at, one.profile.sent_a),
        (LATER_AS_READ, AT_AS_READ, 8),
    ),
    (
        "roaming_cdrs",
        RoamingCdr,
        {
            "document_id": ID,
            "operator_id": ID,
            "partner_id": ID,
            "session_id": ID,
            "made_at": AT,
            "cdr": CDR,
            "passing": {"told_at": AT},
        },
        lambda one: (one.passing.accepted_at, one.cdr.cdr_location.address),
        (AT_AS_READ, "told_at"),
    ),
    (
        "roaming_commands",
        RoamingCommand,
        {**OF, "partner_id": ID, "response_url": "u", "asked_at": AT},
        lambda one: one.requested_at,
        AT_AS_READ,
    ),
    (
        "site_allowances",
        SiteAllowances,
        ALLOWANCES,
        lambda one: (one.allowances[0].stated_at, one.allowances[0].unless_renewed_w),
        (AT_AS_READ, 5),
    ),
    ("outbox", Work, order(**COST), lambda one: (one.order.text, type(one.order).__name__), (QUOTED, "ShowCost")),
    *(
        ("outbox", Work, work, lambda one: type(getattr(one, "order", one)).__name__, now)
        for work, now in (
            (order(kind="AskCharge", transaction="1"), "QueryCharge"),
            (order(kind="TellPaying", evse_number=1, seconds=1), "NotifyWebPayment"),
            (order(kind="ComeAgain"), "Reconnect"),
            ({"kind": "AskPayment", "document_id": ID}, "CollectPayment"),
            ({"kind": "LookAtBank", "actor": "Look"}, "MatchBankLines"),
            ({"kind": "Look", "payment_id": ID, "operator_id": ID, "key": "k"}, "QueryPayment"),
        )
    ),
)
FACTS: tuple[tuple[str, dict[str, Any], str, Any, Any], ...] = (
    ("OutsideLimitTold", {"at": AT, "limit": LIMIT}, "ExternalLimitSet", lambda one: one.limit.reported_at, AT_AS_READ),
    (
        "SettlementTold",
        {"at": AT, "reference": "r", "state": "Settled", "amount": "1", "words": QUOTED},
        "SettlementReported",
        lambda one: one.detail,
        QUOTED,
    ),
    (
        "OutsideLimitLifted",
        {"at": AT, "evse_number": 1, "source": "told_at"},
        "ExternalLimitLifted",
        lambda one: one.source,
        "told_at",
    ),
    ("InventoryTold", {"at": AT, "number": 4}, "InventoryReported", lambda one: one.number, 4),
    ("CarAsked", {"at": AT, "evse_number": 2}, "CarNeedsReported", lambda one: one.evse_number, 2),
    ("CertificateAsked", {"at": AT, "csr": "told_at"}, "CertificateRequested", lambda one: one.csr, "told_at"),
    ("TransactionEnded", {"at": AT, "transaction": "words"}, "TransactionEnded", lambda one: one.transaction, "words"),
)
COLUMNS = """SELECT column_name, data_type FROM information_schema.columns
    WHERE table_name = %s AND is_nullable = 'NO' AND column_default IS NULL AND identity_generation IS NULL"""
WRITTEN = "SELECT ctid::text, {column}::text FROM {table} ORDER BY ctid"


def insert(connection: psycopg.Connection[Any], table: str, **known: object) -> None:
    """A row whose other columns are whatever their types and rules take."""
    of = {
        "uuid": "gen_random_uuid()",
        "text": "gen_random_uuid()::text",
        "bigint": "1",
        "integer": "1",
        "boolean": "false",
        "date": "now()",
    }
    of |= {"timestamp with time zone": "now()", "tstzrange": "tstzrange(now(), now() + interval '1 hour')", "ARRAY": "'{}'", "json": "'{}'"}
    names = [(name, of[kind]) for name, kind in connection.execute(COLUMNS, [table]) if name not in known]
    columns = sql.SQL(", ").join(sql.Identifier(one) for one in (*known, *(name for name, _ in names)))
    values = sql.SQL(", ").join((*(sql.Literal(one) for one in known.values()), *(sql.SQL(one) for _, one in names)))  # type: ignore[arg-type]
    connection.execute(sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), columns, values))


@pytest.fixture
def before(empty_database_url: str) -> str:
    """A database of the step before, with the rows above."""
    migrate(empty_database_url, "0080")
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("SET session_replication_role = replica")  # what a row refers to is not needed here
        for number, (table, _, paper, *_) in enumerate(ROWS):
            known: dict[str, object] = {"step": "paid"} if table == "booking_deposits" else {}
            known |= {"number": number + 1} if table == "plans" else {}
            insert(connection, table, paper=msgspec.json.encode(paper).decode(), **known)
        for kind, fact, *_ in FACTS:
            insert(connection, "facts", kind=kind, fact=msgspec.json.encode(fact).decode())
    return empty_database_url


def read(url: str) -> Iterator[Any]:
    """What is read of each row of `ROWS` and `FACTS`, in that order."""
    with psycopg.connect(url) as connection:
        rows = {table: [one for (one,) in connection.execute(f"SELECT data::text FROM {table} ORDER BY ctid")] for table, *_ in ROWS}
        facts = connection.execute("SELECT kind, fact::text FROM facts ORDER BY id").fetchall()
    values: dict[str, list[Any]] = {table: [Codec(kind).read(one.encode()) for one in rows[table]] for table, kind, *_ in ROWS}
    for table, _, _, look, _ in ROWS:
        yield look(values[table].pop(0))
    kinds = {one.__name__: one for one in Fact.__args__}
    for (kind, fact), (*_, look, _) in zip(facts, FACTS, strict=True):
        yield kind, look(Codec(kinds[kind]).read(fact.encode()))


EXPECTED = [*(found for *_, found in ROWS), *((kind, found) for *_, kind, _, found in FACTS)]


def test_values_stored_under_earlier_names_are_read_under_the_current_ones(before: str) -> None:
    migrate(before)
    assert list(read(before)) == EXPECTED


def test_repeating_the_renaming_migration_changes_nothing(before: str) -> None:
    migrate(before, "0081")
    with psycopg.connect(before) as connection:
        queries = [
            sql.SQL(WRITTEN).format(column=sql.Identifier(column), table=sql.Identifier(table))  # type: ignore[arg-type]
            for table, column in {**{table: "paper" for table, *_ in ROWS}, "facts": "fact"}.items()
        ]
        first = [connection.execute(query).fetchall() for query in queries]
        connection.execute("UPDATE alembic_version SET version_num = '0080'")
    migrate(before, "0081")
    with psycopg.connect(before) as connection:
        assert [connection.execute(query).fetchall() for query in queries] == first


def test_a_backup_from_before_the_renaming_is_restored_under_the_current_names(before: str, tmp_path: Path, databases: Any) -> None:
    with psycopg.connect(before) as connection:
        connection.execute("SET session_replication_role = replica")
        for table in ("roaming_cdrs", "bookings", "chargers", "statement_questions", "complaints", "queue_tickets", "slot_waits"):
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    copy = tmp_path / "copy.zip"
    backup(before, copy)
    with databases.empty() as url:
        restore(url, copy)
        with psycopg.connect(url) as connection:
            (paper,) = connection.execute("SELECT data::text FROM notices").fetchone() or ("",)
        assert Codec[Notice](Notice).read(paper.encode()).content.words == QUOTED
