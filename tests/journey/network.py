"""The whole network as an operator runs it: PostgreSQL, NATS, a gateway, everything else, and a payment provider.

Each story gets a forecourt of its own in it, set up as `forecourt admin` does.
"""

import asyncio
import hashlib
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx

from forecourt.assembly.admin import Admin
from forecourt.assembly.child_processes import free_port
from forecourt.assembly.identifiers import RandomIds
from forecourt.assembly.settings import settings_from
from forecourt.billing import Invoice
from forecourt.drivers import Account, Role, SignIn
from forecourt.embedded import Embedded
from forecourt.flows.bookings import advance_bookings
from forecourt.flows.chargers import send_card_lists
from forecourt.flows.ports import QuarantineEntry, Store, Transactions
from forecourt.kernel import ChargerId, DriverId, EvseId, OperatorId, SiteId, instant_text
from forecourt.simulation import Clock
from forecourt.simulation.provider import Provider, ProviderSettings
from forecourt.stations import ConnectorState
from forecourt.store import PostgresTransactions
from forecourt.web import Argon2Passwords
from mobility_operator import MobilityOperator, pem, responding
from provider_thread import ProviderThread, provider_thread

OPERATOR = "Journey Charging"
STAFF, STAFF_PASSWORD = "desk@journey.example", "a door that opens"
PROVIDER_SECRET = "what the provider and the network share"
KIND = "Type 2 22 kW"
SOCKET = {"kind": KIND, "phases": ["L1", "L2", "L3"], "voltage_v": 230, "max_a": 32}
# Net: 0.50 a charge, 0.40 a kWh, 6.00 an hour parked without charging, 5.00 for a bay kept in vain; 19 % on all of it.
TARIFF = {
    "country_code": "DE",
    "party_id": "FCT",
    "id": "JOURNEY",
    "currency": "EUR",
    "tax_included": "NO",
    "elements": [
        {
            "price_components": [{"type": "FLAT", "price": 5, "vat": 19, "step_size": 1}],
            "restrictions": {"reservation": "RESERVATION_EXPIRES"},
        },
        {
            "price_components": [
                {"type": "FLAT", "price": 0.5, "vat": 19, "step_size": 1},
                {"type": "ENERGY", "price": 0.4, "vat": 19, "step_size": 1},
                {"type": "PARKING_TIME", "price": 6, "vat": 19, "step_size": 60},
            ]
        },
    ],
}
PATIENCE_S = 30.0
_T = TypeVar("_T")


@dataclass(frozen=True)
class Person:
    """A driver with an API key; card: the UID on the RFID card, empty without one."""

    id: DriverId
    email: str
    key: str
    card: str = ""


@dataclass(frozen=True)
class Network:
    """transactions: the same database the server works on, for looking. ids: for flows a story calls itself.

    servers: PostgreSQL and NATS, to be killed. environment: the settings of its processes, for one more.
    mobility: whose contracts in cars count.
    """

    servers: Embedded
    transactions: Transactions
    admin: Admin
    operator_id: OperatorId
    serving: ProviderThread
    http_url: str
    ocpp_url: str
    logs: tuple[Path, ...]
    ids: RandomIds
    environment: Mapping[str, str]
    mobility: MobilityOperator

    @property
    def provider(self) -> Provider:
        return self.serving.provider

    def taps(self, minor: int) -> str:
        """A card is held to a terminal: the provider's name of the hold."""
        return self.serving.calls(self.provider.bank.tap, minor, "EUR").id

    def forecourt(self, slug: str, chargers: Mapping[str, str], limit_a: float = 400) -> "Forecourt":
        """A new place with the tariff above and one socket at each charger, given as {identity: OCPP version}.

        limit_a: what all of them may draw together, on each phase.
        """
        weights = dict.fromkeys(chargers, 1.0)
        limits = [{"name": "supply", "limit_a": limit_a, "weights": weights}]
        site = {"operator": OPERATOR, "slug": slug, "name": slug.title(), "country": "DE", "zone": "Europe/Berlin", "currency": "EUR"}
        made = self.admin.add("site", {**site, "limits": limits})
        passwords = {charger: secrets.token_hex(16) for charger in chargers}
        for charger, version in chargers.items():
            self.admin.add("charger", {"id": charger, "site": slug, "ocpp": version, "password": passwords[charger], "sockets": [SOCKET]})
        self.admin.add("tariff", {"site": slug, "valid_from": instant_text(now() - timedelta(days=30)), "tariff": TARIFF})
        return Forecourt(self, slug, SiteId(UUID(made["id"])), passwords)

    @contextmanager
    def second_gateway(self) -> "Iterator[tuple[str, str]]":
        """One more gateway process of the same network; the URLs of its door and of its health."""
        address, health = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        log = self.logs[0].with_name("second.log")
        with _process(["gateway"], {**self.environment, "FORECOURT_OCPP": address, "FORECOURT_HEALTH": health}, log):
            deadline = time.monotonic() + 60
            while not _listens(int(address.rpartition(":")[2])):
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            yield f"ws://{address}/ocpp", f"http://{health}"

    def look(self, question: Callable[[Store], _T]) -> _T:
        with self.transactions.begin() as store:
            return question(store)

    async def until(self, question: Callable[[Store], _T]) -> _T:
        """The first answer that is something. The server is given time, and its logs are shown where it needs more."""
        deadline = time.monotonic() + PATIENCE_S
        while not (answer := await asyncio.to_thread(self.look, question)):
            assert time.monotonic() < deadline, self.log_tail()
            await asyncio.sleep(0.05)
        return answer

    async def paid(self, invoice: Invoice) -> bool:
        """Wait until the whole of an invoice was taken."""

        def taken(store: Store) -> bool:
            return sum(one.captured.minor for one in store.payments.of_document(invoice.id)) == invoice.gross.minor

        return await self.until(taken)

    def app(self, person: Person) -> httpx.AsyncClient:
        """The driver's phone."""
        return httpx.AsyncClient(base_url=self.http_url, headers={"authorization": f"Bearer {person.key}"}, timeout=60)

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[httpx.AsyncClient]:
        """The operator's browser, signed in to the console."""
        async with httpx.AsyncClient(base_url=self.http_url, timeout=60) as browser:
            signed_in = await submit(browser, "/login", "/login", {"email": STAFF, "password": STAFF_PASSWORD})
            assert signed_in.status_code == 303, signed_in.text
            yield browser

    def log_tail(self) -> str:
        return "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in self.logs)


@dataclass(frozen=True)
class Forecourt:
    network: Network
    slug: str
    site_id: SiteId
    passwords: Mapping[str, str]

    def evse_id(self, charger: str) -> EvseId:
        evse = self.network.look(lambda store: store.stations.evse_at(ChargerId(charger), 1))
        assert evse is not None
        return evse.id

    def driver(self, name: str, pay_by: str = "CARD", with_card: bool = False) -> Person:
        email, key = f"{name}@{self.slug}.example", secrets.token_urlsafe(16)
        paper = {"operator": OPERATOR, "name": name.title(), "email": email, "pay_by": pay_by, "payment_method": f"pm_{name}"}
        made = self.network.admin.add("driver", paper)
        card = secrets.token_hex(7).upper() if with_card else ""
        if card:
            self.network.admin.add("token", {"driver": email, "uid": card, "label": "Card"})
        with self.network.transactions.begin() as store:
            account = store.drivers.account_by_email(email)
            assert account is not None
            store.drivers.put_sign_in(api_key(key, account.id))
        return Person(DriverId(UUID(made["id"])), email, key, card)

    async def is_free(self, charger: str) -> None:
        """Wait until the network knows that the charger's socket is free."""
        evse_id = self.evse_id(charger)
        await self.network.until(lambda store: store.stations.socket(evse_id).state is ConnectorState.AVAILABLE)

    def turn_the_clock(self) -> None:
        """What the worker does with bookings and lists of cards twice a minute; a story does not wait for it."""
        for step in (advance_bookings, send_card_lists):
            with self.network.transactions.begin() as store:
                step(store, self.site_id, now(), self.network.ids)

    async def invoices(self, person: Person, count: int = 1) -> list[Invoice]:
        """The driver's documents, as soon as there are so many."""

        def found(store: Store) -> list[Invoice]:
            known = list(store.documents.of_driver(person.id))
            return known if len(known) >= count else []

        return await self.network.until(found)

    async def quarantined(self, code: str) -> QuarantineEntry:
        """The entry of that kind that waits for a person, from this place."""

        def found(store: Store) -> list[QuarantineEntry]:
            return [one for one in store.inbox.quarantined(1000) if one.code == code and one.charger_id in self.passwords]

        return (await self.network.until(found))[0]


def now() -> datetime:
    return datetime.now(UTC)


def api_key(key: str, account_id: UUID) -> SignIn:
    return SignIn(hashlib.sha256(key.encode()).digest(), account_id, now(), now() + timedelta(days=1), api=True, label="phone")


async def submit(browser: httpx.AsyncClient, page: str, action: str, fields: Mapping[str, Any]) -> httpx.Response:
    """Open a page and send one of its forms."""
    shown = await browser.get(page)
    token = re.search(r'name="_csrf" value="([^"]+)"', shown.text)
    assert token is not None, shown.text
    return await browser.post(action, data={"_csrf": token[1], **fields})


@contextmanager
def running_network(state: Path) -> Iterator[Network]:
    """Start everything, wait until it serves, and stop it all at the end."""
    with ExitStack() as stack:
        servers = stack.enter_context(Embedded(state))
        http, ocpp = (f"127.0.0.1:{free_port()}" for _ in range(2))
        settings = ProviderSettings(PROVIDER_SECRET, f"http://{http}/webhooks/payments")
        serving = stack.enter_context(provider_thread(settings, Clock()))
        mobility, roots = stack.enter_context(responding()), state / "contract-roots.pem"
        roots.write_text(pem(mobility.root))
        environment = {
            **os.environ,
            "FORECOURT_CONTRACT_ROOTS": str(roots),
            "FORECOURT_OCSP_RESPONDERS": mobility.responder,
            "DATABASE_URL": servers.database_url,
            "NATS_URL": servers.nats_url,
            "FORECOURT_STATE": str(state),
            "FORECOURT_HTTP": http,
            "FORECOURT_OCPP": ocpp,
            "FORECOURT_PROVIDER_URL": serving.provider.url,
            "FORECOURT_PROVIDER_SECRET": PROVIDER_SECRET,
            "FORECOURT_OCPI_PRIVATE": "1",
            "FORECOURT_PARENT": str(os.getpid()),
        }
        admin = stack.enter_context(Admin(settings_from(environment)))  # brings the schema up to date as well
        transactions = stack.enter_context(PostgresTransactions(servers.database_url))
        operator_id = _found_company(admin, transactions)
        roles = (("gateway", ["gateway"]), ("backend", ["run", "--roles", "web,worker,planner"]))
        logs = tuple(stack.enter_context(_process(arguments, environment, state / f"{name}.log")) for name, arguments in roles)
        doors = (f"http://{http}", f"ws://{ocpp}/ocpp")
        network = Network(servers, transactions, admin, operator_id, serving, *doors, logs, RandomIds(), environment, mobility)
        _wait_for(network, int(ocpp.rpartition(":")[2]))
        yield network


def _found_company(admin: Admin, transactions: Transactions) -> OperatorId:
    """The operator, and somebody at its desk."""
    company = {"name": OPERATOR, "legal_name": "Journey Charging GmbH", "country": "DE", "currency": "EUR", "party_id": "JCH"}
    made = admin.add("operator", {**company, "vat_number": "DE123456789", "address": "Ringstraße 1, Musterstadt"})
    operator_id = OperatorId(UUID(made["id"]))
    with transactions.begin() as store:
        hashed = Argon2Passwords(memory_kib=64, passes=1).hash(STAFF_PASSWORD)
        store.drivers.put_account(Account(UUID(int=1), operator_id, STAFF, Role.OPERATOR, hashed))
    return operator_id


@contextmanager
def _process(arguments: list[str], environment: Mapping[str, str], log: Path) -> Iterator[Path]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "forecourt", *arguments], env=dict(environment), stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
        try:
            yield log
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(network: Network, ocpp_port: int) -> None:
    deadline = time.monotonic() + 60
    while not (_ready(network.http_url) and _listens(ocpp_port)):
        assert time.monotonic() < deadline, network.log_tail()
        time.sleep(0.1)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
