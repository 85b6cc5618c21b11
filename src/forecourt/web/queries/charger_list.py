"""The console's list of chargers: searched as a whole, shown a page at a time."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from forecourt.flows.ports import ChargerSummary, Store
from forecourt.kernel import ChargerId, OperatorId, SiteId
from forecourt.stations import Approval, Charger, Obedience, SecurityProfile, Site
from forecourt.web.queries.bay_states import bay_states, bays_of
from forecourt.web.views.bays import Bay


@dataclass(frozen=True, slots=True)
class ChargerRow:
    id: str
    site: str
    approval: str
    connected: bool
    protocol: str
    vendor: str
    model: str
    firmware: str
    seen_at: datetime | None
    bays: tuple[Bay, ...]
    zone: str = "UTC"
    limits: tuple[str, ...] = ()  # how its sockets obey limits, each kind once
    profile: SecurityProfile | None = None


@dataclass(frozen=True, slots=True)
class ChargersWanted:
    """words: in the name, maker, model or firmware. site: its slug. contact: "online" or "offline". Empty values do not filter."""

    words: str = ""
    site: str = ""
    contact: str = ""

    def fits(self, one: ChargerSummary) -> bool:
        text_sought = self.words.casefold()
        matches_text = any(text_sought in text.casefold() for text in (one.id, f"{one.vendor} {one.model}", one.firmware))
        return matches_text and (not self.contact or (one.approval is Approval.APPROVED and one.connected == (self.contact == "online")))


def waiting_chargers(store: Store, operator_id: OperatorId) -> list[ChargerRow]:
    """Chargers that have announced themselves and wait for approval."""
    pending = store.stations.chargers(approval=Approval.PENDING)
    return [_row(one, None, {}) for one in pending if one.operator_id in (None, operator_id)]


def chargers_found(
    store: Store, operator_id: OperatorId, wanted: ChargersWanted, site_ids: Collection[SiteId] = ()
) -> list[ChargerSummary]:
    """By site and name; those without a site last. site_ids: at these sites; none = all."""
    sites = {one.id: (place, one.slug) for place, one in enumerate(store.stations.sites(operator_id))}
    no_site = (len(sites), "")
    known = (one for one in store.network_status.chargers(operator_id) if not site_ids or one.site_id in site_ids)
    placed = [(*sites.get(one.site_id, no_site), one) if one.site_id else (*no_site, one) for one in known]
    fitting = [(place, one) for place, slug, one in placed if wanted.site in ("", slug) and wanted.fits(one)]
    return [one for _, one in sorted(fitting, key=lambda found: (found[0], found[1].id))]


def charger_rows(store: Store, found: Sequence[ChargerSummary]) -> list[ChargerRow]:
    """With their bays and limits at present."""
    sites = {one.site_id: store.stations.site(one.site_id) for one in found if one.site_id}
    bays, limits = dict[ChargerId, list[Bay]](), dict[ChargerId, tuple[str, ...]]()
    for site_id in sites:
        bays |= _bays(store, site_id)
        limits |= _limits(store, site_id)
    rows = []
    for one in found:
        charger = store.stations.charger(one.id)
        if charger is not None:
            site = sites[one.site_id] if one.site_id else None
            rows.append(replace(_row(charger, site, bays), limits=limits.get(one.id, ())))
    return rows


def _row(charger: Charger, site: Site | None, bays: Mapping[ChargerId, Sequence[Bay]]) -> ChargerRow:
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
        tuple(bays.get(charger.id, ())),
        site.zone if site else "UTC",
        profile=charger.last_connection.profile,
    )


def _bays(store: Store, site_id: SiteId) -> dict[ChargerId, list[Bay]]:
    states, found = bay_states(store, site_id), defaultdict[ChargerId, list[Bay]](list)
    for evse in bays_of(store, site_id):
        found[evse.charger_id].append(Bay(evse.label, 0, 0, states[evse.id]))
    return found


def _limits(store: Store, site_id: SiteId) -> dict[ChargerId, tuple[str, ...]]:
    """How the sockets of each charger obey limits."""
    grants, found = store.plans.grants(site_id), defaultdict[ChargerId, set[str]](set)
    for evse in bays_of(store, site_id):
        grant = grants.get(evse.id)
        found[evse.charger_id].add((grant.obedience if grant else Obedience.UNTESTED).value)
    return {charger_id: tuple(sorted(words)) for charger_id, words in found.items()}
