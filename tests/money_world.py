"""A small forecourt with a price, for the tests of money: charges end in it, and a processor that does what it is told."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from forecourt.billing import Draft, Invoice, Parties, Party, Place, bill, issue
from forecourt.drivers import Driver, PayBy, Token, TokenKind
from forecourt.flows.answers import apply_payment_answer
from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.ports import OutboxItem, Store, Transactions
from forecourt.kernel import (
    BookingId,
    ChargerId,
    DocumentId,
    DriverId,
    EvseId,
    OperatorId,
    PriceEntryId,
    SessionId,
    SiteId,
    Span,
    TariffVersionId,
    TokenUid,
)
from forecourt.payments import Accepted, Answer, PlaceHold
from forecourt.reservations import Booking, Missed, Quote
from forecourt.sessions import ChargeRecord
from forecourt.stations import Approval, Charger, Evse, Operator, Site, StopReason
from forecourt.tariffs import Phase, PhaseState, PriceEntry, TariffVersion, tariff_version
from sequential_ids import SequentialIds

NOON = datetime(2026, 6, 1, 10, tzinfo=UTC)  # 12:00 in Berlin
OPERATOR, SITE, EVSE = OperatorId(UUID(int=1)), SiteId(UUID(int=2)), EvseId(UUID(int=101))
CARD_DRIVER, ACCOUNT_DRIVER, POOR_DRIVER = DriverId(UUID(int=3)), DriverId(UUID(int=4)), DriverId(UUID(int=5))
PLACE = Place("Testplatz", "Weg 1, 10115 Berlin", "Europe/Berlin", "B1")
PARTIES = Parties(Party("Test GmbH", "Weg 1", "DE", "DE123456789"), Party("Ada Driver", email="ada@x.example"))
C, P, W = PhaseState.CHARGING, PhaseState.IDLE, PhaseState.WITHHELD


def tariff(**changes: Any) -> dict[str, Any]:
    """0.50 a start, 0.40 a kWh, 0.10 a minute parked, 5.00 for not coming; 19 % VAT on top."""
    components = [
        {"type": "FLAT", "price": 0.5, "vat": 19, "step_size": 1},
        {"type": "ENERGY", "price": 0.4, "vat": 19, "step_size": 1},
        {"type": "PARKING_TIME", "price": 6, "vat": 19, "step_size": 60},
    ]
    missed = [{"type": "FLAT", "price": 5, "vat": 19, "step_size": 1}]
    elements = [
        {"price_components": missed, "restrictions": {"reservation": "RESERVATION_EXPIRES"}},
        {"price_components": components},
    ]
    return {"country_code": "DE", "party_id": "FCT", "id": "T", "currency": "EUR", "tax_included": "NO", "elements": elements} | changes


def two_rates(included: bool = False, of_the_fee: int | None = 7) -> dict[str, Any]:
    """0.50 a start at another rate of tax or untaxed, 0.40 a kWh and 0.10 a minute parked at 19 %."""
    mixed = [
        {"type": "FLAT", "price": 0.5, "step_size": 1} | ({} if of_the_fee is None else {"vat": of_the_fee}),
        {"type": "ENERGY", "price": 0.4, "vat": 19, "step_size": 1},
        {"type": "PARKING_TIME", "price": 6, "vat": 19, "step_size": 60},
    ]
    return tariff(elements=[{"price_components": mixed}], tax_included="YES" if included else "NO")


def version(source: dict[str, Any] | None = None, number: int = 7) -> TariffVersion:
    return tariff_version(source or tariff(), TariffVersionId(UUID(int=number)), OPERATOR, SITE, NOON - timedelta(days=30))


def record(
    *parts: tuple[PhaseState, float, int], driver: DriverId | None = CARD_DRIVER, number: int = 1, begin: datetime = NOON, **changes: Any
) -> ChargeRecord:
    """A charge of parts (state, minutes, Wh), one after another."""
    phases, start, energy_wh = [], begin, 0
    for state, minutes, part_wh in parts:
        end = start + timedelta(minutes=minutes)
        phases.append(Phase(state, start, end, part_wh))
        start, energy_wh = end, energy_wh + part_wh
    made = ChargeRecord(
        session_id=SessionId(UUID(int=1000 + number)),
        operator_id=OPERATOR,
        site_id=SITE,
        evse_id=EVSE,
        charger_id=ChargerId("CP1"),
        transaction=str(number),
        started_at=begin,
        ended_at=start,
        token=TokenUid("CARD"),
        driver_id=driver,
        tariff_version_id=TariffVersionId(UUID(int=7)),
        booking_id=None,
        meter_start_wh=5000,
        meter_stop_wh=5000 + energy_wh,
        energy_wh=energy_wh,
        phases=tuple(phases),
        reason=StopReason.DRIVER,
    )
    return replace(made, **changes)


def missed(start_min: float = 0, quote: Quote | None = None) -> Booking:
    window = Span(NOON + timedelta(minutes=start_min), NOON + timedelta(minutes=start_min + 60))
    state = Missed(window.start + timedelta(minutes=15))
    return Booking(BookingId(UUID(int=50)), OPERATOR, SITE, "T2", CARD_DRIVER, TokenUid("CARD"), window, 1, 0, NOON, state, quote)


def draft(source: dict[str, Any] | None = None, *parts: tuple[PhaseState, float, int]) -> Draft:
    return bill(record(*(parts or ((C, 60, 10_000), (P, 30, 0)))), version(source), PLACE, PARTIES)


def invoice(source: dict[str, Any] | None = None, *parts: tuple[PhaseState, float, int], number: int = 1) -> Invoice:
    return issue(draft(source, *parts), DocumentId(UUID(int=500 + number)), number, NOON + timedelta(hours=2))


def yes(item: OutboxItem, at: datetime) -> Answer:
    """Whatever is asked is done."""
    expires = at + timedelta(days=7) if isinstance(item.work, PlaceHold) else None
    return Accepted(f"pay_{item.key}", at, expires)


@dataclass
class MoneyWorld:
    """One site, one socket, three drivers: card on file, account, and one whose card is declined."""

    transactions: Transactions
    source: dict[str, Any] | None = None
    ids: SequentialIds = field(default_factory=SequentialIds)

    def build(self) -> "MoneyWorld":
        with self.transactions.begin() as store:
            store.stations.put_operator(Operator(OPERATOR, "Test", "Test GmbH", "DE", "DE123456789", "Weg 1", "EUR"))
            where = (Decimal("52.5"), Decimal("13.4"))
            store.stations.put_site(Site(SITE, OPERATOR, "test", "Testplatz", "Weg 1, Berlin", "DE", "Europe/Berlin", "EUR", *where))
            store.stations.put_charger(Charger(ChargerId("CP1"), Approval.APPROVED, OPERATOR, SITE, connected=True))
            store.stations.put_evse(Evse(EVSE, OPERATOR, SITE, ChargerId("CP1"), 1, "B1", "IEC_62196_T2", "T2", ("L1",), 230, 32))
            for driver_id, name, pay_by in (
                (CARD_DRIVER, "Ada", PayBy.CARD),
                (ACCOUNT_DRIVER, "Ben", PayBy.ACCOUNT),
                (POOR_DRIVER, "Cy", PayBy.CARD),
            ):
                method = f"pm_declined_{name}" if driver_id == POOR_DRIVER else f"pm_{name}"
                store.drivers.put_driver(Driver(driver_id, OPERATOR, name, f"{name}@x.example", "en", pay_by, method))
                uid = TokenUid(f"APP{name.upper()}")
                store.drivers.put_token(Token(uid, OPERATOR, driver_id, TokenKind.APP))
            made = version(self.source)
            store.prices.put_version(made)
            store.prices.put_entry(PriceEntry(PriceEntryId(made.id), OPERATOR, SITE, made.key, "Test price", made.valid_from))
        return self

    def ended(self, *parts: tuple[PhaseState, float, int], **changes: Any) -> ChargeRecord:
        """Keep a finished charge."""
        made = record(*(parts or ((C, 60, 10_000),)), **changes)
        with self.transactions.begin() as store:
            store.sessions.end(made)
        return made

    def billed(self, made: ChargeRecord, at: datetime) -> Invoice | None:
        with self.transactions.begin() as store:
            return rate_and_invoice(store, made.session_id, at, self.ids)

    def driver(self, driver_id: DriverId) -> Driver:
        with self.transactions.begin() as store:
            return store.drivers.driver(driver_id)

    def evse(self) -> Evse:
        with self.transactions.begin() as store:
            return store.stations.evse(EVSE)

    def deliver(self, at: datetime, answer: Any = yes) -> int:
        """Deliver every due payment order; what was answered is taken up. How many."""
        with self.transactions.begin() as store:
            items = store.outbox.claim("payment", at, 100, 60.0)
        for item in items:
            reply = answer(item, at)
            with self.transactions.begin() as store:
                apply_payment_answer(store, item, reply, at, self.ids)
        return len(items)

    def sum_is_zero(self, store: Store) -> bool:
        return store.ledger.sum_minor("EUR") == 0 and sum(one.minor for one in store.ledger.trial_balance(OPERATOR)) == 0
