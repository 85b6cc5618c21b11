"""What a price can be limited to: groups of sockets and power classes at a site, and groups of drivers."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from forecourt.drivers import PayBy
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.fleets import new_member
from forecourt.flows.desk.operator_scope import site_for_update
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, DriverId, NotFound
from forecourt.stations import EvseGroup, PowerClass, Site

_MAX_GROUPS = 12  # groups, or classes


def grouping_fingerprint(store: Store, site: Site) -> str:
    """A fingerprint of groups, power classes and socket kinds, to notice changes since they were displayed."""
    return sha256(repr((site.evse_groups, site.power_classes, socket_kinds(store, site))).encode()).hexdigest()[:16]


def socket_kinds(store: Store, site: Site) -> list[str]:
    """The kinds of the site's sockets in service, sorted."""
    return sorted({evse.kind for evse in store.stations.evses(site.id) if evse.retired_at is None})


def group_sockets(store: Store, by: Staff, site: Site, groups: Sequence[EvseGroup], classes: Sequence[PowerClass], seen: str) -> Site:
    """Set the groups and power classes (slowest first) that prices go by from now on. Running charges keep their prices.

    Raises BadInput if a kind or a power would be in two, or a price still uses a name that would be removed; Conflict if they have changed
    since they were displayed.
    """
    before = site_for_update(store, by, site.id)
    if seen != grouping_fingerprint(store, before):
        raise Conflict("grouping_changed", "Someone else has changed the groups or the sockets.", "Check them and save again.")
    if max(len(groups), len(classes)) > _MAX_GROUPS:
        raise BadInput("group", f"A site has at most {_MAX_GROUPS} groups and {_MAX_GROUPS} classes.")
    after = replace(before, evse_groups=tuple(groups), power_classes=tuple(classes))
    _check_names_unused(store, by, before, after)
    if after != before:
        store.stations.put_site(after)
        note(store, by, "site.groups", after.slug, _groups_text(after)[:1000])
    return after


def join_group(store: Store, by: Staff, email: str, group: str) -> None:
    """Add a driver to the group from now on; adding a member again changes nothing. Raises BadInput, NotFound."""
    driver_id = _member(store, by, email, group)
    if not any(one.group == group and one.is_valid_at(by.at) for one in store.drivers.groups_of(driver_id)):
        store.drivers.put_member(new_member(store, by.operator_id, driver_id, group, by.at))
        note(store, by, "group.join", group, str(driver_id))


def leave_group(store: Store, by: Staff, email: str, group: str) -> None:
    """Remove a driver from the group now; charges that began before are paid as agreed. Raises BadInput, NotFound."""
    driver_id = _member(store, by, email, group)
    on_account = store.drivers.driver(driver_id).pay_by is PayBy.ACCOUNT
    for stay in [one for one in store.drivers.groups_of(driver_id) if one.group == group and one.is_valid_at(by.at)]:
        store.drivers.put_member(replace(stay, until=by.at, on_account=on_account))
        note(store, by, "group.leave", group, str(driver_id))


def _member(store: Store, by: Staff, email: str, group: str) -> DriverId:
    store.prices.lock(by.operator_id)
    if not 1 <= len(group) <= 40 or not group.isprintable():
        raise BadInput("group", "The group needs a name.", "1 to 40 characters.")
    account = store.drivers.account_by_email(email.strip().lower())
    if account is None or account.driver_id is None or account.operator_id != by.operator_id:
        raise NotFound("driver", f"There is no driver {email[:60]!r}.", "Check the email address.")
    return account.driver_id


def _check_names_unused(store: Store, by: Staff, before: Site, after: Site) -> None:
    """Refuse to remove a name that a price still uses, as that price would silently never apply again."""
    other_sites = [one for one in store.stations.sites(by.operator_id) if one.id != after.id]
    for entry in store.prices.entries(by.operator_id, after.id):
        if entry.withdrawn or (entry.valid_to is not None and entry.valid_to <= by.at):
            continue
        elsewhere = other_sites if entry.site_id is None else []
        for name, names in ((entry.evse_group, _groups), (entry.power_class, _classes)):
            if name and name in names(before) and not any(name in names(one) for one in (after, *elsewhere)):
                raise BadInput("group_priced", f"The price {entry.name!r} is for {name!r}.", "End that price first, or keep the name.")


def _groups(site: Site) -> set[str]:
    return {one.name for one in site.evse_groups}


def _classes(site: Site) -> set[str]:
    return {one.name for one in site.power_classes}


def _groups_text(site: Site) -> str:
    groups = [f"{one.name}: {', '.join(one.kinds)}" for one in site.evse_groups]
    classes = [f"{one.name}{'' if one.below_w is None else f' below {one.below_w} W'}" for one in site.power_classes]
    return "; ".join((*groups, *classes))
