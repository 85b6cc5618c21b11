"""The operator's sites at present, and what needs attention there."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from forecourt.flows.ports import BayCount, ChargerSummary, Store
from forecourt.kernel import OperatorId, SiteId
from forecourt.stations import Approval, Site, is_maintained
from forecourt.web.queries.bay_states import bay_state
from forecourt.web.queries.console_labels import count_text
from forecourt.web.views.bays import BayState
from forecourt.web.views.console import Alarm, SiteNow


def network(
    store: Store, operator_id: OperatorId, now: datetime, known: Sequence[ChargerSummary] | None = None, site_ids: Collection[SiteId] = ()
) -> tuple[SiteNow, ...]:
    """All sites of an operator that have not closed for good, by name. known: its chargers, if already loaded. site_ids: these sites;
    none = all."""
    bays, connections = defaultdict[SiteId, list[BayCount]](list), defaultdict[SiteId | None, list[bool]](list)
    for group in store.network_status.bays(operator_id):
        bays[group.site_id].append(group)
    for one in store.network_status.chargers(operator_id) if known is None else known:
        if one.approval is Approval.APPROVED:
            connections[one.site_id].append(one.connected)
    sites = [one for one in store.stations.sites(operator_id) if one.closed_at is None and (not site_ids or one.id in site_ids)]
    return tuple(_site_now(site, bays[site.id], connections[site.id], now) for site in sites)


def closed_sites(store: Store, operator_id: OperatorId, site_ids: Collection[SiteId] = ()) -> tuple[Site, ...]:
    """Sites that have closed for good, by name. site_ids: as above."""
    return tuple(one for one in store.stations.sites(operator_id) if one.closed_at is not None and (not site_ids or one.id in site_ids))


def _site_now(site: Site, bays: Sequence[BayCount], online: Sequence[bool], now: datetime) -> SiteNow:
    counts = Counter[str]()
    for group in bays:
        counts[bay_state(group)] += len(group.labels)
    out_of_contact = [alike for alike in bays if alike.charge is not None and not alike.connected]
    silence = (sum(len(alike.labels) for alike in out_of_contact), sum(alike.power_w for alike in out_of_contact))
    alarms = tuple(_alarms(site, bays, online.count(False), now))
    identity = (site.slug, site.name, site.address, site.position)
    return SiteNow(*identity, counts, counts.total(), _known_w(bays), site.limit_w, sum(online), len(online), alarms, *silence)


def _known_w(bays: Sequence[BayCount]) -> int:
    """The last value of a charger without contact does not count as drawn now; plans reserve power for it all the same."""
    return sum(alike.power_w for alike in bays if alike.connected)


def _alarms(site: Site, bays: Sequence[BayCount], offline_count: int, now: datetime) -> Iterator[Alarm]:
    """silent: how many chargers have no contact. A broken bay under repair raises no alarm."""
    broken = [label for alike in bays if bay_state(alike) is BayState.FAULT for label in alike.labels]
    faults = sum(not is_maintained(site, label, now) for label in broken)
    if faults:
        yield Alarm("bad", f"{site.name}: {count_text(faults, 'bay')} out of order.", "", f"/console/sites/{site.slug}")
    if offline_count:
        at = f"/console/chargers?site={site.slug}&contact=offline"
        yield Alarm("warn", f"{site.name}: {count_text(offline_count, 'charger')} offline.", "", at)
    if site.limit_w is not None and _known_w(bays) > site.limit_w:
        yield Alarm("bad", f"{site.name} is drawing more than its limit.", "", f"/console/sites/{site.slug}")
