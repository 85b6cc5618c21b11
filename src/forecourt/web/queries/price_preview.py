"""A sample charge for a tariff being typed: priced by the billing rules, with the legal checks beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt.flows.ports import Store
from forecourt.flows.prices import Publication, draft_version, entries_of
from forecourt.kernel import BadInput, Refused, TariffVersionId
from forecourt.stations import Site
from forecourt.tariffs import Phase, PhaseState, TariffVersion, Usage, changes_between, rate
from forecourt.web.queries.price_book import legal_checks, tariff_parts_of
from forecourt.web.queries.price_weeks import price_week_of
from forecourt.web.queries.prices import price_line
from forecourt.web.views.price import Preview
from forecourt.web.views.tariff_form import TariffForm, local_instant, number

_NOBODY = TariffVersionId(UUID(int=0))
_UNNAMED = "NEW"


@dataclass(frozen=True, slots=True)
class SampleCharge:
    """A made-up charge: an amount of energy over some minutes, then parked. start: an instant."""

    energy_wh: int
    minutes: int
    idle_minutes: int
    start: datetime

    def usage(self, zone: str) -> Usage:
        full_at = self.start + timedelta(minutes=self.minutes)
        parts = ((PhaseState.CHARGING, self.start, full_at, self.energy_wh),)
        parked = ((PhaseState.IDLE, full_at, full_at + timedelta(minutes=self.idle_minutes), 0),)
        return Usage(tuple(Phase(*part) for part in (*parts, *parked) if part[2] > part[1]), zone)


def read_sample(fields: Mapping[str, str], zone: str, now: datetime) -> SampleCharge:
    """Minutes left empty follow from energy and power. Raises BadInput whose code is the field's name."""
    energy_wh = _between(fields, "sample_kwh", 20, 500, 1000)
    power_w = max(1, _between(fields, "sample_kw", 11, 1000, 1000))
    default_minutes = -(-energy_wh * 60 // power_w)
    minutes = max(1, _between(fields, "sample_minutes", min(default_minutes, 2880), 2880))
    start = local_instant(fields.get("sample_start", ""), zone, "sample_start") or now
    return SampleCharge(energy_wh, minutes, _between(fields, "sample_idle", 30, 2880), start)


def preview(store: Store, site: Site, form: TariffForm, fields: Mapping[str, str], now: datetime) -> Preview:
    """What would be published, what a sample charge costs, and the legal checks. Errors are returned, never raised.

    A tariff without a name can be previewed; publishing requires one.
    """
    form = replace(form, id=form.id or _UNNAMED)
    try:
        sample = read_sample(fields, site.zone, now)
        version = draft_from_form(store, site, form, fields, now)
        using, new_entries = entries_of(store, version, enter=bool(fields.get("enter")))
        law = legal_checks(store, [*using, *new_entries], version)
        rating = rate(version.tariff, sample.usage(site.zone))
    except Refused as error:
        return Preview(error=error.text, remedy=error.remedy, field=error.code)
    zone, since = ZoneInfo(site.zone), max(version.valid_from, now)
    ahead = _previous_version(store, version)
    return Preview(
        lines=tuple(price_line(line, rating.currency) for line in rating.lines),
        gross=rating.gross,
        vat=rating.tax,
        parts=tariff_parts_of(version, sample.start, site.zone),
        law=law,
        week=price_week_of([version], since.astimezone(zone).date(), site.zone, rating.currency, now),
        changes=changes_between(ahead.tariff, version.tariff) if ahead else (),
        lawful=all(line.tone != "bad" for line in law),
        replaces=ahead is not None,
    )


def draft_from_form(store: Store, site: Site, form: TariffForm, fields: Mapping[str, str], now: datetime) -> TariffVersion:
    return draft_version(store, publication_of(site, form, fields, now), site.operator_id)


def publication_of(site: Site, form: TariffForm, fields: Mapping[str, str], now: datetime) -> Publication:
    """Times are local to the site; an empty start is now. The caller adds the owner and the author."""
    source = form.source()
    form.require_tax()
    return Publication(
        version_id=_NOBODY,
        site_id=None if fields.get("scope") == "all" else site.id,
        source=source,
        valid_from=local_instant(fields.get("valid_from", ""), site.zone) or now,
        valid_to=local_instant(fields.get("valid_to", ""), site.zone, "valid_to"),
        operator_id=site.operator_id,
        at=now,
        enter=bool(fields.get("enter")),
        name=fields.get("name", ""),
    )


def _previous_version(store: Store, version: TariffVersion) -> TariffVersion | None:
    earlier = [one for one in store.prices.versions_of(version.operator_id, version.key) if one.valid_from <= version.valid_from]
    return earlier[-1] if earlier else None


def _between(fields: Mapping[str, str], name: str, default: int, maximum: int, scale: int = 1) -> int:
    """A number from 0 to `maximum`, multiplied by the scale, as a whole number."""
    text = fields.get(name, "").strip()
    value = number(text, name) if text else default
    if not 0 <= value <= maximum:
        raise BadInput(name, f"{text[:20]} is out of range.", f"Enter 0 to {maximum}.")
    return int(value * scale)
