"""The console's first page: sites, alarms, and the day's money."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from forecourt.drivers import Duty
from forecourt.flows.ports import Store
from forecourt.kernel import Money, OperatorId
from forecourt.ledger import AT_PROCESSOR, CLEARING
from forecourt.web.queries.alarms import alarms
from forecourt.web.queries.local_days import local_date, local_day
from forecourt.web.queries.money_totals import total_by_currency
from forecourt.web.queries.network import network
from forecourt.web.queries.site_lookup import site_of
from forecourt.web.queries.site_page import site_plan
from forecourt.web.views.console import Alarm, SiteNow

_MAX_DRAWN, _MAX_BAYS, _MAX_ROWS = 4, 200, 50  # most sites and bays in total to draw plans for; otherwise most sites listed as rows


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """The first page: sites, alarms, money of the site's day. If there are too many sites to draw, those that need attention come first,
    and alarms are shown for these only. left_out: how many other sites there are, all less urgent."""

    at: datetime
    zone: str
    sites: tuple[SiteNow, ...]
    drawn: bool
    left_out: int
    alarms: tuple[Alarm, ...]
    invoiced: tuple[Money, ...]
    clearing: tuple[Money, ...]
    energy_wh: int
    charges: int


def overview(
    store: Store, operator_id: OperatorId, now: datetime, tls_expires_at: datetime | None = None, duties: Collection[Duty] = tuple(Duty)
) -> OverviewPage:
    """Sites, alarms, and the money of the operator's day. tls_expires_at: when the certificate of the chargers' port expires. duties: of
    the person it is shown to."""
    sites, zone = store.stations.sites(operator_id), store.stations.operator(operator_id).zone
    today = local_day(local_date(now, zone), zone)
    tariff_totals = store.billing_totals.by_tariff_version(operator_id, today.start)
    currencies = sorted({site.currency for site in sites})
    known = store.network_status.chargers(operator_id)
    rows = network(store, operator_id, now, known)
    drawn = len(rows) <= _MAX_DRAWN and sum(one.bays for one in rows) <= _MAX_BAYS
    shown = _drawn(store, rows, now) if drawn else tuple(sorted(rows, key=lambda one: (-one.severity, one.name)))[:_MAX_ROWS]
    of_sites = tuple(alarm for one in rows for alarm in one.alarms) if drawn else ()
    found = alarms(store, operator_id, of_sites, known, tls_expires_at, now)
    return OverviewPage(
        at=now,
        zone=zone,
        sites=shown,
        drawn=drawn,
        left_out=len(rows) - len(shown),
        alarms=tuple(one for one in found if one.duty is None or one.duty in duties),
        invoiced=total_by_currency(one.gross for one in tariff_totals),
        clearing=tuple(Money(_in_transit(store, operator_id, currency), currency) for currency in currencies),
        energy_wh=sum(one.energy_wh for one in tariff_totals),
        charges=sum(one.charges for one in tariff_totals),
    )


def _drawn(store: Store, rows: Iterable[SiteNow], now: datetime) -> tuple[SiteNow, ...]:
    return tuple(replace(one, plan=site_plan(store, site_of(store, one.slug), now)) for one in rows)


def _in_transit(store: Store, operator_id: OperatorId, currency: str) -> int:
    """Card payments that have not reached the bank yet."""
    return sum(store.ledger.balance(operator_id, account, currency) for account in (CLEARING, AT_PROCESSOR))
