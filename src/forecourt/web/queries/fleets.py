"""A fleet for the person who pays for it: its drivers, running charges, and past charges, only those the fleet pays for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import reduce
from itertools import groupby
from operator import add
from zoneinfo import ZoneInfo

from forecourt.billing import DocumentKind, Invoice
from forecourt.drivers import NO_LIMITS, Driver, LimitOf, Limits, Token
from forecourt.flows.desk import account_membership, cards_of, drivers_in_fleet, fleet_membership, operator_zone
from forecourt.flows.paying import limit_usage
from forecourt.flows.ports import BilledTotal, DocumentSearch, FleetUsage, ListPage, PageRequest, Store
from forecourt.kernel import DriverId, Money, NotFound, Span, instant_text
from forecourt.offers import months_later
from forecourt.web.queries.charges import running_charge
from forecourt.web.views.charges import ChargeView

CHARGE_COLUMNS = (
    "document", "kind", "issued", "started", "ended", "place", "socket", "driver", "card", "cost_centre", "energy_wh", "net",
    "vat", "gross", "due", "currency",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FleetDriver:
    driver: Driver
    cost_centre: str
    limits: Limits
    cards: Sequence[Token]
    running: Sequence[ChargeView]
    payer_id: DriverId
    used: Mapping[LimitOf, Money]

    @property
    def blocked(self) -> int:
        """Of the cards."""
        return sum(one.blocked for one in self.cards)


TOTAL_COLUMNS = ("by", "name", "charges", "energy_wh", "net", "vat", "gross", "due", "currency")
# What a fleet's charges are summed by, besides months.
GROUPINGS: Mapping[str, Callable[[FleetUsage], str]] = {
    "cost_centre": lambda one: one.cost_centre,
    "driver": lambda one: one.name,
    "card": lambda one: f"{one.name}, {one.card}" if one.card else one.name,
    "site": lambda one: one.site,
}
MONTHS = 12


@dataclass(frozen=True, slots=True)
class FleetTotal:
    """name empty: not assigned. For a month: "2026-06", and its start."""

    name: str
    billed: BilledTotal
    begins: datetime | None = None


@dataclass(frozen=True, slots=True)
class FleetView:
    """month: in the operator's zone; later None: it is the current one."""

    zone: str
    month: Span
    earlier: str
    later: str | None
    drivers: Sequence[FleetDriver]
    totals: Sequence[BilledTotal]
    by: str
    sums: Sequence[FleetTotal]
    charges: ListPage[Invoice]


def fleet_view(store: Store, payer_id: DriverId, month: Span, by: str, page_request: PageRequest, now: datetime) -> FleetView:
    """by: one of `GROUPINGS`, or "month"; by cost centre for anything else."""
    operator_id = store.drivers.driver(payer_id).operator_id
    zone = operator_zone(store, operator_id)
    first_day, used = month.start.astimezone(zone).date(), store.billing_totals.fleet_usage(payer_id, month)
    later, by = months_later(first_day, 1) if month.end <= now else None, by if by == "month" or by in GROUPINGS else "cost_centre"
    return FleetView(
        str(zone),
        month,
        months_later(first_day, -1).isoformat()[:7],
        later.isoformat()[:7] if later else None,
        fleet_drivers(store, payer_id, now),
        [one.billed for one in _sums(used, lambda one: "")],
        by,
        _months(store, payer_id, month, zone) if by == "month" else _sums(used, GROUPINGS[by]),
        store.documents.page(operator_id, _of(payer_id, month), page_request),
    )


def fleet_totals(store: Store, payer_id: DriverId, month: Span) -> Iterator[tuple[str, FleetTotal]]:
    """The month's totals, overall and by each of `GROUPINGS`: in each currency, the sums of one kind add up to the month's."""
    zone, used = operator_zone(store, store.drivers.driver(payer_id).operator_id), store.billing_totals.fleet_usage(payer_id, month)
    yield from (("month", one) for one in _sums(used, lambda one: month.start.astimezone(zone).date().isoformat()[:7]))
    for by, name in GROUPINGS.items():
        yield from ((by, one) for one in _sums(used, name))


def fleet_total_rows(store: Store, payer_id: DriverId, month: Span) -> Iterator[tuple[object, ...]]:
    for by, one in fleet_totals(store, payer_id, month):
        total = one.billed
        amounts = (each.amount for each in (total.net, total.tax, total.gross, total.due))
        yield by, one.name, total.charges, total.energy_wh, *amounts, total.due.currency


def _months(store: Store, payer_id: DriverId, month: Span, zone: ZoneInfo) -> list[FleetTotal]:
    """Up to the current one, the latest first."""
    start = datetime.combine(months_later(month.start.astimezone(zone).date(), 1 - MONTHS), time(0), zone)
    found = store.billing_totals.fleet_usage_by_month(payer_id, Span(start, month.end), str(zone))
    return [FleetTotal(day.isoformat()[:7], billed, datetime.combine(day, time(0), zone)) for day, billed in reversed(found)]


def fleet_charge_rows(store: Store, payer_id: DriverId, month: Span) -> Iterator[tuple[object, ...]]:
    """A row for each document, newest first; credit notes are negative, so that a column adds up to the month's total."""
    operator_id, page_request = store.drivers.driver(payer_id).operator_id, PageRequest(limit=500)
    while True:
        found = store.documents.page(operator_id, _of(payer_id, month), page_request)
        yield from (_row(one) for one in found.rows)
        if not found.older:
            return
        page_request = PageRequest(found.older, limit=500)


def _of(payer_id: DriverId, month: Span) -> DocumentSearch:
    return DocumentSearch(payer_id=payer_id, since=month.start, until=month.end)


def _row(one: Invoice) -> tuple[object, ...]:
    content, delivery, sign = one.content, one.content.delivery, -1 if one.kind is DocumentKind.CREDIT_NOTE else 1
    used_by = content.parties.used_by
    times = (instant_text(at) if at else "" for at in (one.issued_at, delivery and delivery.started_at, delivery and delivery.ended_at))
    user_fields = (used_by.name, used_by.card, used_by.cost_centre) if used_by else ("", "", "")
    amounts = (sign * amount.amount for amount in (one.net, content.tax, one.gross, one.due))
    energy = delivery.energy_wh * sign if delivery else 0
    return (one.number, one.kind, *times, content.place.site_name, content.place.evse_label, *user_fields, energy, *amounts, one.currency)


def fleet_drivers(store: Store, payer_id: DriverId, now: datetime) -> list[FleetDriver]:
    return [fleet_driver(store, one, payer_id, now) for one in drivers_in_fleet(store, payer_id, now)]


def fleet_member(store: Store, payer_id: DriverId, driver_id: DriverId, now: datetime) -> FleetDriver:
    """Somebody else's driver does not exist."""
    found = next((one for one in drivers_in_fleet(store, payer_id, now) if one.id == driver_id), None)
    if found is None:
        raise NotFound("driver", "There is no such driver in your fleet.")
    return fleet_driver(store, found, payer_id, now)


def fleet_driver(store: Store, driver: Driver, payer_id: DriverId, now: datetime) -> FleetDriver:
    """A running charge counts by its start: from before the driver joined, it is their own."""
    stay = fleet_membership(store, driver.operator_id, driver.id, now)
    on_account = account_membership(store, driver.operator_id, driver.id, now)
    on_this_account = [one for one in store.sessions.open_of(driver.id) if on_account and on_account.since <= one.started_at]
    running = [running_charge(store, one, now) for one in on_this_account]
    centre, limits = (stay.cost_centre, stay.limits) if stay else ("", NO_LIMITS)
    used = limit_usage(store, on_account, now) if on_account else {}
    return FleetDriver(driver, centre, limits, cards_of(store, driver.id), running, payer_id, used)


def _sums(used: Sequence[FleetUsage], name: Callable[[FleetUsage], str]) -> list[FleetTotal]:
    def key(one: FleetUsage) -> tuple[str, str]:
        return name(one), one.billed.due.currency

    groups = groupby(sorted(used, key=key), key=key)
    return [FleetTotal(called, reduce(add, (one.billed for one in some))) for (called, _), some in groups]
