"""Adding a site and changing its details: descriptions at any time, what bills depend on only before the first bill."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from decimal import Decimal

from forecourt.flows.bookings.service_changes import MAX_MAINTENANCE_SPAN, MAX_REASON_CHARS
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import site_for_update
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Money, SiteId
from forecourt.stations import NOTHING_SAID, HostTerms, LimitRow, Maintenance, Opening, PublicFacts, Site, holiday_regions, planned
from forecourt.tariffs import COUNTRIES_WITH_REGIONAL_LAW, parse_zone

MAX_NAME_CHARS, MAX_ADDRESS_CHARS, MAX_KW = 100, 300, 100_000
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_REGION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_DEGREES = re.compile(r"-?\d{1,3}(\.\d{1,8})?")
# What tariffs and bills depend on.
_EVER = datetime.min.replace(tzinfo=UTC)
_OF_BILLS = ("country", "zone", "currency")


@dataclass(frozen=True, slots=True)
class SiteDetails:
    """slug: its short name, in addresses and files, for good. limit_kw: what all its sockets together may draw; None = no limit besides
    `limits`. facts, region: None = unchanged. region: ISO 3166-2, whose own law applies to prices as well; empty = not stated.

    Raises BadInput with the name of the field."""

    slug: str
    name: str
    country: str
    zone: str
    currency: str
    address: str = ""
    latitude: str = "0"
    longitude: str = "0"
    limit_kw: Decimal | None = None
    limits: Sequence[LimitRow] = field(default=())
    openings: Sequence[Opening] = field(default=())
    maintenance: Sequence[Maintenance] = field(default=())
    host_shares: Sequence[tuple[str, Decimal]] = field(default=())
    facts: PublicFacts | None = None
    region: str | None = None

    def __post_init__(self) -> None:
        if not _SLUG.fullmatch(self.slug):
            raise BadInput("slug", f"{self.slug[:60]!r} is not a valid short name.", "Use up to 60 lower-case letters, digits, - and _.")
        if not 1 <= len(self.name.strip()) <= MAX_NAME_CHARS:
            raise BadInput("name", "Enter a name for the site.", f"Use up to {MAX_NAME_CHARS} characters.")
        if len(self.address) > MAX_ADDRESS_CHARS:
            raise BadInput("address", "The address is too long.", f"Use up to {MAX_ADDRESS_CHARS} characters.")
        if not _COUNTRY.fullmatch(self.country):
            raise BadInput("country", f"{self.country[:20]!r} is not a country code.", "Use ISO 3166-1 alpha-2, for example DE.")
        _check_region(self.region or "", self.country)
        Money.zero(self.currency)  # refuses an invalid currency code
        parse_zone(self.zone)
        _check_degrees("latitude", self.latitude, 90)
        _check_degrees("longitude", self.longitude, 180)
        HostTerms(_EVER, tuple(self.host_shares))  # refuses invalid shares
        if any(len(one.reason) > MAX_REASON_CHARS or one.span.length > MAX_MAINTENANCE_SPAN for one in self.maintenance):
            raise BadInput("maintenance", "Maintenance can last at most a year, and its reason can have at most 120 characters.")
        if self.limit_kw is not None and not 0 < self.limit_kw <= MAX_KW:
            raise BadInput("limit_kw", f"A limit of {self.limit_kw} kW is not valid.", f"Enter more than 0 and at most {MAX_KW} kW.")

    @property
    def limit_w(self) -> int | None:
        return None if self.limit_kw is None else round(1000 * self.limit_kw)


def add_site(store: Store, by: Staff, wanted: SiteDetails) -> Site:
    """Without chargers and prices, so nobody is shown it yet."""
    if store.stations.site_by_slug(wanted.slug) is not None:
        raise BadInput("slug", f"There is already a site {wanted.slug!r}.", "Choose another short name.")
    site = Site(
        id=SiteId(by.ids.new(by.at)),
        operator_id=by.operator_id,
        slug=wanted.slug,
        name=wanted.name.strip(),
        address=wanted.address.strip(),
        country=wanted.country,
        zone=wanted.zone,
        currency=wanted.currency,
        latitude=Decimal(wanted.latitude),
        longitude=Decimal(wanted.longitude),
        limits=tuple(wanted.limits),
        limit_w=wanted.limit_w,
        power_limit_w=wanted.limit_w,
        openings=tuple(wanted.openings),
        maintenance=planned(wanted.maintenance, by.at),
        host_shares=tuple(wanted.host_shares),
        facts=wanted.facts or NOTHING_SAID,
        region=wanted.region or "",
    )
    store.stations.put_site(site)
    note(store, by, "site.add", site.slug, site.name)
    return site


def describe_site(store: Store, by: Staff, site_id: SiteId, wanted: SiteDetails) -> Site:
    """Change all details but short name and limits (which have a page of their own). Raises BadInput if bills depend on a changed one."""
    site = site_for_update(store, by, site_id)
    fixed = [name for name in _OF_BILLS if getattr(wanted, name) != getattr(site, name)]
    if fixed and has_bills(store, site):
        raise BadInput(fixed[0], f"{site.name} has charges or tariffs that depend on its {fixed[0]}.", "Add another site instead.")
    after = replace(
        site,
        name=wanted.name.strip(),
        address=wanted.address.strip(),
        country=wanted.country,
        zone=wanted.zone,
        currency=wanted.currency,
        latitude=Decimal(wanted.latitude),
        longitude=Decimal(wanted.longitude),
        facts=site.facts if wanted.facts is None else wanted.facts,
        region=site.region if wanted.region is None else wanted.region,
    )
    _check_region(after.region, after.country)
    changes = _changes(site, after)
    if changes:
        store.stations.put_site(after)
        note(store, by, "site.describe", site.slug, "; ".join(changes)[:1000])
    return after


def _changes(before: Site, after: Site) -> list[str]:
    """The changes as text for the log."""
    names = ("name", "address", *_OF_BILLS, "region", "latitude", "longitude")
    whole = [(name, getattr(before, name), getattr(after, name)) for name in names]
    facts = [(one.name, getattr(before.facts, one.name), getattr(after.facts, one.name)) for one in fields(PublicFacts)]
    return [f"{name} {_as_text(old)} → {_as_text(new)}" for name, old, new in (*whole, *facts) if old != new]


def _as_text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "not stated"
    if value is None or isinstance(value, bool):
        return {None: "not stated", True: "yes", False: "no"}[value]
    return str(value) or "none"


def has_bills(store: Store, site: Site) -> bool:
    """Whether it has charges or tariffs, so that country, zone and currency can no longer change."""
    if store.sessions.ended(site.id, 1) or store.sessions.open_at(site.id):
        return True
    return any(one.site_id in (None, site.id) for one in store.prices.versions(site.operator_id))


def _check_region(region: str, country: str) -> None:
    """Check that it is a known part of the country: a misspelt one would look like a place without a law of its own."""
    if not region:
        return
    known = {code for code, _ in holiday_regions(country)} - {country}
    if (
        not _REGION.fullmatch(region)
        or not region.startswith(f"{country}-")
        or (country in COUNTRIES_WITH_REGIONAL_LAW and region not in known)
    ):
        raise BadInput("region", f"{region[:20]!r} is not a region of {country}.", "Use ISO 3166-2, for example US-CA, or leave it empty.")


def _check_degrees(name: str, text: str, max_degrees: int) -> None:
    if not _DEGREES.fullmatch(text) or abs(Decimal(text)) > max_degrees:
        raise BadInput(
            name, f"{text[:20]!r} is not a valid {name}.", f"Enter degrees from -{max_degrees} to {max_degrees}, for example 52.53."
        )
