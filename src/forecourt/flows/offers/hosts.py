"""A site's hosts, set by its operator from a given instant; never for documents already issued."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import site_for_update
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, SiteId, instant_text, utc
from forecourt.stations import HostTerms, Site


def hosts_fingerprint(site: Site) -> str:
    """A mark of the hosts' terms, to notice changes since they were displayed."""
    return sha256(repr((site.host_shares, site.host_terms)).encode()).hexdigest()[:16]


def set_hosts(
    store: Store, by: Staff, site_id: SiteId, shares: Sequence[tuple[str, Decimal]], since: datetime | None, seen: str
) -> HostTerms:
    """Set a site's terms from an instant on (None: from now), replacing any planned after it. Each host is a partner of the operator, by
    handle, or already earns there. Documents keep the terms of their time of issue.

    Raises BadInput; Conflict if the terms have changed since they were displayed.
    """
    site = site_for_update(store, by, site_id)
    if seen != hosts_fingerprint(site):
        raise Conflict("hosts_changed", "Someone else has changed the hosts.", "Check them and save again.")
    begins = utc(since) if since else by.at
    if begins < by.at:
        raise BadInput("since", "Shares cannot change in the past: invoices keep theirs.", "Choose a later day, or none.")
    terms = HostTerms(begins, tuple(shares))
    handles = {one.handle for one in store.partners.partners(by.operator_id) if one.left_at is None}
    known = handles | {handle for handle, _ in site.shares_at(begins)}
    unknown = next((handle for handle, _ in terms.shares if handle not in known), None)
    if unknown is not None:
        raise BadInput("shares", f"There is no partner {unknown[:40]!r}.", "Add the host as a partner first.")
    before = site.shares_at(begins)
    after = replace(site, host_terms=(*(one for one in site.host_terms if one.since < begins), terms))
    store.stations.put_site(after)
    note(store, by, "site.hosts", site.slug, f"{_shares_text(before)} → {_shares_text(terms.shares)} from {instant_text(begins)}"[:1000])
    return terms


def _shares_text(shares: Sequence[tuple[str, Decimal]]) -> str:
    return ", ".join(f"{handle} {percent:f} %" for handle, percent in shares) or "nobody"
