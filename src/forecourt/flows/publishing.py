"""Put a price into force: checked against the law first, then never changed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from forecourt.flows.ports import Store
from forecourt.kernel import Conflict, SiteId, TariffVersionId
from forecourt.tariffs import TariffVersion, canonical_source, markets_of, parse_tariff, publish


@dataclass(frozen=True, slots=True)
class Publication:
    """source: an OCPI tariff (2.2.1 or 2.3.0). valid_to None: until further notice."""

    version_id: TariffVersionId
    site_id: SiteId
    source: Mapping[str, Any]
    valid_from: datetime
    valid_to: datetime | None = None


def publish_tariff(store: Store, publication: Publication) -> TariffVersion:
    """Keep a new version of a site's price. Refused where its currency is not the site's, and where a law forbids it there.

    Running sessions keep the version they started with; quotes keep theirs.
    """
    site = store.stations.site(publication.site_id)
    tariff = parse_tariff(publication.source)
    if tariff.currency != site.currency:
        raise Conflict("tariff_currency", f"The tariff is in {tariff.currency}, the site in {site.currency}.")
    source = canonical_source(publication.source)
    version = TariffVersion(
        id=publication.version_id,
        operator_id=site.operator_id,
        site_id=site.id,
        valid_from=publication.valid_from,
        valid_to=publication.valid_to,
        content_hash=hashlib.sha256(source.encode()).hexdigest(),
        tariff=tariff,
        source=source,
    )
    powers_kw = [Decimal(evse.max_power_w) / 1000 for evse in store.stations.evses(site.id)]
    publish(version, markets_of(tariff, site.country, powers_kw))
    store.prices.put_version(version)
    return version
