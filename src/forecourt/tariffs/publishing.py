"""From a tariff's JSON to a version that may be sold: hashed, dated, and refused where a law forbids it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from forecourt.kernel import BadInput, Conflict, OperatorId, SiteId, TariffVersionId, utc
from forecourt.tariffs.holidays import resolve_holidays
from forecourt.tariffs.law import LegalFinding, LegalOutcome, check_tariff
from forecourt.tariffs.model import Tariff, TariffVersion
from forecourt.tariffs.parsing import canonical_source, parse_tariff
from forecourt.tariffs.statutes import Channel, ChargingPoint

_CHANNELS = {
    "AD_HOC_PAYMENT": (Channel.ADHOC,),
    "REGULAR": (Channel.CONTRACT, Channel.ROAMING),
    "PROFILE_CHEAP": (Channel.CONTRACT, Channel.ROAMING),
    "PROFILE_FAST": (Channel.CONTRACT, Channel.ROAMING),
    "PROFILE_GREEN": (Channel.CONTRACT, Channel.ROAMING),
}


@dataclass(frozen=True, slots=True)
class Market:
    """Where and to whom a tariff is sold: country (ISO 3166, or a part of it, such as US-CA), the EVSE's power, and the way in.

    on: the first day it is sold there; None: the version's own. point: what is known of the charging point itself.
    """

    country: str
    power_kw: Decimal
    channel: Channel
    on: date | None = None
    point: ChargingPoint | None = None


def tariff_version(
    source: Mapping[str, Any] | str,
    version_id: TariffVersionId,
    operator_id: OperatorId,
    site_id: SiteId | None,
    valid_from: datetime,
    valid_to: datetime | None = None,
) -> TariffVersion:
    """One immutable version of a tariff, whose public holidays are dates from now on; BadInput where it cannot be read or never holds."""
    start, end = utc(valid_from), None if valid_to is None else utc(valid_to)
    if end is not None and end <= start:
        raise BadInput("tariff_validity", "The tariff would end before it starts.", "Choose a later end.")
    text = canonical_source(resolve_holidays(source, start.year, end.year if end else None))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return TariffVersion(version_id, operator_id, site_id, start, end, digest, parse_tariff(text), text)


def markets_of(tariff: Tariff, country: str, powers_kw: Iterable[Decimal]) -> tuple[Market, ...]:
    """Where a tariff is sold: at each power, through the channel its OCPI type names, or through all of them without one."""
    channels = _CHANNELS.get(tariff.kind or "", tuple(Channel))
    return tuple(Market(country, power, channel) for power in sorted(set(powers_kw)) for channel in channels)


def check_markets(version: TariffVersion, markets: Iterable[Market]) -> tuple[LegalFinding, ...]:
    """The legal findings for every market on its first day; Conflict with the citation where one fails."""
    findings = findings_of(version, markets)
    failing = next((finding for finding in findings if finding.outcome is LegalOutcome.FAILING), None)
    if failing is not None:
        raise Conflict("tariff_unlawful", f"{failing.text} ({failing.citation})", failing.remedy)
    return findings


def findings_of(version: TariffVersion, markets: Iterable[Market]) -> tuple[LegalFinding, ...]:
    """Every rule's finding for every market, on the market's day or else on the version's first."""
    return tuple(finding for market in markets for finding in _checked(version, market))


def _checked(version: TariffVersion, market: Market) -> tuple[LegalFinding, ...]:
    on = market.on or version.valid_from.date()
    return check_tariff(version.tariff, market.country, market.power_kw, market.channel, on, market.point)
