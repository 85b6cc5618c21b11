"""What would it cost? The same `rate` that makes the bill, on the usage we expect."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from forecourt.flows.ports import Store
from forecourt.kernel import Conflict, NotFound, SiteId, Span
from forecourt.sessions import Session, usage_of
from forecourt.stations import Evse, Site
from forecourt.tariffs import Phase, PhaseState, Rating, TariffVersion, Usage, rate

TYPICAL_WH = 12_000


@dataclass(frozen=True, slots=True)
class Price:
    """A tariff version and what the usage costs under it."""

    version: TariffVersion
    usage: Usage
    rating: Rating


def find_price(store: Store, site_id: SiteId, kind: str, window: Span, energy_wh: int = TYPICAL_WH) -> Price:
    """The price of charging energy_wh in a window at a socket of a kind: full power first, then parked to the end."""
    site = store.stations.site(site_id)
    power_w = power_of(store, site_id, kind)
    return _priced(store, site, expected_usage(window, energy_wh, power_w, site.zone), window.start)


def running_cost(store: Store, session: Session, at: datetime) -> Price | None:
    """What a running charge costs up to now; None where it has no price (nobody to bill, or no tariff)."""
    if session.tariff_version_id is None:
        return None
    site = store.stations.site(session.site_id)
    usage = usage_of(store.sessions.points(session.id), at, site.zone)
    version = store.prices.version(session.tariff_version_id)
    return Price(version, usage, rate(version.tariff, usage))


def expected_usage(window: Span, energy_wh: int, power_w: int, zone: str) -> Usage:
    """Charging at full power until the energy (or what fits the window) is in, then idle until the window ends."""
    fits_wh = min(energy_wh, power_w * window.seconds // 3600)
    full_at = min(window.end, window.start + timedelta(seconds=-(-fits_wh * 3600 // power_w)))
    phases = [Phase(PhaseState.CHARGING, window.start, full_at, fits_wh)] if full_at > window.start else []
    if full_at < window.end:
        phases.append(Phase(PhaseState.IDLE, full_at, window.end, 0))
    return Usage(tuple(phases), zone)


def power_of(store: Store, site_id: SiteId, kind: str) -> int:
    """Watts of a socket of the kind (the least of them)."""
    return min(evse.max_power_w for evse in sockets_of(store, site_id, kind))


def sockets_of(store: Store, site_id: SiteId, kind: str) -> list[Evse]:
    """All EVSEs of a kind at a site; NotFound when there is none."""
    evses = [evse for evse in store.stations.evses(site_id) if evse.kind == kind]
    if not evses:
        kinds = sorted({evse.kind for evse in store.stations.evses(site_id)})
        raise NotFound("kind", f"This site has no sockets of kind {kind!r}.", f"It has: {', '.join(kinds) or 'none'}.")
    return evses


def _priced(store: Store, site: Site, usage: Usage, at: datetime) -> Price:
    version = store.prices.valid_at(site.operator_id, site.id, at)
    if version is None:
        raise Conflict("no_price", f"{site.name} has no price for that time.", "Choose another time.")
    return Price(version, usage, rate(version.tariff, usage))
