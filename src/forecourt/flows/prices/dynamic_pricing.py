"""Prices that follow demand: calculate a better price list, store it as a proposal, and publish it when a person or a rule approves it."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt.flows.ports.audit_log import AuditEntry
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.publishing import Publication, publish_tariff
from forecourt.flows.prices.sales_history import current_version, load_sales
from forecourt.kernel import BadInput, Conflict, Ids, NotFound, SiteId, TariffVersionId, instant_text
from forecourt.revenue import (
    ApprovalMode,
    DayKind,
    Ladder,
    Outlook,
    PriceProposal,
    PriceRules,
    Proposal,
    ProposalKind,
    ProposalState,
    SlotBids,
    aggregate_ratios,
    bid_prices_of,
    build_outlook,
    forecast,
    prices_by_hour,
    propose,
    propose_ladder,
    with_hourly_prices,
)
from forecourt.stations import Site, in_service
from forecourt.tariffs import LegalFinding, Tariff, TariffVersion, canonical_source, check_tariff, markets_of

AUTOMATIC = "automatic"
_QUARTER = timedelta(minutes=15)
_LEVEL_DAYS = 7


def set_rules(store: Store, rules: PriceRules, by: str, at: datetime, ids: Ids) -> None:
    """Store and log what the operator allows. If prices may no longer follow occupancy, the earlier price list applies again (otherwise the
    last rung would apply at every hour). Open proposals within other bounds are replaced."""
    known = store.pricing.rules(rules.site_id)
    store.pricing.put_rules(rules)
    if known is not None and known.bounds != rules.bounds:
        _replace_open(store, rules.site_id, at)
    if not rules.by_occupancy:
        _end_ladder(store, rules.site_id, by, at, ids)
    bounds = rules.bounds
    extras = f"by occupancy: {rules.by_occupancy}, bookings by bid price: {rules.by_bid_price}"
    text = f"{bounds.floor} to {bounds.cap}, step {bounds.largest_step}, {rules.mode.value}, {extras}"
    store.audit.add(AuditEntry(ids.new(at), rules.operator_id, at, by, "pricing.rules", str(rules.site_id), text))


def propose_prices(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> tuple[PriceProposal, ...]:
    """Calculate better prices within the site's rules. They replace the open proposals; if the rules are a standing approval, they are
    published at once, to apply after the notice period.

    Raises BadInput while there are too few days to forecast from, NotFound without rules or a price, Conflict while another price is
    scheduled: what comes after it cannot be compared with today's.
    """
    site, rules = store.stations.site(site_id), _rules(store, site_id)
    version = _lasting_version(store, site, at)
    outlook = _outlook(store, site, at)
    source, check = json.loads(version.source, parse_float=Decimal), _check(store, site, version, at)
    bids = bid_prices_of(source, outlook, rules.bounds)
    store.pricing.put_bids(SlotBids(site.operator_id, site.id, at, bids[DayKind.WORKDAY], bids[DayKind.WEEKEND]))
    found = [propose(source, outlook, rules.bounds, check)]
    if rules.by_occupancy:
        found.append(propose_ladder(source, outlook, rules.bounds, check))
    _replace_open(store, site_id, at)
    proposals = tuple(_proposal_record(one, version, site, at, ids) for one in found if one.changes)
    for one in proposals:
        store.pricing.put_proposal(one)
    if rules.mode is not ApprovalMode.AUTOMATIC or not proposals:
        return proposals
    # One way of pricing at a time: the ladder where there is one, since it was worth proposing.
    chosen = proposals[-1]
    return tuple(approve_price(store, one.id, AUTOMATIC, at, ids) if one is chosen else one for one in proposals)


def approve_price(store: Store, proposal_id: UUID, by: str, at: datetime, ids: Ids) -> PriceProposal:
    """Put a proposal into force: a list as a new version after its notice, a ladder from now on. A ladder before it ends now, and until a
    list begins that from before the ladder holds: the rung that was shown last would hold at every hour.

    The law is asked again at publishing. Raises Conflict where it is decided already or the price has changed since.
    """
    proposal = _open(store, proposal_id)
    site, rules = store.stations.site(proposal.site_id), _rules(store, proposal.site_id)
    version = _lasting_version(store, site, at) if proposal.kind is ProposalKind.BY_CLOCK else None
    if version is not None and version.id != proposal.replaces:
        raise BadInput("proposal_stale", "The price has changed since this was proposed.", "Calculate a new proposal.")
    starts_at = _round_up_to_quarter(at + timedelta(hours=rules.bounds.notice_h)) if version else at
    published = None
    if version is not None:
        published = TariffVersionId(ids.new(at))
        _end_ladder(store, site.id, by, at, ids)  # until the list begins
        _publish(store, version, Publication(published, site.id, proposal.source, starts_at, by=by, at=at))
    for proposal_before in store.pricing.ladders(site.id):
        store.pricing.put_proposal(replace(proposal_before, state=ProposalState.REPLACED))
    decided = replace(proposal, state=ProposalState.APPROVED, decided_at=at, decided_by=by, published=published, starts_at=starts_at)
    store.pricing.put_proposal(decided)
    store.audit.add(AuditEntry(ids.new(at), site.operator_id, at, by, "pricing.approve", str(proposal.id), proposal.reason))
    return decided


def reject_price(store: Store, proposal_id: UUID, by: str, at: datetime, ids: Ids) -> PriceProposal:
    proposal = _open(store, proposal_id)
    decided = replace(proposal, state=ProposalState.REJECTED, decided_at=at, decided_by=by)
    store.pricing.put_proposal(decided)
    store.audit.add(AuditEntry(ids.new(at), proposal.operator_id, at, by, "pricing.reject", str(proposal.id)))
    return decided


def follow_ladder(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> TariffVersion | None:
    """Publish the price of an approved ladder for the sockets taken now, for the next drivers; None if it applies already.

    At most one change in a quarter of an hour, at most the largest step at a time, unless the bounds of today ask for more: the ladder may
    be older than they are. Charges that run keep their price: a new version begins, none is altered.
    """
    rules, ladders = store.pricing.rules(site_id), store.pricing.ladders(site_id)
    if rules is None or not rules.by_occupancy or not ladders:
        return None
    site = store.stations.site(site_id)
    version = current_version(store, site, at)
    if at - version.valid_from < _QUARTER:
        return None
    local = at.astimezone(ZoneInfo(site.zone))
    kind = DayKind.WEEKEND if local.weekday() > 4 else DayKind.WORKDAY
    source = json.loads(version.source, parse_float=Decimal)
    shown = prices_by_hour(source, kind)[local.hour]
    step, wanted = rules.bounds.largest_step, _ladder_price(ladders[0].ladder, kind, local.hour, len(store.sessions.open_at(site_id)))
    price = rules.bounds.clamp(min(max(wanted, shown - step), shown + step))
    if price == shown:
        return None
    changed = with_hourly_prices(source, dict.fromkeys(DayKind, (price,) * 24))
    return _publish(store, version, Publication(TariffVersionId(ids.new(at)), site_id, changed, at, by=AUTOMATIC, at=at))


def end_pricing(store: Store, site_id: SiteId, at: datetime) -> None:
    """After a site has closed for good: replace its proposals, and stop following occupancy."""
    _replace_open(store, site_id, at)
    for proposal in store.pricing.ladders(site_id):
        store.pricing.put_proposal(replace(proposal, state=ProposalState.REPLACED))


def _lasting_version(store: Store, site: Site, at: datetime) -> TariffVersion:
    version = current_version(store, site, at)
    if version.valid_to is not None:
        text = f"The price of {site.name} already changes at {instant_text(version.valid_to)}."
        raise Conflict("price_scheduled", text, "Withdraw that version, or try again once it is in force.")
    return version


def _replace_open(store: Store, site_id: SiteId, at: datetime) -> None:
    for proposal in store.pricing.proposals(site_id):
        if proposal.state is ProposalState.OPEN:
            store.pricing.put_proposal(replace(proposal, state=ProposalState.REPLACED, decided_at=at))


def _end_ladder(store: Store, site_id: SiteId, by: str, at: datetime, ids: Ids) -> None:
    ladders = store.pricing.ladders(site_id)
    for proposal in ladders:
        store.pricing.put_proposal(replace(proposal, state=ProposalState.REPLACED))
    if not ladders:
        return
    site = store.stations.site(site_id)
    version, lists = current_version(store, site, at), store.pricing.published(site_id)
    keys = (version.key, replace(version.key, site_id=None))  # of the site, or of all of them
    known = (store.prices.versions_of(site.operator_id, key) for key in keys)
    begun = ([one for one in some if not one.withdrawn and one.valid_from <= at] for some in known)
    shown = ([one for one in some if one.published_by != AUTOMATIC or one.id in lists] for some in begun)
    before = max(next(filter(None, shown), [version]), key=lambda one: one.valid_from)
    if before.source != version.source:
        source = json.loads(before.source, parse_float=Decimal)
        _publish(store, version, Publication(TariffVersionId(ids.new(at)), site_id, source, at, by=by, at=at))


def _publish(store: Store, replaced: TariffVersion, wanted: Publication) -> TariffVersion:
    """Publish a version; a tariff that the price book does not sell by then gets no entry."""
    entries = store.prices.entries(replaced.operator_id, wanted.site_id)
    sold = any(one.tariff == replaced.key and one.is_valid_at(wanted.valid_from) for one in entries)
    return publish_tariff(store, replace(wanted, enter=sold))


def _outlook(store: Store, site: Site, at: datetime) -> Outlook:
    sold = load_sales(store, site, at)
    arrivals = sold.arrivals
    demand = forecast(arrivals)
    ratios = sorted(map(float, aggregate_ratios(arrivals, _LEVEL_DAYS)))
    level = (ratios[len(ratios) // 10], ratios[-1 - len(ratios) // 10]) if ratios else (0.5, 1.5)
    return build_outlook(sold.summary(), demand, (max(level[0], 0.1), max(level[1], 0.2)))


def _check(store: Store, site: Site, version: TariffVersion, at: datetime) -> Callable[[Tariff], Iterable[LegalFinding]]:
    powers_kw = [Decimal(evse.max_power_w) / 1000 for evse in in_service(store.stations.evses(site.id))]
    markets = markets_of(version.tariff, site.jurisdiction, powers_kw)

    def check(tariff: Tariff) -> Iterable[LegalFinding]:
        for market in markets:
            yield from check_tariff(tariff, market.country, market.power_kw, market.channel, at.date())

    return check


def _proposal_record(found: Proposal, version: TariffVersion, site: Site, at: datetime, ids: Ids) -> PriceProposal:
    return PriceProposal(
        ids.new(at),
        site.operator_id,
        site.id,
        at,
        found.kind,
        canonical_source(found.source),
        version.id,
        found.moves,
        found.days,
        found.effect,
        found.reason,
        found.ladder,
    )


def _rules(store: Store, site_id: SiteId) -> PriceRules:
    rules = store.pricing.rules(site_id)
    if rules is None:
        raise NotFound("price_rules", "This site has no rules for prices yet.", "Set the allowed prices first.")
    return rules


def _open(store: Store, proposal_id: UUID) -> PriceProposal:
    proposal = store.pricing.proposal(proposal_id)
    if proposal is None:
        raise NotFound("proposal", "There is no such proposal.")
    proposal.must_be_open()
    return proposal


def _ladder_price(ladder: Ladder | None, kind: DayKind, hour: int, occupied: int) -> Decimal:
    if ladder is None:
        raise BadInput("ladder", "An approved ladder has no rungs.")
    return ladder.price(kind, hour, occupied)


def _round_up_to_quarter(at: datetime) -> datetime:
    """Up to the next quarter-hour: the measuring period of calibrated meters."""
    past = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    return at if not past else at - past + _QUARTER
