"""The console's first page, its chargers, what waits for a person, and the ledger."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from forecourt.flows.ports import ListPage, PageAsked, Quarantined, Store
from forecourt.kernel import ChargerId, Money, OperatorId, Span
from forecourt.ledger import AT_PROCESSOR, CLEARING, Balance
from forecourt.stations import Approval, Charger, Evse, Obedience, Site, is_maintained
from forecourt.web.queries.certificates import certificate_alarms
from forecourt.web.queries.days import local_day
from forecourt.web.queries.sites import site_plan, total
from forecourt.web.queries.states import bay_states, bays_of
from forecourt.web.views.charges import Bay, BayState, SitePlan
from forecourt.web.views.console import Alarm, BalanceRow, ChargerRow, Now, QuarantineRow, SiteNow, TrialBalance

_MOST_DRAWN, _MOST_BAYS, _MOST_ROWS = 4, 200, 50  # sites with their plan, their bays together; else so many sites in rows
_A_MINUTE = timedelta(minutes=1)
_IS_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def now_page(store: Store, operator_id: OperatorId, now: datetime, door_ends: datetime | None = None) -> Now:
    """Sites, alarms, and the money of the operator's day. door_ends: when the certificate of the chargers' port does."""
    sites, zone = store.stations.sites(operator_id), store.stations.operator(operator_id).zone
    today = local_day(now.astimezone(ZoneInfo(zone)).date(), zone)
    taken = store.takings.by_version(operator_id, today.start)
    currencies = sorted({site.currency for site in sites})
    rows = network(store, operator_id, now)
    drawn = len(rows) <= _MOST_DRAWN and sum(len(one.plan.bays) for one in rows) <= _MOST_BAYS
    shown = rows if drawn else tuple(sorted(rows, key=lambda one: (-one.gravity, one.name)))[:_MOST_ROWS]
    of_sites = tuple(alarm for one in rows for alarm in one.alarms) if drawn else ()
    return Now(
        at=now,
        zone=zone,
        sites=shown,
        drawn=drawn,
        left_out=len(rows) - len(shown),
        alarms=(*_alarms(store, operator_id, of_sites), *certificate_alarms(store, operator_id, now, door_ends)),
        invoiced=total(one.gross for one in taken),
        clearing=tuple(Money(_in_transit(store, operator_id, currency), currency) for currency in currencies),
        energy_wh=sum(one.energy_wh for one in taken),
        charges=sum(one.charges for one in taken),
    )


def network(store: Store, operator_id: OperatorId, now: datetime) -> tuple[SiteNow, ...]:
    """All sites of an operator."""
    sites = store.stations.sites(operator_id)
    store.expect_sites([one.id for one in sites], Span(now, now + _A_MINUTE))
    return tuple(_site_now(store, site, now) for site in sites)


def _in_transit(store: Store, operator_id: OperatorId, currency: str) -> int:
    """What was taken by card and is not at the bank."""
    return sum(store.ledger.balance(operator_id, account, currency) for account in (CLEARING, AT_PROCESSOR))


@dataclass(frozen=True, slots=True)
class ChargersWanted:
    """words: in the name, maker, model or firmware. site: its short name. contact: "online" or "offline". What is empty does not narrow."""

    words: str = ""
    site: str = ""
    contact: str = ""

    def fits(self, row: ChargerRow) -> bool:
        sought = self.words.casefold()
        told = any(sought in one.casefold() for one in (row.id, f"{row.vendor} {row.model}", row.firmware))
        return told and (not self.contact or (row.approval == Approval.APPROVED and row.connected == (self.contact == "online")))


def chargers(store: Store, operator_id: OperatorId, wanted: ChargersWanted = ChargersWanted()) -> tuple[ChargerRow, ...]:
    """Those that wait for approval first, whatever is wanted, then by site and name."""
    named = store.stations.chargers(approval=Approval.PENDING)
    waiting = [_charger_row(one, None, {}) for one in named if one.operator_id in (None, operator_id)]
    rows: list[ChargerRow] = []
    for site in (one for one in store.stations.sites(operator_id) if wanted.site in ("", one.slug)):
        states = {evse.label: (evse.charger_id, state) for evse, state in _labelled(store, site)}
        limits = _limits(store, site)
        for charger in sorted(store.stations.chargers(site.id), key=lambda one: one.id):
            if charger.approval is not Approval.PENDING:
                rows.append(replace(_charger_row(charger, site, states), limits=limits.get(charger.id, ())))
    refused = store.stations.chargers(approval=Approval.REFUSED)
    if not wanted.site:
        rows += [_charger_row(one, None, {}) for one in refused if one.site_id is None and one.operator_id in (None, operator_id)]
    return (*waiting, *filter(wanted.fits, rows))


def quarantine(store: Store, operator_id: OperatorId, asked: PageAsked) -> ListPage[QuarantineRow]:
    zones = {site.id: site.zone for site in store.stations.sites(operator_id)}
    found = store.inbox.quarantine_page(operator_id, asked)
    return found.of(_quarantine_row(entry, zones.get(entry.site_id, "UTC") if entry.site_id else "UTC") for entry in found.rows)


def trial_balance(store: Store, operator_id: OperatorId) -> TrialBalance:
    """Every account that ever moved; drivers' own accounts are summed, for there are thousands. Debits equal credits."""
    found = sorted(store.ledger.summary(operator_id), key=lambda one: (one.currency, one.account.name))
    totals = (_balance_row("", list(some)) for _, some in groupby(found, lambda one: one.currency))
    return TrialBalance(tuple(_balance_row(one.account.name, [one]) for one in found), tuple(totals))


def _balance_row(name: str, of: Sequence[Balance]) -> BalanceRow:
    currency = of[0].currency
    debit, credit = sum(one.debit_minor for one in of), sum(one.credit_minor for one in of)
    return BalanceRow(name, currency, Money(debit, currency), Money(credit, currency))


def _site_now(store: Store, site: Site, now: datetime) -> SiteNow:
    boxes = [one for one in store.stations.chargers(site.id) if one.approval is Approval.APPROVED]
    plan, online = site_plan(store, site, now), sum(1 for one in boxes if one.connected)
    alarms = tuple(_site_alarms(site, plan, len(boxes) - online, now))
    return SiteNow(site.slug, site.name, site.address, site.position, plan, online, len(boxes), alarms)


def _site_alarms(site: Site, plan: SitePlan, silent: int, now: datetime) -> Iterator[Alarm]:
    """silent: chargers that nobody hears of. A bay out of order that somebody works on raises no alarm."""
    faults = sum(bay.state is BayState.FAULT and not is_maintained(site, bay.label, now) for bay in plan.bays)
    if faults:
        yield Alarm("bad", f"{site.name}: {_count(faults, 'bay')} out of order.", "", f"/console/sites/{site.slug}")
    if silent:
        at = f"/console/chargers?site={site.slug}&contact=offline"
        yield Alarm("warn", f"{site.name}: no contact with {_count(silent, 'charger')}.", "", at)
    if plan.limit_w is not None and plan.power_w > plan.limit_w:
        yield Alarm("bad", f"{site.name} draws more than its limit.", "", f"/console/sites/{site.slug}")


def _alarms(store: Store, operator_id: OperatorId, of_sites: Iterable[Alarm]) -> Iterator[Alarm]:
    waiting = [one for one in store.stations.chargers(approval=Approval.PENDING) if one.operator_id in (None, operator_id)]
    if waiting:
        yield Alarm(
            "warn", f"{_count(len(waiting), 'charger')} waiting for approval.", "They get no service until then.", "/console/chargers"
        )
    yield from of_sites
    doubtful = store.inbox.quarantine_count(operator_id)
    if doubtful:
        yield Alarm("warn", f"{_count(doubtful, 'message')} to look at.", "They were kept, and not acted on.", "/console/quarantine")
    odd = len(store.clearing.open_findings(operator_id))
    if odd:
        text = "The processor's clearing file and the ledger differ."
        yield Alarm("warn", f"{_count(odd, 'finding')} in the clearing.", text, "/console/clearing")
    unknown = len(store.bank.open(operator_id))
    if unknown:
        yield Alarm("warn", f"{_count(unknown, 'line')} of the bank to look at.", "They fit nothing in the ledger.", "/console/bank")
    said = len(store.complaints.waiting(operator_id))
    if said:
        yield Alarm("warn", f"{_count(said, 'complaint')} about a bill.", "Somebody waits for an answer.", "/console/complaints")
    owing = store.dunning.waiting_count(operator_id)
    if owing:  # what waits for the month's statement, or for its first payment, is no debt
        yield Alarm("warn", f"{_count(owing, 'debt')} after a failed or late payment.", "", "/console/dunning")


def _charger_row(charger: Charger, site: Site | None, states: Mapping[str, tuple[str, BayState]]) -> ChargerRow:
    bays = tuple(Bay(label, 0, 0, state) for label, (charger_id, state) in states.items() if charger_id == charger.id)
    return ChargerRow(
        charger.id,
        site.name if site else "",
        charger.approval.value,
        charger.connected,
        charger.protocol.value.removeprefix("ocpp"),
        charger.vendor,
        charger.model,
        charger.firmware,
        charger.seen_at,
        bays,
        site.zone if site else "UTC",
        profile=charger.way_in.profile,
    )


def _limits(store: Store, site: Site) -> Mapping[ChargerId, tuple[str, ...]]:
    """How the sockets of each charger keep their limits."""
    grants, found = store.plans.grants(site.id), defaultdict[ChargerId, set[str]](set)
    for evse in bays_of(store, site.id):
        grant = grants.get(evse.id)
        found[evse.charger_id].add((grant.obedience if grant else Obedience.UNTESTED).value)
    return {charger_id: tuple(sorted(words)) for charger_id, words in found.items()}


def _labelled(store: Store, site: Site) -> Iterator[tuple[Evse, BayState]]:
    states = bay_states(store, site.id)
    for evse in bays_of(store, site.id):
        yield evse, states[evse.id]


def _quarantine_row(entry: Quarantined, zone: str) -> QuarantineRow:
    # The subject of a charge is its id; of a message that belongs to none, the message's name, which has no page.
    subject = entry.subject if _IS_ID.fullmatch(entry.subject) else ""
    return QuarantineRow(str(entry.id), entry.at, entry.charger_id or "", entry.code, entry.text, subject, entry.raw, zone)


def _count(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
