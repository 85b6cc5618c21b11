"""Looks up sites: by the slug in an address, by owner, and those to choose from."""

from collections.abc import Collection, Sequence

from forecourt.flows.ports import Store
from forecourt.kernel import NotFound, OperatorId, SiteId
from forecourt.stations import Site


def site_of(store: Store, slug: str) -> Site:
    return _found(store.stations.site_by_slug(slug), slug)


def own_site(store: Store, slug: str, operator: OperatorId) -> Site:
    """Raises NotFound for another operator's site."""
    site = store.stations.site_by_slug(slug)
    return _found(site if site and site.operator_id == operator else None, slug)


def open_sites(store: Store, operator: OperatorId) -> tuple[Site, ...]:
    """Sites that have not closed for good, by name: where something new can be made."""
    return tuple(one for one in store.stations.sites(operator) if one.closed_at is None)


def all_sites(store: Store, operator: OperatorId, site_ids: Collection[SiteId] = ()) -> tuple[Site, ...]:
    """By name, those closed for good last: for looking at the past. site_ids: these sites; none = all."""
    visible = (one for one in store.stations.sites(operator) if not site_ids or one.id in site_ids)
    return tuple(sorted(visible, key=lambda one: one.closed_at is not None))


def selected_site(sites: Sequence[Site], slug: str) -> Site | None:
    """The listed site with that slug; without a slug, the first. Raises NotFound for any other."""
    return _found(next((one for one in sites if one.slug == slug), None), slug) if slug else next(iter(sites), None)


def _found(site: Site | None, slug: str) -> Site:
    if site is None:
        raise NotFound("site", "There is no place called {given!r}.", "Look for it in the list of places.", given=slug[:40])
    return site
