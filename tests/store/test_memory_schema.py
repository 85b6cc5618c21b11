"""The memory store refuses what PostgreSQL refuses: each constraint of a migrated database has a rule of the same name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import count
from pkgutil import iter_modules
from typing import Any, get_args, get_type_hints

import psycopg
import pytest

import forecourt.store.postgres as postgres
from forecourt.flows.ports import AuditEntry, DocumentFiles, LogSeal, PowerPlan
from forecourt.kernel import DocumentId, DriverId, Money, OperatorId, SiteId
from forecourt.offers import PlanVersion
from forecourt.reservations import Booking, BookingRules, Confirmed, Habits
from forecourt.stations import Site
from forecourt.store.memory.constraints import Fixed, ForeignKey, Unique
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.memory.journal import Rows
from forecourt.store.memory.schema import SCHEMA
from forecourt.store.postgres.db_connection import Table
from twin_money import MoneyWorld
from twins import T0, Act, Twins, World

# Constraints without a rule in memory, by what else holds them there.
HELD_OTHERWISE = {
    "the type of the field": {
        "booking_deposits_step",
        "bookings_bound",
        "bookings_power",
        "bookings_promise",
        "bookings_promised_w_check",
        "bookings_promised_wh_check",
        "bookings_slot_check",
        "charger_history_check",
        "documents_gross_minor_check",
        "guest_bookings_step",
        "price_entries_valid_check",
        "queue_tickets_held",
    },
    "a transaction is one value with its entries, which sum to zero": {
        "ledger_entries_balanced",
        "ledger_entries_pkey",
        "ledger_entries_txn",
        "ledger_txns_balanced",
    },
    "the store numbers the rows itself": {"audit_log_pkey"},
    "there is only one key": {"clearing_reading_only_row_check"},
    "a repeat is no error: it is looked up by these columns, and answered or passed over": {"facts_once", "outbox_once"},
}
# Tables for which nothing stands in memory: kept by triggers and the migration, or by PostgreSQL's own means.
ELSEWHERE = {
    "alembic_version",
    "audit_unsealed",
    "config_generation",
    "facts_waiting",
    "ledger_balances",
    "settings",
}
# Columns that a function fills where the field is None.
FILLED = {"price_entries.site_id", "tariff_versions.site_id"}

CONSTRAINTS = """SELECT conname, conrelid::regclass::text, contype::text, condeferred, coalesce(confrelid::regclass::text, ''),
    ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY(conkey) ORDER BY 1)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conparentid = 0 AND contype <> 'n'
UNION ALL SELECT relname, indrelid::regclass::text, 'i', false, '', '{}' FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE relnamespace = 'public'::regnamespace AND indisunique AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
ORDER BY 1"""
# Tables of which no row is updated, or none deleted.
FIXED = """SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE (proname = 'refuse_change' OR proname LIKE 'keep_%') AND tgtype & 1 = 1"""
REQUIRED = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND is_nullable = 'NO'"

RULES = {one.name: one for one in SCHEMA}
DECLARED = {one.table: one for one in vars(MemoryDatabase).values() if isinstance(one, Rows)}


@dataclass(frozen=True, slots=True)
class Found:
    """A constraint of the database. kind: as in pg_constraint, or i: a unique index. to: the table it refers to."""

    name: str
    table: str
    kind: str
    deferred: bool
    to: str
    columns: list[str]


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url) as opened:
        yield opened


@pytest.fixture
def constraints(connection: psycopg.Connection[Any]) -> list[Found]:
    found = [Found(*row) for row in connection.execute(CONSTRAINTS)]
    return [one for one in found if one.table not in ELSEWHERE]


def upserts() -> Mapping[str, set[str]]:
    """The columns by which PostgreSQL finds the row that a value replaces, by table."""
    modules = [import_module(f"{postgres.__name__}.{one.name}") for one in iter_modules(postgres.__path__)]
    tables = [one for module in modules for one in vars(module).values() if isinstance(one, Table)]
    return {one.table: set(one.key) for one in tables if one.key}


def held_by_key(one: Found) -> bool:
    """A dict has one value per key: that holds a unique key with more columns, or the same if rows are replaced by just these."""
    key = set(DECLARED[one.table].key.split())
    if one.kind == "p":
        return key <= set(one.columns)
    return one.kind == "u" and key == set(one.columns) and upserts().get(one.table, key) == key


def test_each_postgresql_constraint_has_a_rule_in_the_memory_store(constraints: list[Found]) -> None:
    otherwise = set().union(*HELD_OTHERWISE.values())
    lacking = [f"{one.table}: {one.name}" for one in constraints if one.name not in RULES.keys() | otherwise and not held_by_key(one)]
    assert not lacking, "Add rules to store/memory/schema.py:\n" + "\n".join(lacking)


def test_each_rule_and_exception_belongs_to_an_existing_constraint(connection: psycopg.Connection[Any], constraints: list[Found]) -> None:
    names = {one.name for one in constraints}
    fixed = {f"{table}_fixed" for (table,) in connection.execute(FIXED)}
    required = {f"{table}.{column}" for table, column in connection.execute(REQUIRED)}
    otherwise = set().union(*HELD_OTHERWISE.values())
    assert RULES.keys() <= names | fixed | required
    assert otherwise <= names and not otherwise & RULES.keys()


def test_each_rule_has_the_table_columns_and_kind_of_its_constraint(constraints: list[Found]) -> None:
    for one in constraints:
        match RULES.get(one.name):
            case ForeignKey() as rule:
                columns = 2 if rule.same_operator else 1
                assert (rule.table, rule.to, columns, rule.deferred) == (one.table, one.to, len(one.columns), one.deferred), one
            case Unique() as rule:
                assert (rule.table, rule.deferred) == (one.table, one.deferred), one
                names = {name.rpartition(".")[2] for name in rule.columns.split()} if isinstance(rule.columns, str) else set()
                assert one.kind != "u" or len(names) in (0, len(one.columns)), one


def test_tables_guarded_by_triggers_are_immutable_in_the_memory_store(connection: psycopg.Connection[Any]) -> None:
    guarded = {table for (table,) in connection.execute(FIXED)} - {"ledger_entries"}
    assert guarded <= {one.table for one in SCHEMA if isinstance(one, Fixed)}


def test_each_table_exists_in_the_memory_store(connection: psycopg.Connection[Any]) -> None:
    tables = {table for table, _ in connection.execute(REQUIRED)} - {"meter_points_default", "ledger_entries"}
    assert tables - ELSEWHERE == {one for one in DECLARED if "." not in one}


def test_a_not_null_column_is_a_field_that_is_never_none(connection: psycopg.Connection[Any]) -> None:
    required = connection.execute(REQUIRED).fetchall()
    values = {one.table: get_args(one.__orig_class__)[1] for one in DECLARED.values()}  # type: ignore[attr-defined]
    optional = {
        f"{table}.{column}"
        for table, column in required
        if isinstance(kind := values.get(table), type) and type(None) in get_args(get_type_hints(kind).get(column))
    }
    assert optional - FILLED <= RULES.keys()


def test_rows_that_refer_to_a_missing_row_are_refused_by_both_stores(twins: Twins) -> None:
    world = World(twins, 0)
    nowhere, site = world.id(), replace(world.sites[0], id=SiteId(world.id()))
    acts: list[Act] = [
        lambda store: store.documents.put_files(DocumentId(nowhere), world.make(DocumentFiles)),
        lambda store: store.statements.put_pdf(DocumentId(nowhere), b"pdf", "digest"),
        lambda store: store.statements.put_payer(world.operators[0].id, "a", DriverId(nowhere)),
        lambda store: store.partners.put_pdf(nowhere, b"pdf", "digest"),
        lambda store: store.partners.put_self_billed_files(nowhere, DocumentId(nowhere), world.make(DocumentFiles)),
        lambda store: store.bookings.put_rules(site, BookingRules()),
        lambda store: store.bookings.put_habits(site, "T2", world.make(Habits)),
    ]
    assert not any(twins.do(one) for one in acts)


def test_a_referenced_row_cannot_change_its_operator(twins: Twins) -> None:
    world = World(twins, 0)
    site, (first, other) = world.sites[0], world.operators
    assert site.operator_id == first.id
    assert not twins.do(lambda store: store.stations.put_site(replace(site, operator_id=other.id)))


def test_a_refused_unit_of_work_leaves_its_unique_keys_free(twins: Twins) -> None:
    world = World(twins, 0)
    site = world.sites[0]
    lost, new = (replace(site, id=SiteId(world.id()), slug="new", operator_id=one) for one in (OperatorId(world.id()), site.operator_id))
    assert not twins.do(lambda store: store.stations.put_site(lost))
    assert twins.do(lambda store: store.stations.put_site(new))


def test_two_rows_may_swap_unique_values_only_where_the_constraint_is_deferred(twins: Twins) -> None:
    world = World(twins, 0)

    def put(*bookings: Booking) -> bool:
        return twins.do(*[lambda store, one=one: store.bookings.put(one) for one in bookings])

    def name(*sites: Site) -> bool:
        return twins.do(*[lambda store, one=one: store.stations.put_site(one) for one in sites])

    one, other, _ = world.sites
    assert not name(replace(one, slug=other.slug), replace(other, slug=one.slug))
    assert name(replace(one, slug="free"), replace(other, slug=one.slug))
    here = {"site_id": one.id, "operator_id": one.operator_id, "kind": "T2", "state": Confirmed(), "window": world.span(), "within": None}
    first, second = (world.make(Booking, lane=lane, power=None, power_outcome=None, notified=(), **here) for lane in (0, 1))
    assert put(first, second)
    assert not put(replace(first, lane=1))
    assert put(replace(first, lane=1), replace(second, lane=0))


def test_a_row_that_is_only_inserted_cannot_be_put_twice(twins: Twins) -> None:
    world = MoneyWorld(twins, 0)
    version = {"operator_id": world.operators[0].id, "fee": Money(100, "EUR"), "title": "Plan", "share_percent": 150, "benefits": ()}

    def acts() -> list[Act]:
        number = next(numbers)
        seal, plan = world.make(LogSeal, number=number, entries=(1,), digests=("a",)), world.make(PowerPlan, number=number)
        entry, invoice = world.make(AuditEntry, id=world.id()), world.invoice(number)
        offered = world.make(PlanVersion, id=world.id(), **version)
        return [
            lambda store: store.documents.put(invoice),
            lambda store: store.log_seals.add(seal),
            lambda store: store.plans.put(plan),
            lambda store: store.audit.add(entry),
            lambda store: store.memberships.put_version(offered),
            lambda store: store.commands.put(f"key/{number}", b"answer", T0),
        ]

    numbers = count(1)
    for one in acts():
        assert twins.do(one)
        assert not twins.do(one)
    assert not any(twins.do(one, one) for one in acts())
