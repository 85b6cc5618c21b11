"""The console's first page, its chargers, what waits for a person, and the ledger."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from urllib.parse import quote
from zoneinfo import ZoneInfo

from forecourt.flows.billing import late_draft
from forecourt.flows.ports import ChargerBrief, ListPage, PageAsked, Quarantined, Store
from forecourt.kernel import Conflict, Money, OperatorId
from forecourt.ledger import AT_PROCESSOR, CLEARING, Balance
from forecourt.stations import Approval
from forecourt.web.queries.certificates import certificate_alarms
from forecourt.web.queries.days import local_day
from forecourt.web.queries.desk_words import counted
from forecourt.web.queries.network import network
from forecourt.web.queries.places import site_of
from forecourt.web.queries.sites import site_plan, total
from forecourt.web.views.console import Alarm, BalanceRow, Now, QuarantineRow, SiteNow, TrialBalance

_MOST_DRAWN, _MOST_BAYS, _MOST_ROWS = 4, 200, 50  # sites with their plan, their bays together; else so many sites in rows
_LONG_LIMITED = timedelta(days=1)
_IS_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def now_page(store: Store, operator_id: OperatorId, now: datetime, door_ends: datetime | None = None) -> Now:
    """Sites, alarms, and the money of the operator's day. door_ends: when the certificate of the chargers' port does."""
    sites, zone = store.stations.sites(operator_id), store.stations.operator(operator_id).zone
    today = local_day(now.astimezone(ZoneInfo(zone)).date(), zone)
    taken = store.takings.by_version(operator_id, today.start)
    currencies = sorted({site.currency for site in sites})
    known = store.standing.chargers(operator_id)
    rows = network(store, operator_id, now, known)
    drawn = len(rows) <= _MOST_DRAWN and sum(one.bays for one in rows) <= _MOST_BAYS
    shown = _drawn(store, rows, now) if drawn else tuple(sorted(rows, key=lambda one: (-one.gravity, one.name)))[:_MOST_ROWS]
    of_sites = tuple(alarm for one in rows for alarm in one.alarms) if drawn else ()
    return Now(
        at=now,
        zone=zone,
        sites=shown,
        drawn=drawn,
        left_out=len(rows) - len(shown),
        alarms=(*_alarms(store, operator_id, of_sites), *certificate_alarms(known, now, door_ends), *_long_limited(store, known, now)),
        invoiced=total(one.gross for one in taken),
        clearing=tuple(Money(_in_transit(store, operator_id, currency), currency) for currency in currencies),
        energy_wh=sum(one.energy_wh for one in taken),
        charges=sum(one.charges for one in taken),
    )


def _drawn(store: Store, rows: Iterable[SiteNow], now: datetime) -> tuple[SiteNow, ...]:
    return tuple(replace(one, plan=site_plan(store, site_of(store, one.slug), now)) for one in rows)


def _in_transit(store: Store, operator_id: OperatorId, currency: str) -> int:
    """What was taken by card and is not at the bank."""
    return sum(store.ledger.balance(operator_id, account, currency) for account in (CLEARING, AT_PROCESSOR))


def quarantine(store: Store, operator_id: OperatorId, asked: PageAsked) -> ListPage[QuarantineRow]:
    zones = {site.id: site.zone for site in store.stations.sites(operator_id)}
    found = store.inbox.quarantine_page(operator_id, asked)
    rows = ((entry, zones.get(entry.site_id, "UTC") if entry.site_id else "UTC") for entry in found.rows)
    return found.of(_with_late(store, entry, _quarantine_row(entry, zone)) for entry, zone in rows)


def _with_late(store: Store, entry: Quarantined, row: QuarantineRow) -> QuarantineRow:
    if entry.late is None:
        return row
    try:
        return replace(row, late=late_draft(store, entry).gross)
    except Conflict as refused:
        return replace(row, late_why=f"{refused.text} {refused.remedy}".strip())


def trial_balance(store: Store, operator_id: OperatorId) -> TrialBalance:
    """Every account that ever moved; drivers' own accounts are summed, for there are thousands. Debits equal credits."""
    found = sorted(store.ledger.summary(operator_id), key=lambda one: (one.currency, one.account.name))
    totals = (_balance_row("", list(some)) for _, some in groupby(found, lambda one: one.currency))
    return TrialBalance(tuple(_balance_row(one.account.name, [one]) for one in found), tuple(totals))


def _balance_row(name: str, of: Sequence[Balance]) -> BalanceRow:
    currency = of[0].currency
    debit, credit = sum(one.debit_minor for one in of), sum(one.credit_minor for one in of)
    return BalanceRow(name, currency, Money(debit, currency), Money(credit, currency))


def _alarms(store: Store, operator_id: OperatorId, of_sites: Iterable[Alarm]) -> Iterator[Alarm]:
    waiting = [one for one in store.stations.chargers(approval=Approval.PENDING) if one.operator_id in (None, operator_id)]
    if waiting:
        yield Alarm(
            "warn", f"{counted(len(waiting), 'charger')} waiting for approval.", "They get no service until then.", "/console/chargers"
        )
    yield from of_sites
    doubtful = store.inbox.quarantine_count(operator_id)
    if doubtful:
        yield Alarm("warn", f"{counted(doubtful, 'message')} to look at.", "They were kept, and not acted on.", "/console/quarantine")
    odd = len(store.clearing.open_findings(operator_id))
    if odd:
        text = "The processor's clearing file and the ledger differ."
        yield Alarm("warn", f"{counted(odd, 'finding')} in the clearing.", text, "/console/clearing")
    unknown = len(store.bank.open(operator_id))
    if unknown:
        yield Alarm("warn", f"{counted(unknown, 'line')} of the bank to look at.", "They fit nothing in the ledger.", "/console/bank")
    said = len(store.complaints.waiting(operator_id))
    if said:
        yield Alarm("warn", f"{counted(said, 'complaint')} about a bill.", "Somebody waits for an answer.", "/console/complaints")
    owing = store.dunning.waiting_count(operator_id)
    if owing:  # what waits for the month's statement, or for its first payment, is no debt
        yield Alarm("warn", f"{counted(owing, 'debt')} after a failed or late payment.", "", "/console/dunning")


def _long_limited(store: Store, known: Iterable[ChargerBrief], now: datetime) -> Iterator[Alarm]:
    """Limits of others that hold for days: forgotten there, perhaps, and a person can set them aside."""
    for brief in known:
        charger = store.stations.charger(brief.id) if brief.limited else None
        held = charger.limits_at(now) if charger else ()
        since = min((one.told_at for one in held), default=now)
        if now - since >= _LONG_LIMITED:
            text = f"{held[0].whose[:1].upper()}{held[0].whose[1:]} told of it on {since:%Y-%m-%d}, and it was not lifted."
            yield Alarm("warn", f"Others limit {brief.id}.", text, f"/console/chargers/{quote(brief.id, safe='')}")


def _quarantine_row(entry: Quarantined, zone: str) -> QuarantineRow:
    # The subject of a charge is its id; of a message that belongs to none, the message's name, which has no page.
    subject = entry.subject if _IS_ID.fullmatch(entry.subject) else ""
    return QuarantineRow(str(entry.id), entry.at, entry.charger_id or "", entry.code, entry.text, subject, entry.raw, zone)
