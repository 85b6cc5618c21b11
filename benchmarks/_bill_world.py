"""A month of ended charges, stored with the tasks to bill them; the checks of the bills, read from the store; one worker."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import psycopg
from documents import LANGUAGES, OPERATOR, SITE, SOLD, record

from forecourt.assembly.clock import SystemClock
from forecourt.assembly.identifiers import RandomIds
from forecourt.drivers import Driver, PayBy
from forecourt.flows.ports import InvoiceSession, OutboxItem, Store
from forecourt.jobs import Worker, WorkerPorts
from forecourt.kernel import ChargerId, DriverId, EvseId, PaymentId, SessionId
from forecourt.ledger import verify_chain
from forecourt.payments import Adopt, Answer, ClearingLine, PaymentOrder, ProcessorEvent, ProcessorRecord, Rejected, Unanswered
from forecourt.sessions import ChargeRecord
from forecourt.stations import Approval, Charger, Evse, Operator, Order, OrderResult, Outcome, Site
from forecourt.store import PostgresTransactions

DRIVERS = 500
BATCH = 500
LEASE_S = 20.0


def place(store: Store) -> None:
    """One socket, one tariff, drivers on account in every language."""
    store.stations.put_operator(Operator(OPERATOR, "Test", "Forecourt Test GmbH", "DE", "DE123456789", "Ladeweg 1, 10115 Berlin", "EUR"))
    where = (Decimal("52.5"), Decimal("13.4"))
    store.stations.put_site(Site(SITE, OPERATOR, "test", "Marktplatz", "Markt 1, 10115 Berlin", "DE", "Europe/Berlin", "EUR", *where))
    store.stations.put_charger(Charger(ChargerId("CP1"), Approval.APPROVED, OPERATOR, SITE))
    store.stations.put_evse(Evse(EvseId(UUID(int=101)), OPERATOR, SITE, ChargerId("CP1"), 1, "B1", "IEC_62196_T2", "T2", ("L1",), 230, 32))
    for number in range(DRIVERS):
        said = (f"Driver {number}", f"d{number}@x.example", LANGUAGES[number % len(LANGUAGES)], PayBy.ACCOUNT)
        store.drivers.put_driver(Driver(_driver(number), OPERATOR, *said, address="Weg 2, 75001 Paris"))
    store.prices.put_version(SOLD)


def charges(store: Store, numbers: Sequence[int]) -> None:
    """Ended, each with the task that bills it, as the end of a charge leaves them."""
    ids, at = RandomIds(), datetime.now(UTC)
    for number in numbers:
        made = _record(number)
        store.sessions.end(made)
        key = f"invoice/{made.session_id}"
        store.outbox.put(OutboxItem(ids.new(at), OPERATOR, SITE, "task", key, InvoiceSession(made.session_id), at, key))


def _record(number: int) -> ChargeRecord:
    """Of today, so that no month is over before the run is."""
    made, sent = record(number), timedelta(seconds=number % 3600)
    return replace(
        made, session_id=SessionId(UUID(int=10_000 + number)), driver_id=_driver(number % DRIVERS), started_at=made.started_at - sent
    )


def _driver(number: int) -> DriverId:
    return DriverId(UUID(int=1000 + number))


@dataclass(frozen=True)
class Found:
    documents: int
    charges_billed: int
    last_number: int
    files: int
    false_hashes: int
    unprinted: int
    without_xml: int
    mean_pdf_kb: int


def found(url: str) -> Found:
    """Read by SQL, so that none of the code under test is believed."""
    queries = (
        "SELECT count(*) FROM documents",
        "SELECT count(DISTINCT session_id) FROM documents WHERE kind = 'INVOICE'",
        "SELECT coalesce(max(sequence), 0) FROM documents WHERE series = 'INV'",
        "SELECT count(*) FROM document_pdfs JOIN documents USING (document_id)",
        "SELECT count(*) FROM document_pdfs WHERE encode(sha256(pdf), 'hex') <> sha256 OR encode(sha256(xml), 'hex') <> xml_sha256",
        "SELECT count(*) FROM unprinted_documents",
        "SELECT count(*) FROM document_pdfs WHERE length(xml) = 0",
        "SELECT coalesce(avg(length(pdf))::int / 1024, 0) FROM document_pdfs",
    )
    with psycopg.connect(url) as connection:
        return Found(*(_number(connection, query) for query in queries))


def books_are_whole(url: str) -> int:
    """The ledger's transactions, after its chain and its sum were checked."""
    with PostgresTransactions(url) as transactions, transactions.begin() as store:
        verify_chain(store.ledger.chain(OPERATOR))
        assert store.ledger.sum_minor("EUR") == 0, "the ledger does not sum to zero"
        return sum(1 for _ in store.ledger.chain(OPERATOR))


def _number(connection: "psycopg.Connection[tuple[int, ...]]", query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


class NoHints:
    async def publish(self, topic: str) -> None:
        """Nobody is told: every worker looks once a second."""

    async def listen(self, topic: str, heard: object) -> None:
        """Nothing is heard."""

    async def listen_named(self, topic: str, named: object) -> None:
        """Nor this."""

    async def register(self, name: str) -> None:
        """There is nobody to answer."""

    async def withdraw(self, name: str) -> None:
        """Nor here."""

    async def is_present(self, name: str) -> bool | None:
        """Nobody knows of the others."""
        return None


class NoProcessor:
    """Nobody here pays by card; a worker's hourly look at the clearing file finds nothing."""

    def clearing(self, since: datetime) -> Sequence[ClearingLine]:
        return ()

    def carry_out(self, order: PaymentOrder, repeated: bool = False) -> Answer | ProcessorRecord:
        return Unanswered("nobody pays by card")

    def adopt(self, wanted: Adopt) -> Rejected:
        return Rejected("not_supported")

    def fetch_record(self, payment_id: PaymentId) -> ProcessorRecord | None:
        return None

    def parse_webhook(self, body: bytes, signature: str, at: datetime) -> ProcessorEvent | None:
        return None


async def _ask(charger_id: ChargerId, order: Order, order_id: str = "") -> OrderResult:
    return OrderResult(Outcome.UNREACHABLE)


def work(url: str) -> None:
    """The product's own worker, until it or who hired it is killed."""
    transactions = PostgresTransactions(url)
    ports = WorkerPorts(transactions, SystemClock(), RandomIds(), NoHints(), _ask, NoProcessor(), LEASE_S)
    asyncio.run(_while_hired(Worker(ports)))


async def _while_hired(worker: Worker) -> None:
    hired_by, working = os.getppid(), asyncio.create_task(worker.run())
    while os.getppid() == hired_by and not working.done():
        await asyncio.wait((working,), timeout=1)
    working.cancel()
    await working  # what ended it; a cancelled one says so
