"""How a site's power is to be shared: chosen by its operator, stored with the site, applied from the next plan on."""

from dataclasses import fields, replace

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import site_for_update
from forecourt.flows.ports.store import Store
from forecourt.kernel import SiteId
from forecourt.stations import Sharing, Site


def set_sharing(store: Store, by: Staff, site_id: SiteId, wanted: Sharing) -> Site:
    """Save the settings; the audit log records each change."""
    site = site_for_update(store, by, site_id)
    changed = [one.name for one in fields(Sharing) if getattr(site.sharing, one.name) != getattr(wanted, one.name)]
    if not changed:
        return site
    after = replace(site, sharing=wanted)
    store.stations.put_site(after)
    changes = ", ".join(f"{name} {getattr(site.sharing, name)} → {getattr(wanted, name)}" for name in changed)
    note(store, by, "site.sharing", site.slug, changes)
    return after
