"""The price list in words, a tariff with its history, and a sample charge for a tariff being typed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from forecourt.flows.ports import Store
from forecourt.flows.prices import Breach, acknowledgement_of, law_at_sites, listed_unlawful_prices, markets_of_version, price_at
from forecourt.kernel import Conflict, NotFound, OperatorId
from forecourt.stations import Site, in_service
from forecourt.tariffs import (
    Buyer,
    Channel,
    Holidays,
    LegalFinding,
    LegalOutcome,
    Market,
    PriceEntry,
    Scope,
    TariffKey,
    TariffVersion,
    changes_between,
    check_tariff,
    describe_tariff,
    holiday_years,
    number_text,
    tariff_text,
)
from forecourt.web.queries.local_days import local_date
from forecourt.web.queries.names import actor_name
from forecourt.web.queries.price_weeks import price_week_of
from forecourt.web.queries.tariff_prices import listed_prices
from forecourt.web.queries.unlawful_prices import acknowledged_law
from forecourt.web.views.price import LegalCheck, PriceBreachRow, PriceEntryRow, PriceList, TariffPage, TariffRow, VersionRow
from forecourt.web.views.price_parts import TariffPart

CHANNELS = {Channel.ADHOC: "without a contract", Channel.CONTRACT: "with a contract", Channel.ROAMING: "through roaming"}
_TONE_ORDER = {"bad": 0, "warn": 1}
_TONES = {LegalOutcome.SATISFIED: "good", LegalOutcome.FAILING: "bad", LegalOutcome.NOT_KNOWN: "warn"}


def price_list(store: Store, site: Site, now: datetime) -> PriceList:
    """All past, current and scheduled entries of a site, where there is no price, and what a law forbids of those in force."""
    entries = store.prices.entries(site.operator_id, site.id)
    keys = {one.key for one in store.prices.versions(site.operator_id) if one.site_id in (None, site.id) and not one.withdrawn}
    rows = tuple(_price_entry_row(store, site, one, now) for one in entries)
    tariffs = tuple(_tariff_row(store, site, key, entries, now) for key in sorted(keys, key=lambda key: (key.id, str(key.site_id))))
    law = law_at_sites(store, site.operator_id, [site], now)[site.id]
    gaps, breaches = tuple(price_gaps(store, site, now)), _breach_rows(store, site, law.breaches)
    return PriceList(site.slug, site.name, site.zone, site.currency, rows, tariffs, gaps, breaches, law.unjudged)


def price_gaps(store: Store, site: Site, now: datetime) -> Iterator[str]:
    """Sockets at which somebody without a plan has no price now, in words."""
    for kind in sorted({evse.kind for evse in in_service(store.stations.evses(site.id))}):
        missing = [words for channel, words in CHANNELS.items() if price_at(store, site, kind, Buyer(channel), now) is None]
        if len(missing) == len(CHANNELS):
            yield f"{kind}: no price at all"
        elif missing:
            yield f"{kind}: no price for drivers {' and '.join(missing)}"


def _breach_rows(store: Store, site: Site, breaches: Iterable[Breach]) -> tuple[PriceBreachRow, ...]:
    listed = listed_unlawful_prices(store, site.operator_id) if breaches else ()
    return tuple(
        PriceBreachRow(
            f"{one.entry.name} is unlawful here.",
            f"{one.finding.text} {one.finding.remedy} ({one.finding.citation})",
            acknowledged_law(store, acknowledgement_of(listed, site.id, one)),
        )
        for one in breaches
    )


def tariff_page(store: Store, operator_id: OperatorId, version: TariffVersion, now: datetime) -> TariffPage:
    """The tariff of a version: its prices, its week, every version with its changes, and where it applies."""
    site = _site_of(store, operator_id, version)
    published = store.prices.versions_of(operator_id, version.key)
    versions = [one for one in store.prices.versions(operator_id) if one.key == version.key]
    current = next((one for one in published if one.is_valid_at(now)), published[-1] if published else version)
    used = [one for one in store.prices.entries(operator_id) if one.tariff == version.key]
    today = local_date(now, site.zone)
    return TariffPage(
        id=version.tariff.id,
        site=site.slug,
        site_name=site.name if version.site_id else "all sites",
        zone=site.zone,
        currency=version.tariff.currency,
        latest_id=str(published[-1].id if published else version.id),
        prices=listed_prices(current, now, site.zone),
        week=price_week_of(published, today, site.zone, version.tariff.currency, now),
        versions=tuple(reversed(_history(store, versions, site, now))),
        entries=tuple(_price_entry_row(store, site, one, now) for one in used),
        holidays=holidays_text(current.tariff.holidays),
    )


def holidays_text(known: Holidays | None) -> str:
    """The tariff's holidays, and until when they are known; empty if it uses none."""
    if known is None:
        return ""
    years = holiday_years(known.public)
    public = f"public holidays of {known.region or 'its list'} to the end of {years[1]}" if years else ""
    own_text = f"{len(known.own)} day{'s' if len(known.own) != 1 else ''} added by you" if known.own else ""
    return f"Holidays: {' and '.join(filter(None, (public, own_text))) or 'none'}."


def tariff_parts_of(version: TariffVersion, now: datetime, zone: str) -> tuple[TariffPart, ...]:
    parts = describe_tariff(version.tariff, now, zone)
    return tuple(TariffPart(part.text, part.when, part.now and part.scope is Scope.SESSION) for part in parts)


def own_version(store: Store, operator_id: OperatorId, version_id: UUID) -> TariffVersion:
    """Raises NotFound for another operator's version."""
    found = next((one for one in store.prices.versions(operator_id) if one.id == version_id), None)
    if found is None:
        raise NotFound("tariff_version", "There is no such tariff version.", "See the price list.")
    return found


def legal_checks(store: Store, entries: Sequence[PriceEntry], version: TariffVersion) -> tuple[LegalCheck, ...]:
    """The verdict of every rule wherever the entries would sell a version, failures first; rules that do not apply are left out."""
    found: dict[LegalFinding, list[str]] = {}
    for market in dict.fromkeys(markets_of_version(store, version, entries)):
        for finding in _findings(version, market):
            market_text = f"{number_text(market.power_kw)} kW {CHANNELS[market.channel]}"
            if market_text not in found.setdefault(finding, []):
                found[finding].append(market_text)
    lines = [
        LegalCheck(_TONES.get(one.outcome, "info"), one.rule, one.text, one.remedy, one.citation, ", ".join(markets))
        for one, markets in found.items()
        if one.outcome is not LegalOutcome.NOT_APPLICABLE
    ]
    return tuple(sorted(lines, key=lambda line: (_TONE_ORDER.get(line.tone, 2), line.rule)))


def _findings(version: TariffVersion, market: Market) -> tuple[LegalFinding, ...]:
    day = market.on or version.valid_from.date()
    return check_tariff(version.tariff, market.country, market.power_kw, market.channel, day, market.point)


def _history(store: Store, versions: Sequence[TariffVersion], site: Site, now: datetime) -> list[VersionRow]:
    rows: list[VersionRow] = []
    previous: TariffVersion | None = None
    for number, version in enumerate(sorted(versions, key=lambda one: (one.valid_from, str(one.id))), start=1):
        changes = changes_between(previous.tariff, version.tariff) if previous else ()
        row = VersionRow(
            id=str(version.id),
            number=number,
            state="withdrawn" if version.withdrawn else validity_state(version, now),
            valid_from=version.valid_from,
            valid_to=version.valid_to,
            zone=site.zone,
            hash=version.content_hash[:12],
            text=tariff_text(version.tariff, max(version.valid_from, now), site.zone),
            by=actor_name(store, version.published_by),
            at=version.published_at,
            changes=changes,
            first=previous is None,
        )
        rows.append(row)
        previous = previous if version.withdrawn else version
    return rows


def validity_state(one: TariffVersion | PriceEntry, now: datetime) -> str:
    if one.valid_from > now:
        return "scheduled"
    return "current" if one.is_valid_at(now) else "past"


def _price_entry_row(store: Store, site: Site, entry: PriceEntry, now: datetime) -> PriceEntryRow:
    versions = store.prices.versions_of(entry.operator_id, entry.tariff)
    at = max(now, entry.valid_from)
    version = next((one for one in versions if one.is_valid_at(at)), None)
    latest = version or (versions[-1] if versions else None)
    return PriceEntryRow(
        id=str(entry.id),
        name=entry.name,
        who=_applies_to(entry),
        where=_where(entry),
        tariff=entry.tariff.id,
        version_id=str(latest.id) if latest else "",
        text=tariff_text(version.tariff, at, site.zone) if version else "no current version",
        state=validity_state(entry, now),
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        zone=site.zone,
        priority=entry.priority,
    )


def _applies_to(entry: PriceEntry) -> str:
    parts = [f"with plan {entry.plan}" if entry.plan else "", f"with offer {entry.offer}" if entry.offer else ""]
    parts += [CHANNELS[entry.channel] if entry.channel and not entry.plan else ""]
    return ", ".join(filter(None, parts)) or "everyone"


def _where(entry: PriceEntry) -> str:
    parts = ["all sites" if entry.site_id is None else "", f"group {entry.evse_group}" if entry.evse_group else ""]
    parts += [f"class {entry.power_class}" if entry.power_class else ""]
    return ", ".join(filter(None, parts)) or "all sockets"


def _tariff_row(store: Store, site: Site, key: TariffKey, entries: Sequence[PriceEntry], now: datetime) -> TariffRow:
    versions = store.prices.versions_of(site.operator_id, key)
    current = next((one for one in versions if one.is_valid_at(now)), None)
    upcoming = [one for one in versions if one.valid_from > now]
    shown = current or (upcoming[0] if upcoming else versions[-1])
    text = tariff_text(shown.tariff, max(now, shown.valid_from), site.zone) if current else ("not yet in force" if upcoming else "ended")
    used = sum(1 for one in entries if one.tariff == key and validity_state(one, now) != "past")
    return TariffRow(key.id, str(shown.id), text, len(versions), used, upcoming[0].valid_from if upcoming else None, site.zone)


def _site_of(store: Store, operator_id: OperatorId, version: TariffVersion) -> Site:
    """The site whose clock a tariff uses; for a tariff of all sites, the first."""
    sites = store.stations.sites(operator_id)
    if not sites:
        raise Conflict("no_site", "There is no site yet.", "Add a site first.")
    return next((site for site in sites if site.id == version.site_id), sites[0])
