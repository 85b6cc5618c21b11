"""Two sites with a day behind them, played by facts through the real flows on the store in memory, and the app in front."""

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from forecourt.drivers import Account, Driver, PayBy, Role, SignIn, Token, TokenKind, token_uid
from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.bookings import ReserveRequest, reserve
from forecourt.flows.chargers import list_unknown
from forecourt.flows.charging import accept, apply_facts
from forecourt.flows.desk import DriverAccountRequest, create_driver_account
from forecourt.flows.ports import Grant, Transactions, document_files
from forecourt.flows.power import plan_power
from forecourt.flows.prices import Publication, publish_tariff
from forecourt.kernel import ChargerId, DriverId, EvseId, OperatorId, SessionId, SiteId, Span, TariffVersionId
from forecourt.planning import Solver
from forecourt.stations import (
    Approval,
    Charger,
    ChargerBooted,
    ChargingState,
    ConnectorReported,
    ConnectorState,
    Evse,
    Fact,
    LimitRow,
    Message,
    MeterSample,
    Operator,
    Protocol,
    Site,
    Socket,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from forecourt.store import MemoryTransactions
from forecourt.web import Argon2Passwords, WebPorts
from forecourt.web.frame.sealing import digest, seal
from sequential_ids import SequentialIds

from .apps import app_of, take_back
from .one_chromium import Lending, one_chromium
from .openapi_document import matches_document
from .scene_copies import become, is_still

NOW = datetime(2026, 6, 1, 12, 20, tzinfo=UTC)
KEY = b"a key of the tests, 32 bytes long"
KIND = "Type 2 11 kW"
OPERATOR, MARKET, HARBOUR, NOBODY = OperatorId(UUID(int=1)), SiteId(UUID(int=2)), SiteId(UUID(int=3)), DriverId(UUID(int=0))
PASSWORD = "correct horse battery"
TARIFF = {
    "country_code": "DE",
    "party_id": "FCT",
    "id": "DAY",
    "currency": "EUR",
    "tax_included": "NO",
    "elements": [
        {
            "price_components": [{"type": "FLAT", "price": 4, "vat": 19, "step_size": 1}],
            "restrictions": {"reservation": "RESERVATION_EXPIRES"},
        },
        {
            "price_components": [{"type": "ENERGY", "price": 0.34, "vat": 19, "step_size": 1}],
            "restrictions": {"start_time": "22:00", "end_time": "06:00"},
        },
        {
            "price_components": [{"type": "ENERGY", "price": 0.49, "vat": 19, "step_size": 1}],
            "restrictions": {"start_time": "17:00", "end_time": "21:00"},
        },
        {
            "price_components": [
                {"type": "FLAT", "price": 0.5, "vat": 19, "step_size": 1},
                {"type": "ENERGY", "price": 0.41, "vat": 19, "step_size": 1},
                {"type": "PARKING_TIME", "price": 2.4, "vat": 19, "step_size": 60},
            ]
        },
    ],
}


class Clock:
    """Stands still until a test moves it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Planner(Solver):
    took_ms: float | None = None


@dataclass
class Scene:
    transactions: Transactions = field(default_factory=MemoryTransactions)
    clock: Clock = field(default_factory=lambda: Clock(NOW))
    ids: SequentialIds = field(default_factory=SequentialIds)
    operator_id: OperatorId = OPERATOR
    site_id: SiteId = MARKET
    solver: Planner = field(default_factory=Planner)
    passwords: Argon2Passwords = field(default_factory=lambda: Argon2Passwords(memory_kib=64, passes=1))
    ada: DriverId = NOBODY
    running: list[SessionId] = field(default_factory=list)
    _sent: "itertools.count[int]" = field(default_factory=itertools.count)

    def build(self, bays: int = 24) -> None:
        """An operator, a big site and a small one, drivers and people."""
        with self.transactions.begin() as store:
            store.stations.put_operator(
                Operator(self.operator_id, "Musterstrom", "Musterstrom GmbH", "DE", "DE123456789", "Ringstraße 1, Musterstadt", "EUR")
            )
            labels = [f"M-{number:02d}" for number in range(1, bays + 1)]
            limit = LimitRow("Supply", 90.0, tuple((label, 1.0) for label in labels))
            place = (Decimal("52.5163"), Decimal("13.3777"))
            store.stations.put_site(
                Site(
                    self.site_id,
                    self.operator_id,
                    "market",
                    "Market Square",
                    "Marktplatz 4, Musterstadt",
                    "DE",
                    "Europe/Berlin",
                    "EUR",
                    *place,
                    limits=(limit,),
                    limit_w=62_000,
                )
            )
            for index, label in enumerate(labels):
                charger_id = ChargerId(f"CP-{index + 1:02d}")
                protocol = Protocol.OCPP201 if index % 2 else Protocol.OCPP16
                store.stations.put_charger(
                    Charger(
                        charger_id,
                        Approval.APPROVED,
                        self.operator_id,
                        self.site_id,
                        protocol,
                        "Musterwerk",
                        "Duo 22",
                        "",
                        "1.4.2",
                        NOW,
                        connected=index != 10,
                    )
                )
                store.plans.put_grant(Grant(self.evse(index + 1), self.operator_id, self.site_id, fallback_a=0))  # as any that has come up
                store.stations.put_evse(
                    Evse(
                        self.evse(index + 1),
                        self.operator_id,
                        self.site_id,
                        charger_id,
                        1,
                        label,
                        "IEC_62196_T2",
                        KIND,
                        ("L1", "L2", "L3"),
                        230,
                        16,
                        bay_x=float(index % 12),
                        bay_y=float(index // 12),
                    )
                )
            publish_tariff(store, Publication(TariffVersionId(UUID(int=5)), self.site_id, TARIFF, NOW - timedelta(days=30)))
            store.stations.put_site(
                Site(HARBOUR, self.operator_id, "harbour", "Harbour Car Park", "Kai 7, Musterstadt", "DE", "Europe/Berlin", "EUR", *place)
            )
            for number in range(1, 5):
                box = ChargerId(f"HB-{number}")
                store.stations.put_charger(Charger(box, Approval.APPROVED, self.operator_id, HARBOUR, connected=True))
                store.stations.put_evse(
                    Evse(self.evse(500 + number), self.operator_id, HARBOUR, box, 1, f"H-{number}", "IEC_62196_T2", KIND, ("L1",), 230, 32)
                )
                store.stations.put_socket(Socket(self.evse(500 + number), ConnectorState.AVAILABLE, at=NOW))
            publish_tariff(store, Publication(TariffVersionId(UUID(int=6)), HARBOUR, TARIFF, NOW - timedelta(days=30)))
            self.ada = self._people(store)

    def _people(self, store) -> DriverId:  # type: ignore[no-untyped-def]
        hashed = self.passwords.hash(PASSWORD)
        store.drivers.put_account(Account(UUID(int=90), self.operator_id, "ops@example.org", Role.OPERATOR, hashed))
        store.drivers.put_sign_in(SignIn(digest("ops"), UUID(int=90), datetime.now(UTC), datetime.now(UTC) + timedelta(days=1)))
        ada = create_driver_account(
            store,
            DriverAccountRequest(self.operator_id, "Ada Lindgren", "ada@example.org", hashed, payment_method="pm_ada"),
            NOW - timedelta(days=9),
            self.ids,
        )
        bob = create_driver_account(
            store, DriverAccountRequest(self.operator_id, "Bob Ostrom", "bob@example.org", hashed, payment_method="pm_bob"), NOW, self.ids
        )
        for name, account in (("ada", ada), ("bob", bob)):
            store.drivers.put_sign_in(SignIn(digest(name), account.id, datetime.now(UTC), datetime.now(UTC) + timedelta(days=1)))
            store.drivers.put_sign_in(
                SignIn(digest(f"api-{name}"), account.id, datetime.now(UTC), datetime.now(UTC) + timedelta(days=1), True, "Home")
            )
        for number in range(30):
            driver = Driver(
                DriverId(UUID(int=1000 + number)), self.operator_id, f"Driver {number + 1}", f"d{number}@example.org", "en", PayBy.ACCOUNT
            )
            store.drivers.put_driver(driver)
            store.drivers.put_token(Token(token_uid(f"04CARD{number:02d}"), self.operator_id, driver.id, TokenKind.RFID))
        assert ada.driver_id is not None
        return ada.driver_id

    def evse(self, number: int) -> EvseId:
        return EvseId(UUID(int=100 + number))

    def message(self, charger: str, fact: Fact, raw: str = "") -> Message:
        key = f"{charger}/{next(self._sent)}"
        said = raw or json.dumps({"charger": charger, "at": fact.at.isoformat(), "kind": type(fact).__name__})
        return Message(ChargerId(charger), self.operator_id, self.site_id, fact.at, type(fact).__name__, fact, key, said)

    def say(self, charger: str, fact: Fact) -> str | None:
        """A charger's message, kept and applied."""
        with self.transactions.begin() as store:
            (ack,) = accept(store, [self.message(charger, fact)])
        with self.transactions.begin() as store:
            apply_facts(store, self.site_id, fact.at, self.ids)
        return ack.transaction

    def charge(self, bay: int, token: str, start: datetime, minutes: int, power_w: int, end: bool = False, rest: int = 0) -> None:
        """A charge with a reading each five minutes; rest: the last minutes without power."""
        charger = f"CP-{bay:02d}"
        transaction = self.say(charger, TransactionStarted(start, 1, "", token, (MeterSample(start, 10_000),))) or ""
        energy = 10_000
        for minute in range(5, minutes + 1, 5):
            at, idle = start + timedelta(minutes=minute), minute > minutes - rest
            energy += 0 if idle else power_w // 12
            sample = MeterSample(at, energy, 0 if idle else power_w, 0 if idle else power_w * 1000 // 690)
            state = ChargingState.SUSPENDED_EV if idle else ChargingState.CHARGING
            self.say(charger, TransactionUpdated(at, 1, transaction, None, (sample,), state))
        if end:
            at = start + timedelta(minutes=minutes)
            self.say(charger, TransactionEnded(at, transaction, None, None, (MeterSample(at, energy),), StopReason.DRIVER))

    def plan(self, at: datetime) -> None:
        with self.transactions.begin() as store:
            plan_power(store, self.site_id, at, self.ids, self.solver)

    def live_a_day(self) -> None:
        """Charges that ended and are billed, charges that run, a fault, a stranger, bookings, an unknown charger."""
        for bay in range(1, 25):
            state = {9: ConnectorState.FAULTED}.get(bay, ConnectorState.AVAILABLE)
            self.say(f"CP-{bay:02d}", ConnectorReported(NOW - timedelta(hours=8), 1, state))
        with self.transactions.begin() as store:
            app = store.drivers.tokens_of(self.ada)[0].uid
        for index in range(8):
            start = NOW - timedelta(hours=6, minutes=7 * index)
            token = app if index in (2, 5) else f"04CARD{index:02d}"
            self.charge(index + 1 if index != 8 else 12, token, start, 90 + 10 * index, 7200, end=True, rest=20)
        self._bill()
        for index, bay in enumerate((1, 2, 4, 5, 8, 13, 14, 17, 20)):
            token = app if bay == 4 else f"04CARD{10 + index:02d}"
            start = NOW - timedelta(minutes=135 - 12 * index)
            self.charge(bay, token, start, (135 - 12 * index) // 5 * 5, 3600 + 700 * (index % 5), rest=20 if bay in (5, 17) else 0)
            self.plan(start + timedelta(seconds=1))
        for minutes in (30, 20, 10, 1):
            self.plan(NOW - timedelta(minutes=minutes))
        self.say("CP-03", TransactionStarted(NOW - timedelta(minutes=3), 7, "", "04CARD29"))
        self._promises()

    def _bill(self) -> None:
        with self.transactions.begin() as store:
            for record in store.sessions.records(self.site_id):
                invoice = rate_and_invoice(store, record.session_id, record.ended_at + timedelta(seconds=20), self.ids)
                if invoice is not None:
                    store.documents.put_files(invoice.id, document_files(b"%PDF-1.7 test", b"<a/>"))

    def _promises(self) -> None:
        with self.transactions.begin() as store:
            start = NOW + timedelta(hours=2, minutes=10)
            for number in (20, 21, 22):
                window = Span(start + timedelta(minutes=20 * number), start + timedelta(minutes=20 * number + 90))
                reserve(store, ReserveRequest(self.site_id, KIND, DriverId(UUID(int=1000 + number)), window), NOW, self.ids)
            mine = ReserveRequest(self.site_id, KIND, self.ada, Span(start, start + timedelta(hours=2)))
            reserve(store, mine, NOW, self.ids)
            list_unknown(store, ChargerId("NEW-77"), ChargerBooted(NOW, Protocol.OCPP201, "Neuwerk", "One", firmware="0.9"), NOW)
            self.running = [one.id for one in store.sessions.open_of(self.ada)]

    def ports(self, **changes: object) -> WebPorts:
        given = {"hints": self.hints, "ready": lambda: {"store": True}, "metrics": lambda: b"forecourt_up 1\n", "push_key": "B" * 87}
        return WebPorts(self.transactions, self.clock, self.ids, self.passwords, KEY, **{**given, **changes})  # type: ignore[arg-type]

    async def hints(self) -> AsyncIterator[str]:
        while True:
            await asyncio.sleep(0.2)
            yield "facts"


BLOCK = (
    r"</?(?:article|aside|blockquote|body|br|caption|col|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|head|header|hr"
    r"|html|legend|li|link|main|meta|nav|ol|optgroup|option|p|section|select|summary|table|tbody|td|tfoot|th|thead|title|tr|ul)\b[^<>]*>"
)


def as_shown(page: str) -> str:
    """The page with line breaks as a browser shows them: a space, or nothing beside a block-level tag."""
    parts = re.split(r"(<(?:pre|textarea)\b.*?</(?:pre|textarea)>)", page, flags=re.DOTALL)
    shown = [part if n % 2 else re.sub(r"\s*\n\s*", " ", part) for n, part in enumerate(parts)]
    return re.sub(rf" ?({BLOCK}) ?", r"\1", "".join(shown).replace(" >", ">"))


class Browser(TestClient[Litestar]):
    """A client that keeps cookies and fills in the form token it was given, as a browser without JavaScript does."""

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        answer = super().send(request, **options)
        matches_document(self.app, answer)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            return answer
        headers = [(name, value) for name, value in answer.headers.multi_items() if name not in {"content-encoding", "content-length"}]
        text = as_shown(answer.text)
        return httpx.Response(answer.status_code, headers=headers, text=text, request=answer.request, history=answer.history)

    def sign_in(self, name: str) -> "Browser":
        self.cookies.set("fc_session", seal(KEY, "session", name))
        return self

    def token(self) -> str:
        found = re.search(r'name="_csrf" value="([^"]+)"', self.get("/login?back=/" if not self.cookies.get("fc_session") else "/").text)
        assert found is not None
        return found.group(1)

    def submit(self, path: str, **fields: object):  # type: ignore[no-untyped-def]
        """Send a form with a token of its own page; redirects are not followed."""
        return self.post(path, data={"_csrf": self.token(), **fields}, follow_redirects=False)


@pytest.fixture(scope="session")
def built() -> Scene:
    made = Scene()
    made.build()
    return made


@pytest.fixture(scope="session")
def a_day_lived(built: Scene) -> Scene:
    made = Scene()
    become(made, built)
    made.live_a_day()
    return made


@pytest.fixture
def scene(built: Scene) -> Scene:
    made = Scene()
    become(made, built)
    return made


@pytest.fixture
def scene_on_postgres(transactions: Transactions) -> Scene:
    made = Scene(transactions)
    made.build()
    return made


@pytest.fixture
def lived(scene: Scene, built: Scene, a_day_lived: Scene) -> Scene:
    if is_still(scene, built):
        become(scene, a_day_lived)
    else:
        scene.live_a_day()
    return scene


@pytest.fixture(autouse=True)
def apps_come_back() -> Iterator[None]:
    yield
    take_back()


@pytest.fixture
def one_app(scene: Scene) -> Litestar:
    return app_of(scene.ports())


@pytest.fixture
def client(one_app: Litestar) -> Iterator[Browser]:
    """In front of an app with this test's scene behind it."""
    with Browser(app=one_app) as opened:
        yield opened


@pytest.fixture(scope="session")
def chromium_of_the_run() -> Iterator[Lending]:
    with one_chromium() as lending:
        yield lending


@pytest.fixture
def make_client() -> type[Browser]:
    return Browser


@pytest.fixture
def ops(scene, client):
    """The operator's own program."""
    with scene.transactions.begin() as store:
        store.drivers.put_sign_in(replace(store.drivers.sign_in(digest("ops")), digest=digest("api-ops"), api=True))
    client.headers.update({"authorization": "Bearer api-ops"})
    return client
