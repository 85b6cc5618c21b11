"""A small forecourt to keep: values with sensible defaults, made anew for each test."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

import pytest

from forecourt.billing import DocumentKind, Draft, Invoice, InvoiceLine, LineKind, Parties, Party, Place, document_number
from forecourt.drivers import Driver, Token, TokenKind
from forecourt.flows.ports import Grant, OutboxItem, PowerPlan, Setpoint, Store, Transactions, Work
from forecourt.kernel import (
    BookingId,
    ChargerId,
    DocumentId,
    DriverId,
    EvseId,
    Money,
    OperatorId,
    PaymentId,
    SessionId,
    SiteId,
    Span,
    TariffVersionId,
    TokenUid,
    uuid7,
)
from forecourt.ledger import Posting, Txn, receivable, revenue
from forecourt.payments import Held, Payment, PaymentState
from forecourt.reservations import Booking, Confirmed
from forecourt.sessions import ChargeRecord, MeterPoint, Session
from forecourt.stations import (
    Approval,
    Charger,
    Evse,
    Message,
    MeterSample,
    Operator,
    Site,
    StopReason,
    TransactionStarted,
    TransactionUpdated,
)
from forecourt.tariffs import Component, Dimension, Element, Phase, PhaseState, Tariff, TariffVersion, TaxLine
from twins import Twins

T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Samples:
    """One operator, one site, four chargers of one EVSE each, one driver with a card."""

    t0 = T0

    def __init__(self) -> None:
        self._numbers = count(1)
        self.operator = Operator(OperatorId(self.id()), "Demo", "Demo Charging GmbH", "DE", "DE1", "Street 1", "EUR")
        self.site = Site(
            SiteId(self.id()),
            self.operator.id,
            "caltech",
            "Caltech",
            "Pasadena",
            "US",
            "America/Los_Angeles",
            "USD",
            Decimal("34.1"),
            Decimal("-118.1"),
        )
        self.chargers = [Charger(ChargerId(f"CA-30{n}"), Approval.APPROVED, self.operator.id, self.site.id) for n in range(4)]
        self.evses = [
            Evse(EvseId(self.id()), self.operator.id, self.site.id, one.id, 1, one.id, "IEC_62196_T1", "J1772", ("L1", "L2"), 208, 32)
            for one in self.chargers
        ]
        self.driver = Driver(DriverId(self.id()), self.operator.id, "Ada", "ada@example.org")
        self.token = Token(TokenUid("04A1"), self.operator.id, self.driver.id, TokenKind.RFID)

    def id(self) -> UUID:
        return uuid7(T0, next(self._numbers).to_bytes(10, "big"))

    def fill(self, store: Store) -> None:
        store.stations.put_operator(self.operator)
        store.stations.put_site(self.site)
        for charger, evse in zip(self.chargers, self.evses, strict=True):
            store.stations.put_charger(charger)
            store.stations.put_evse(evse)
        store.drivers.put_driver(self.driver)
        store.drivers.put_token(self.token)

    def filled(self, transactions: Transactions) -> "Samples":
        with transactions.begin() as store:
            self.fill(store)
        return self

    def window(self, start_h: float, end_h: float) -> Span:
        return Span(T0 + timedelta(hours=start_h), T0 + timedelta(hours=end_h))

    def booking(self, start_h: float, end_h: float, lane: int = 0) -> Booking:
        window = self.window(start_h, end_h)
        number = next(self._numbers)
        booking_id = BookingId(self.id())
        return Booking(
            booking_id, self.operator.id, self.site.id, "J1772", self.driver.id, self.token.uid, window, number, lane, T0, Confirmed()
        )

    def session(self, index: int = 0, transaction: str = "1", **changes: object) -> Session:
        evse = self.evses[index]
        session = Session(
            SessionId(self.id()), self.operator.id, self.site.id, evse.id, evse.charger_id, transaction, T0, T0, PhaseState.CHARGING, 6656
        )
        return replace(session, driver_id=self.driver.id, token=self.token.uid, **changes)  # type: ignore[arg-type]

    def record(self, session: Session, hours: float = 1) -> ChargeRecord:
        end = T0 + timedelta(hours=hours)
        return ChargeRecord(
            session_id=session.id,
            operator_id=session.operator_id,
            site_id=session.site_id,
            evse_id=session.evse_id,
            charger_id=session.charger_id,
            transaction=session.transaction,
            started_at=session.started_at,
            ended_at=end,
            token=session.token,
            driver_id=session.driver_id,
            tariff_version_id=None,
            booking_id=None,
            meter_start_wh=0,
            meter_stop_wh=1000,
            energy_wh=1000,
            phases=(Phase(PhaseState.CHARGING, session.started_at, end, 1000),),
            reason=StopReason.DRIVER,
        )

    def point(self, session: Session, minutes: float, energy_wh: int) -> MeterPoint:
        return MeterPoint(session.id, T0 + timedelta(minutes=minutes), energy_wh, PhaseState.CHARGING, 6600, 31_700, None)

    def started(self, key: str = "a", index: int = 0, transaction: str = "1") -> Message:
        fact = TransactionStarted(T0, 1, transaction, "04a1", (MeterSample(T0, 0),))
        charger_id = self.chargers[index].id
        return Message(charger_id, self.operator.id, self.site.id, T0, "StartTransaction", fact, key, '{"connectorId": 1}')

    def metered(self, key: str, index: int = 0, transaction: str = "1", minutes: float = 1, energy_wh: int = 100) -> Message:
        at = T0 + timedelta(minutes=minutes)
        fact = TransactionUpdated(at, 1, transaction, samples=(MeterSample(at, energy_wh, 6600, 31_700),))
        charger_id = self.chargers[index].id
        return Message(charger_id, self.operator.id, self.site.id, at, "MeterValues", fact, key, '{"meterValue": []}', ("unit_missing",))

    def item(self, work: Work, key: str = "k", idempotency_key: str | None = None, **changes: object) -> OutboxItem:
        item_id = self.id()
        item = OutboxItem(item_id, self.operator.id, self.site.id, "charger", key, work, T0, idempotency_key or str(item_id))
        return replace(item, **changes)  # type: ignore[arg-type]

    def version(self, start_h: float, end_h: float | None, site_id: SiteId | None = None, price: str = "0.49") -> TariffVersion:
        end = None if end_h is None else T0 + timedelta(hours=end_h)
        tariff = Tariff("t", "USD", (Element((Component(Dimension.ENERGY, Decimal(price), Decimal(19)),)),))
        start = T0 + timedelta(hours=start_h)
        return TariffVersion(TariffVersionId(self.id()), self.operator.id, site_id, start, end, "0" * 64, tariff, "{}")

    def plan(self, number: int) -> PowerPlan:
        setpoints = (Setpoint(self.evses[0].id, 16, "fair share"),)
        return PowerPlan(self.operator.id, self.site.id, number, T0 + timedelta(minutes=number), "optimal", setpoints)

    def grant(self, index: int = 0, target_a: int = 16) -> Grant:
        return Grant(self.evses[index].id, self.operator.id, self.site.id, 1, target_a, 32)

    def invoice(self, sequence: int = 1, gross: int = 119, **changes: object) -> Invoice:
        net, total = Money(gross - 19, "EUR"), Money(gross, "EUR")
        line = InvoiceLine(
            LineKind.ENERGY, Decimal("2.5"), "kWh", Decimal("0.40"), Decimal("1.00"), net, net, Decimal(19), "0.40 for each kWh"
        )
        draft = Draft(
            DocumentKind.INVOICE,
            self.operator.id,
            self.site.id,
            self.driver.id,
            Parties(Party("Demo Charging GmbH"), Party("Ada")),
            Place("Caltech", "Pasadena", "America/Los_Angeles"),
            "EUR",
            (line,),
            (TaxLine(Decimal(19), net, Money(19, "EUR"), total),),
            net,
            Money(19, "EUR"),
            total,
            False,
            TariffVersionId(self.id()),
            "0" * 64,
        )
        issued = T0 + timedelta(minutes=sequence)
        number = document_number("INV", 2026, sequence)
        return Invoice(DocumentId(self.id()), number, "INV", 2026, sequence, issued, replace(draft, **changes))  # type: ignore[arg-type]

    def txn(self, key: str, minor: int = 119, subject: UUID | None = None) -> Txn:
        posting = Posting(revenue("energy"), receivable(self.driver.id), Money(minor, "EUR"))
        return Txn(key, self.operator.id, T0, "invoice", subject or self.id(), (posting,))

    def payment(self, state: PaymentState | None = None, **changes: object) -> Payment:
        held = state or Held(Money(5000, "EUR"), "pi_1", T0 + timedelta(days=7), T0)
        payment = Payment(PaymentId(self.id()), self.operator.id, self.driver.id, "pm_1", "EUR", T0, held)
        return replace(payment, **changes)  # type: ignore[arg-type]


@pytest.fixture
def sample() -> Samples:
    return Samples()


@pytest.fixture
def twins(transactions: Transactions, memory_transactions: Transactions) -> Twins:
    """Both stores at once."""
    return Twins(transactions, memory_transactions)
