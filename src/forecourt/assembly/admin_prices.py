"""Tariffs, the price book and groups of drivers, as stored by `forecourt admin`."""

from datetime import datetime
from typing import Any

from forecourt.assembly.admin_files import MemberFile, PriceFile, TariffFile
from forecourt.flows.desk import new_member
from forecourt.flows.ports import Store
from forecourt.flows.prices import Publication, add_price_entry, publish_tariff, unjudged_rules, unjudged_rules_of_entry
from forecourt.kernel import BadInput, Ids, NotFound, OperatorId, PriceEntryId, SiteId, TariffVersionId
from forecourt.tariffs import PriceEntry, TariffKey


def add_tariff(store: Store, content: TariffFile, at: datetime, ids: Ids) -> dict[str, Any]:
    """A version that begins in the future ends the current one at that time; one in the past is for setting up a network."""
    operator_id, site_id = _owner(store, content.site, content.operator)
    publication = Publication(
        version_id=TariffVersionId(ids.new(at)),
        site_id=site_id,
        source=content.tariff,
        valid_from=content.valid_from,
        valid_to=content.valid_to,
        operator_id=operator_id,
        by="admin",
        at=at if content.valid_from >= at else None,
        enter=content.enter,
    )
    version = publish_tariff(store, publication)
    return {"tariff": version.tariff.id, "id": str(version.id), "hash": version.content_hash, "not_checked": unjudged_rules(store, version)}


def add_price(store: Store, content: PriceFile, at: datetime, ids: Ids) -> dict[str, Any]:
    operator_id, site_id = _owner(store, content.site, content.operator)
    entry = PriceEntry(
        id=PriceEntryId(ids.new(at)),
        operator_id=operator_id,
        site_id=site_id,
        tariff=TariffKey(None if content.tariff_of_all_sites else site_id, content.tariff_id),
        name=content.name,
        valid_from=content.valid_from or at,
        valid_to=content.valid_to,
        evse_group=content.evse_group,
        power_class=content.power_class,
        plan=content.plan,
        offer=content.offer,
        channel=content.channel,
        priority=content.priority,
        published_by="admin",
    )
    entry_added = add_price_entry(store, entry, at)
    return {"price": entry_added.name, "id": str(entry_added.id), "not_checked": unjudged_rules_of_entry(store, entry_added)}


def add_member(store: Store, content: MemberFile, at: datetime) -> dict[str, Any]:
    account = store.drivers.account_by_email(content.driver.strip().lower())
    if account is None or account.driver_id is None:
        raise NotFound("driver", f"There is no driver {content.driver!r}.")
    if not 1 <= len(content.group) <= 40 or not content.group.isprintable():
        raise BadInput("group", "The group needs a name.", "1 to 40 characters.")
    store.drivers.put_member(new_member(store, account.operator_id, account.driver_id, content.group, content.since or at))
    return {"group": content.group, "driver": account.email}


def _owner(store: Store, slug: str, operator: str) -> tuple[OperatorId, SiteId | None]:
    """The owner: exactly one of the two is named."""
    if bool(slug) == bool(operator):
        raise BadInput("file", "Use either `site` or `operator`.")
    if slug:
        site = store.stations.site_by_slug(slug)
        if site is None:
            raise NotFound("site", f"There is no site {slug!r}.", "See `forecourt admin site list`.")
        return site.operator_id, site.id
    found = next((one for one in store.stations.operators() if one.name == operator), None)
    if found is None:
        raise NotFound("operator", f"There is no operator {operator!r}.", "See `forecourt admin operator list`.")
    return found.id, None
