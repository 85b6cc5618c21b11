"""How a site wants its power shared: chosen by its operator, kept with the site, obeyed from the next plan on."""

from dataclasses import fields, replace

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.ports.store import Store
from forecourt.kernel import NotFound, SiteId
from forecourt.stations import Sharing, Site


def set_sharing(store: Store, by: Staff, site_id: SiteId, wanted: Sharing) -> Site:
    """The log keeps what was changed, from what to what."""
    store.prices.lock(by.operator_id)  # one change of a site's configuration at a time: it is read anew behind the lock
    site = store.stations.site(site_id)
    if site.operator_id != by.operator_id:
        raise NotFound("site", "There is no such site.")
    changed = [one.name for one in fields(Sharing) if getattr(site.sharing, one.name) != getattr(wanted, one.name)]
    if not changed:
        return site
    after = replace(site, sharing=wanted)
    store.stations.put_site(after)
    words = ", ".join(f"{name} {getattr(site.sharing, name)} → {getattr(wanted, name)}" for name in changed)
    note(store, by, "site.sharing", site.slug, words)
    return after
