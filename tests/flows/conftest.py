"""A small forecourt with three sockets, a price and two drivers, played by facts alone."""

import dataclasses
import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from msgspec.structs import replace

from forecourt.drivers import Driver, PayBy, Token, TokenKind, token_uid
from forecourt.flows.charging import Applied, accept, apply_facts
from forecourt.flows.ports import Grant, Store, Transactions
from forecourt.flows.prices import Publication, publish_tariff
from forecourt.kernel import ChargerId, DriverId, EvseId, OperatorId, SiteId, TariffVersionId
from forecourt.stations import (
    Acknowledgement,
    Approval,
    Charger,
    ConnectorReported,
    ConnectorState,
    Evse,
    Fact,
    LimitRow,
    Message,
    MeterSample,
    Operator,
    Site,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from roaming_world import let_in, registered
from sequential_ids import SequentialIds

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
KIND = "T2-7kW"
CARD, APP, STRANGER = "04CARD", "APPRIDER", "NOBODY"
TARIFF = {
    "country_code": "DE",
    "party_id": "FCT",
    "id": "TEST",
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


@dataclass
class Forecourt:
    transactions: Transactions
    ids: SequentialIds = field(default_factory=SequentialIds)
    operator_id: OperatorId = OperatorId(UUID(int=1))
    site_id: SiteId = SiteId(UUID(int=2))
    card_driver: DriverId = DriverId(UUID(int=3))
    app_driver: DriverId = DriverId(UUID(int=4))
    _sent: "itertools.count[int]" = field(default_factory=itertools.count)

    def evse_id(self, number: int) -> EvseId:
        return EvseId(UUID(int=100 + number))

    def build(self, store: Store, tariff: dict[str, object] = TARIFF) -> None:
        store.stations.put_operator(Operator(self.operator_id, "Test", "Test GmbH", "DE", "DE123456789", "Weg 1", "EUR"))
        labels = [f"B{n}" for n in (1, 2, 3)]
        limit = LimitRow("supply", 40.0, tuple((label, 1.0) for label in labels))
        place = (Decimal("52.5"), Decimal("13.4"))
        store.stations.put_site(
            Site(self.site_id, self.operator_id, "test", "Testplatz", "Weg 1", "DE", "Europe/Berlin", "EUR", *place, limits=(limit,))
        )
        for number, label in enumerate(labels, start=1):
            charger_id = ChargerId(f"CP{number}")
            store.stations.put_charger(Charger(charger_id, Approval.APPROVED, self.operator_id, self.site_id, connected=True))
            evse = Evse(self.evse_id(number), self.operator_id, self.site_id, charger_id, 1, label, "IEC_62196_T2", KIND, ("L1",), 230, 32)
            store.stations.put_evse(evse)
            store.plans.put_grant(Grant(evse.id, evse.operator_id, evse.site_id, fallback_a=0))  # as any that has come up
        for driver_id, pay_by, uid, kind in (
            (self.card_driver, PayBy.ACCOUNT, CARD, TokenKind.RFID),
            (self.app_driver, PayBy.CARD, APP, TokenKind.APP),
        ):
            store.drivers.put_driver(
                Driver(driver_id, self.operator_id, uid.title(), f"{uid.lower()}@x.example", "en", pay_by, f"pm_{uid}")
            )
            store.drivers.put_token(Token(token_uid(uid), self.operator_id, driver_id, kind))
        publish_tariff(store, Publication(TariffVersionId(UUID(int=5)), self.site_id, tariff, NOON - timedelta(days=30)))

    def message(self, charger: str, fact: Fact, key: str | None = None) -> Message:
        key = key or f"{charger}/{next(self._sent)}"
        return Message(ChargerId(charger), self.operator_id, self.site_id, fact.at, type(fact).__name__, fact, key, "{}")

    def says(self, charger: str, fact: Fact, key: str | None = None) -> Acknowledgement:
        """A charger's message is kept and acknowledged, then applied."""
        with self.transactions.begin() as store:
            (ack,) = accept(store, [self.message(charger, fact, key)])
        self.apply(fact.at)
        return ack

    def hears(self, charger: str, fact: Fact, minute: float) -> Acknowledgement:
        """The same, of a message that comes at another time than its own."""
        message = replace(self.message(charger, fact), received_at=at(minute))
        with self.transactions.begin() as store:
            (ack,) = accept(store, [message])
        self.apply(message.received_at)
        return ack

    def apply(self, at: datetime) -> Applied:
        with self.transactions.begin() as store:
            return apply_facts(store, self.site_id, at, self.ids)

    def free(self, minute: int = -60) -> None:
        for number in (1, 2, 3):
            self.says(f"CP{number}", ConnectorReported(at(minute), 1, ConnectorState.AVAILABLE))

    def starts(self, charger: str, minute: int, token: str | None = CARD, key: str | None = None, wh: int = 1000) -> Acknowledgement:
        return self.says(charger, TransactionStarted(at(minute), 1, "", token, samples=(MeterSample(at(minute), wh),)), key)

    def starts_as(self, transaction: str, charger: str, minute: int) -> Acknowledgement:
        """A charger that numbers its charges itself: the same session's id in every run."""
        return self.says(charger, TransactionStarted(at(minute), 1, transaction, CARD, samples=(MeterSample(at(minute), 1000),)))

    def meters(self, charger: str, transaction: str | None, minute: int, wh: int, amps: int = 16) -> Acknowledgement:
        sample = MeterSample(at(minute), wh, power_w=230 * amps, current_ma=1000 * amps)
        return self.says(charger, TransactionUpdated(at(minute), 1, transaction, samples=(sample,)))

    def stops(self, charger: str, transaction: str, minute: int, wh: int, key: str | None = None) -> Acknowledgement:
        sample = MeterSample(at(minute), wh)
        return self.says(charger, TransactionEnded(at(minute), transaction, None, None, (sample,), StopReason.DRIVER), key)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


@pytest.fixture
def any_transactions(request: pytest.FixtureRequest) -> Transactions:
    """In memory: a flow's rule is the same on any store. Tests of `both_stores` go over PostgreSQL as well."""
    chosen: Transactions = request.getfixturevalue("transactions" if getattr(request, "param", "") == "postgres" else "memory_transactions")
    return chosen


@pytest.fixture
def forecourt(any_transactions: Transactions) -> Forecourt:
    place = Forecourt(any_transactions)
    with any_transactions.begin() as store:
        place.build(store)
    return place


@pytest.fixture
def crowd(forecourt: Forecourt) -> list[DriverId]:
    """Ten more drivers, each with a card."""
    found = [DriverId(UUID(int=1000 + number)) for number in range(10)]
    with forecourt.transactions.begin() as store:
        for number, driver_id in enumerate(found):
            name = f"Rider {number}"
            store.drivers.put_driver(Driver(driver_id, forecourt.operator_id, name, f"r{number}@x.example", "en", PayBy.ACCOUNT))
            store.drivers.put_token(Token(token_uid(f"RIDER{number}"), forecourt.operator_id, driver_id, TokenKind.RFID))
    return found


@pytest.fixture
def roaming(forecourt: Forecourt) -> Forecourt:
    """A partner that has registered, and a card it has pushed."""
    with forecourt.transactions.begin() as store:
        operator = store.stations.operator(forecourt.operator_id)
        store.stations.put_operator(dataclasses.replace(operator, party_id="FCT"))
        let_in(store, registered(forecourt.operator_id))
    forecourt.free()
    return forecourt
