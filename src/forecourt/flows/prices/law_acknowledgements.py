"""A person acknowledges that a price stays as it is although a rule of law is found to be broken, and says why."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.ports.inbox import FindingAcknowledgement, QuarantineEntry
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_law import Breach
from forecourt.flows.prices.unlawful_prices import finding_at, finding_of, is_current, listed_unlawful_prices, unlawful_in_force
from forecourt.kernel import BadInput, Conflict, NotFound, SiteId

MAX_REASON = 300
_LISTED_ANEW = "Listed anew with a person's decision."


def acknowledge_unlawful_price(store: Store, by: Staff, entry_id: UUID, reason: str) -> None:
    """Acknowledge a listed finding at all sites that have the same. Repeating it changes nothing.

    Raises BadInput without a reason, Conflict if the price is lawful by now, NotFound if the finding is no longer listed.
    """
    stated_reason = " ".join(reason.split())[:MAX_REASON]
    if not stated_reason:
        raise BadInput("reason", "Enter why this price may stay as it is.", "A reason is required.")
    store.prices.lock(by.operator_id)  # as reviews do
    chosen, same = _same_findings(store, by, entry_id)
    if chosen.acknowledged is not None:
        return
    found = unlawful_in_force(store, by.operator_id, by.at, {one.site_id for one in same})
    waiting = [one for one in same if one.acknowledged is None and finding_of(one) in found]
    if not waiting:
        raise Conflict("price_lawful", "This price is lawful by now, or no longer in force.", "It leaves the list within five minutes.")
    for one in waiting:
        _list_anew(store, by, one, FindingAcknowledgement(by.at, by.actor, stated_reason, found[finding_of(one)].facts))
    note(store, by, "unlawful.acknowledge", entry_id, f"{chosen.text} {chosen.raw} Reason: {stated_reason}")


def withdraw_acknowledgement(store: Store, by: Staff, entry_id: UUID) -> None:
    """The finding needs review again, at all sites where it was acknowledged. Raises NotFound if it is no longer listed."""
    store.prices.lock(by.operator_id)
    chosen, same = _same_findings(store, by, entry_id)
    acknowledged = [one for one in same if one.acknowledged is not None]
    for one in acknowledged:
        _list_anew(store, by, one, None)
    if acknowledged:
        note(store, by, "unlawful.withdraw", entry_id, f"{chosen.text} {chosen.raw}")


def acknowledgement_of(listed: Iterable[QuarantineEntry], site_id: SiteId, breach: Breach) -> FindingAcknowledgement | None:
    """That of a breach at a site; None if there is none, or it was based on other facts. listed: see `listed_unlawful_prices`."""
    found = {finding_at(site_id, breach): breach}
    return next((one.acknowledged for one in listed if one.acknowledged is not None and is_current(one, found)), None)


def _same_findings(store: Store, by: Staff, entry_id: UUID) -> tuple[QuarantineEntry, list[QuarantineEntry]]:
    """The listed entry, and those of all sites with the same price and rule."""
    listed = listed_unlawful_prices(store, by.operator_id)
    chosen = next((one for one in listed if one.id == entry_id), None)
    if chosen is None:
        raise NotFound("entry", "There is no such entry any more.")
    return chosen, [one for one in listed if (one.text, one.raw) == (chosen.text, chosen.raw)]


def _list_anew(store: Store, by: Staff, entry: QuarantineEntry, acknowledged: FindingAcknowledgement | None) -> None:
    store.inbox.clear_quarantine(entry.operator_id, entry.id, by.at, _LISTED_ANEW)
    store.inbox.quarantine(replace(entry, id=by.ids.new(by.at), acknowledged=acknowledged))
