"""/console/design: every component in every state, drawn from made-up values."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from litestar import get
from litestar.response import Response

from forecourt.kernel import Money
from forecourt.web.frame.responses import WebRequest, page
from forecourt.web.views.bays import Bay, BayState, SitePlan
from forecourt.web.views.charges import BandPart, ChargeBand, CostPoint
from forecourt.web.views.console import TraceStep
from forecourt.web.views.place import Slot
from forecourt.web.views.power import Layer, PowerView
from forecourt.web.views.quote import DayPrices, PriceLine, PriceStep

ZONE = "Europe/Berlin"
NOON = datetime(2026, 5, 4, 12, 20, tzinfo=UTC)


@get("/design", sync_to_thread=True)
def design(request: WebRequest) -> Response[str]:
    return page(
        request,
        "console/design.html",
        plan=sample_plan(),
        power=sample_power(),
        price=sample_price(),
        band=sample_band(),
        lines=sample_lines(),
        gross=Money(sum(line.amount.minor for line in sample_lines()), "EUR"),
        steps=sample_steps(),
        slots=sample_slots(),
        states=list(BayState),
        zone=ZONE,
        amounts=[Money(1250, "EUR"), Money(995, "USD"), Money(1200, "JPY"), Money(-350, "EUR")],
        lengths=[timedelta(seconds=42), timedelta(minutes=12), timedelta(hours=3, minutes=5)],
        now=NOON,
        tab="design",
    )


def sample_plan(bays: int = 24) -> SitePlan:
    cycle = [
        BayState.CHARGING, BayState.CHARGING, BayState.FREE, BayState.WITHHELD, BayState.IDLE, BayState.FREE, BayState.RESERVED,
        BayState.CHARGING, BayState.FREE, BayState.FAULT, BayState.OFFLINE, BayState.CHARGING,
    ]  # fmt: skip
    placed = []
    for index in range(bays):
        state = cycle[index % len(cycle)]
        power_w = 3300 + 290 * (index % 11) if state is BayState.CHARGING else 0
        placed.append(Bay(f"B-{index + 1:02d}", index % 12, index // 12, state, power_w, 4200 + 310 * index))
    return SitePlan("sample", "Market Square", ZONE, NOON, tuple(placed), sum(bay.power_w for bay in placed), 60_000)


def sample_power() -> PowerView:
    at = tuple(NOON - timedelta(minutes=5 * (72 - step)) for step in range(73))
    drawn = tuple(8000 + 600 * min(step, 48) + 1700 * (step % 7) for step in range(73))
    unused = tuple(2400 if step % 9 else 0 for step in range(73))
    return PowerView(ZONE, at, (Layer("Drawn by cars", drawn), Layer("Allocated, not drawn", unused)), 60_000)


def sample_price() -> DayPrices:
    start = datetime(2026, 5, 3, 22, tzinfo=UTC)
    prices = ((0, 39), (6, 52), (10, 45), (17, 64), (21, 45))
    steps = tuple(PriceStep(start + timedelta(hours=hour), Decimal(cents) / 100) for hour, cents in prices)
    return DayPrices("EUR", ZONE, start, start + timedelta(hours=24), NOON, steps)


def sample_band() -> ChargeBand:
    start = NOON - timedelta(hours=3)
    segments = ((0, 75, BayState.CHARGING), (75, 100, BayState.WITHHELD), (100, 150, BayState.CHARGING), (150, 180, BayState.IDLE))
    parts = tuple(BandPart(start + timedelta(minutes=begin), start + timedelta(minutes=end), state) for begin, end, state in segments)
    costs = ((0, 0, 0), (75, 423, 8100), (100, 423, 8100), (150, 705, 13500), (180, 805, 13500))
    points = tuple(CostPoint(start + timedelta(minutes=minute), Money(cents, "EUR"), wh) for minute, cents, wh in costs)
    return ChargeBand(ZONE, parts, points)


def sample_lines() -> tuple[PriceLine, ...]:
    return (
        PriceLine(
            "Energy",
            "13.5 kWh",
            "€0.44/kWh",
            Money(594, "EUR"),
            "The price of the day rate, 06:00 to 22:00, holds for the whole charge.",
        ),
        PriceLine(
            "Parked after charging",
            "30 min",
            "€2.00/h",
            Money(100, "EUR"),
            "Time on the bay after the car was full; the first 15 minutes are free.",
        ),
        PriceLine("Start", "", "", Money(50, "EUR")),
    )


def sample_steps() -> tuple[TraceStep, ...]:
    return (
        TraceStep(NOON, "fact", "The charge began", "StartTransaction", '{"connectorId": 1, "idTag": "04A2B3C4", "meterStart": 10012}'),
        TraceStep(NOON + timedelta(minutes=1), "plan", "Plan 41: 16 A for this bay", "All cars fit under the limit."),
        TraceStep(NOON + timedelta(minutes=90), "session", "Charge record sealed", "13.5 kWh in 4 stretches."),
        TraceStep(NOON + timedelta(minutes=91), "document", "Issued INV-2026-000042", "€8.85 for 3 lines", href="/console/documents"),
        TraceStep(NOON + timedelta(minutes=91), "ledger", "Ledger entry 118: invoice", "DRIVER_RECEIVABLE → REVENUE:energy €5.94"),
        TraceStep(NOON + timedelta(minutes=92), "payment", "Payment: captured", "€8.85 taken"),
        TraceStep(NOON + timedelta(minutes=95), "problem", "Reading set aside", "The register ran backwards."),
    )


def sample_slots() -> tuple[Slot, ...]:
    return tuple(Slot(NOON + timedelta(minutes=40 + 30 * step), (3, 2, 0, 1, 5, 0, 4, 4)[step]) for step in range(8))
