"""Prices in force that have become unlawful: listed for review until they are lawful again or over, and emailed about once.

Whoever reads the law otherwise acknowledges a finding with a reason (`law_acknowledgements`). It is then listed apart, until its price, the
powers of its sockets, the place or the rule changes: after that it is a new finding.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from forecourt.drivers import Duty
from forecourt.flows.desk.notifying import notify_account
from forecourt.flows.desk.operator_scope import staff_with_duty
from forecourt.flows.desk.quarantine import UNLAWFUL_PRICE
from forecourt.flows.ports.inbox import QuarantineEntry
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_law import Breach, breaches_at_sites
from forecourt.kernel import Ids, OperatorId, SiteId
from forecourt.notices import NoticeContent, NoticeKind

# A finding is the same as long as its site and its words are: the price's name, the rule, and what to change.
Finding = tuple[SiteId | None, str, str]
_RESOLVED = "The price is lawful now, or no longer in force."
_CHANGED = "What its acknowledgement was based on has changed."


def review_price_law(store: Store, operator_id: OperatorId, at: datetime, ids: Ids) -> None:
    """List each price in force that is unlawful now and not listed yet, and email those who may change prices once about all of them;
    take those off the list that are resolved. Repeating it changes nothing."""
    found, listed = unlawful_in_force(store, operator_id, at), listed_unlawful_prices(store, operator_id)
    if found.keys() == {finding_of(one) for one in listed} and all(is_current(one, found) for one in listed):
        return
    store.prices.lock(operator_id)  # one at a time lists them; what was read before may be out of date
    found, listed = unlawful_in_force(store, operator_id, at), listed_unlawful_prices(store, operator_id)
    _take_off(store, listed, found, at)
    known = {finding_of(one) for one in listed if is_current(one, found)}
    new_findings = {finding: breach for finding, breach in found.items() if finding not in known}
    for site_id, text, law in new_findings:
        details = (operator_id, site_id, None, at, UNLAWFUL_PRICE, text)
        store.inbox.quarantine(QuarantineEntry(ids.new(at), *details, subject=UNLAWFUL_PRICE, raw=law))
    if new_findings:
        _notify(store, operator_id, new_findings, at, ids)


def resolve_unlawful_prices(store: Store, operator_id: OperatorId, at: datetime) -> None:
    """After prices were changed: take those off the list that are resolved. Without any on it, this is one query."""
    if listed := listed_unlawful_prices(store, operator_id):
        found = unlawful_in_force(store, operator_id, at, {one.site_id for one in listed})
        # What is unlawful still, in another way, is listed anew and emailed about by the next review.
        _take_off(store, listed, found, at)


def listed_unlawful_prices(store: Store, operator_id: OperatorId) -> list[QuarantineEntry]:
    """The operator's unlawful prices that are listed, oldest first, acknowledged ones included. text: the price and that it is unlawful.
    raw: the rule, what to change and the source."""
    return [one for one in store.inbox.quarantined_about(operator_id, UNLAWFUL_PRICE) if one.code == UNLAWFUL_PRICE]


def unlawful_in_force(
    store: Store, operator_id: OperatorId, at: datetime, site_ids: Collection[SiteId | None] | None = None
) -> Mapping[Finding, Breach]:
    """site_ids: of these sites; None = of all that are not closed."""
    sites = [one for one in store.stations.sites(operator_id) if not one.ended(at) and (site_ids is None or one.id in site_ids)]
    found = breaches_at_sites(store, operator_id, sites, at)
    return {finding_at(site_id, one): one for site_id, breaches in found.items() for one in breaches}


def finding_at(site_id: SiteId, breach: Breach) -> Finding:
    law = breach.finding
    return site_id, f"{breach.entry.name} is unlawful.", f"{law.text} {law.remedy} ({law.citation})"


def finding_of(entry: QuarantineEntry) -> Finding:
    return entry.site_id, entry.text, entry.raw


def is_current(entry: QuarantineEntry, found: Mapping[Finding, Breach]) -> bool:
    """Whether it is still found; if it was acknowledged, on the same facts."""
    breach = found.get(finding_of(entry))
    return breach is not None and (entry.acknowledged is None or entry.acknowledged.facts == breach.facts)


def _take_off(store: Store, listed: Collection[QuarantineEntry], found: Mapping[Finding, Breach], at: datetime) -> None:
    for one in listed:
        if not is_current(one, found):
            outcome = _CHANGED if finding_of(one) in found else _RESOLVED
            store.inbox.clear_quarantine(one.operator_id, one.id, at, outcome)


def _notify(store: Store, operator_id: OperatorId, new_findings: Mapping[Finding, Breach], at: datetime, ids: Ids) -> None:
    """One email for all that one review found: a rule that comes into force may concern every site."""
    (site_id, _, _), first = next(iter(new_findings.items()))
    site = store.stations.site(site_id) if site_id else None
    count = len({(one, breach.entry.id) for (one, _, _), breach in new_findings.items()})
    content = NoticeContent(site=site.name if site else "", label=first.entry.name, words=first.finding.citation, count=count)
    for account_id in staff_with_duty(store, operator_id, Duty.PRICES):
        account = store.drivers.account(account_id)
        if account is not None:
            notify_account(store, account, NoticeKind.PRICES_UNLAWFUL, content, at, ids)
