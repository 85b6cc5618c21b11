"""Publish tariff versions: checked against the law first, then never changed. A version that has not begun can be withdrawn."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid5

from forecourt.flows.ports.audit_log import AuditEntry
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_law import check_published
from forecourt.flows.prices.unlawful_prices import resolve_unlawful_prices
from forecourt.kernel import BadInput, Conflict, NotFound, OperatorId, PriceEntryId, SiteId, TariffVersionId, instant_text
from forecourt.tariffs import PriceEntry, TariffVersion, VersionCut, check_plausible, is_tied, overlap, tariff_version

# A form takes a moment from "now" to here.
TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Publication:
    """source: an OCPI tariff (2.2.1 or 2.3.0), as JSON text or decoded. valid_to None: until further notice.

    site_id None: a tariff for all sites; then operator_id says whose. by: an account id. at: the instant of publishing;
    with it the past is closed, the log says who did it, and the version that holds until then is ended by this one.
    Without it (a new installation) nothing is ended, and a price may have begun earlier.
    enter: a tariff that no entry of the price book uses becomes the price of every socket and driver there; name: as which
    drivers read of it, empty = the tariff's short name. replaces: the latest version of the tariff that this one is based on, which must
    still be the latest; None: whichever is.
    """

    version_id: TariffVersionId
    site_id: SiteId | None
    source: Mapping[str, Any] | str
    valid_from: datetime
    valid_to: datetime | None = None
    operator_id: OperatorId | None = None
    by: str = "system"
    at: datetime | None = None
    enter: bool = True
    name: str = ""
    replaces: TariffVersionId | None = None


def publish_tariff(store: Store, publication: Publication) -> TariffVersion:
    """Publish a new version of a tariff. Refused if its currency is not the site's, or if a law forbids it there.

    Running sessions keep the version they started with; quotes keep theirs.
    """
    operator_id = _operator_of(store, publication)
    store.prices.lock(operator_id)
    version = draft_version(store, publication, operator_id)
    _check_replaces(store, publication, version)
    using, new_entries = entries_of(store, version, publication.enter, publication.name)
    check_published(store, version, [*using, *new_entries])
    if version.cuts is not None:
        store.prices.put_version(replace(store.prices.version(version.cuts.version_id), valid_to=version.valid_from))
    store.prices.put_version(version)
    for entry in new_entries:
        check_no_tie(store, entry)
        store.prices.put_entry(entry)
    _note(store, version, "tariff.publish", f"{version.tariff.id} from {instant_text(version.valid_from)}", publication)
    if publication.at is not None:
        resolve_unlawful_prices(store, operator_id, publication.at)
    return version


def _check_replaces(store: Store, publication: Publication, version: TariffVersion) -> None:
    """Raises Conflict if somebody else has published a version of the tariff since, or withdrawn the one this is based on."""
    if publication.replaces is None:
        return
    others = [one for one in store.prices.versions_of(version.operator_id, version.key) if not one.withdrawn]
    latest = max(others, key=lambda one: (one.valid_from, one.id), default=None)
    if latest is None or latest.id != publication.replaces:
        raise Conflict("tariff_changed", "Someone else has changed this tariff since you read it.", "Read its versions and publish again.")


def draft_version(store: Store, publication: Publication, operator_id: OperatorId) -> TariffVersion:
    """The version as it would be stored: it ends at the next scheduled one, and ends the one before it."""
    at = publication.at
    if at is not None and publication.valid_from < at - TOLERANCE:
        raise BadInput("backdated", "A price cannot begin in the past.", "Choose a start from now on.")
    version = tariff_version(
        publication.source, publication.version_id, operator_id, publication.site_id, publication.valid_from, publication.valid_to
    )
    check_plausible(version.tariff)
    version = replace(version, published_by=publication.by, published_at=at)
    if at is None:
        return version
    other_versions = store.prices.versions_of(operator_id, version.key)
    later = [one for one in other_versions if one.valid_from > version.valid_from]
    if later and version.valid_to is None:
        version = replace(version, valid_to=later[0].valid_from)
    ahead = next((one for one in other_versions if one.is_valid_at(version.valid_from)), None)
    if ahead is not None and ahead.valid_from < version.valid_from:
        version = replace(version, cuts=VersionCut(ahead.id, ahead.valid_to))
    return version


def entries_of(store: Store, version: TariffVersion, enter: bool, name: str = "") -> tuple[list[PriceEntry], list[PriceEntry]]:
    """The entries that would sell a version: those in the book, and where there is none and `enter` asks for it, the general one."""
    using = [one for one in store.prices.entries(version.operator_id) if one.tariff == version.key and overlap(one, version)]
    return using, [_general_entry(version, name)] if enter and not using else []


def withdraw_version(store: Store, operator_id: OperatorId, version_id: TariffVersionId, by: str, at: datetime) -> TariffVersion:
    """Withdraw a scheduled version before it begins; the one it would have ended continues. Repeating it changes nothing."""
    version = version_of_operator(store, operator_id, version_id)
    if version.withdrawn:
        return version
    if version.valid_from <= at:
        raise Conflict("tariff_begun", "This version is already in force.", "Publish another one to replace it.")
    withdrawn = replace(version, withdrawn=True)
    store.prices.put_version(withdrawn)
    ahead = next((one for one in store.prices.versions_of(operator_id, version.key) if one.valid_to == version.valid_from), None)
    if ahead is not None and version.cuts is not None:
        ends = [end for end in (version.cuts.ended_at, version.valid_to) if end is not None]
        store.prices.put_version(replace(ahead, valid_to=min(ends, default=None)))
    _log(store, withdrawn, "tariff.withdraw", f"{version.tariff.id} from {instant_text(version.valid_from)}", (by, at))
    return withdrawn


def version_of_operator(store: Store, operator_id: OperatorId, version_id: TariffVersionId) -> TariffVersion:
    """A version of this operator, after locking its prices. Raises NotFound, also for another operator's."""
    store.prices.lock(operator_id)
    version = store.prices.version(version_id)
    if version.operator_id != operator_id:
        raise NotFound("tariff_version", "There is no such tariff version.", "Check the price list.")
    return version


def check_no_tie(store: Store, entry: PriceEntry) -> None:
    """Raise Conflict, naming the other entry, if the book contains one that ties with this entry."""
    for existing in store.prices.entries(entry.operator_id):
        if is_tied(entry, existing):
            raise Conflict(
                "price_tie",
                f"'{existing.name}' already applies to the same sockets and drivers at that time.",
                "End that price first, choose other sockets or drivers, or give this one another priority.",
            )


def _general_entry(version: TariffVersion, name: str) -> PriceEntry:
    entry_id = PriceEntryId(uuid5(version.id, "entry"))
    return PriceEntry(
        entry_id,
        version.operator_id,
        version.site_id,
        version.key,
        (name.strip() or version.tariff.id)[:60],
        version.valid_from,
        version.valid_to,
        published_by=version.published_by,
        published_at=version.published_at,
    )


def _operator_of(store: Store, publication: Publication) -> OperatorId:
    if publication.site_id is not None:
        site = store.stations.site(publication.site_id)
        if site.closed_at is not None:
            raise Conflict("site_ended", f"{site.name} has closed for good.", "Choose another site.")
        return site.operator_id
    if publication.operator_id is None:
        raise BadInput("tariff_owner", "Whose tariff is this?", "Name a site or an operator.")
    return publication.operator_id


def _note(store: Store, version: TariffVersion, action: str, text: str, publication: Publication) -> None:
    if publication.at is not None:
        _log(store, version, action, text, (publication.by, publication.at))


def _log(store: Store, version: TariffVersion, action: str, text: str, author_and_time: tuple[str, datetime]) -> None:
    by, at = author_and_time
    store.audit.add(AuditEntry(uuid5(version.id, f"{action}/{at}"), version.operator_id, at, by, action, str(version.id), text))
