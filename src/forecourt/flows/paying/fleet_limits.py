"""Limits a fleet's payer sets for drivers and cards: no charge starts, or continues, that could exceed one.

A charge counts in full in the day and month in which it began, in the operator's zone. A running charge counts with its possible cost if
stopped now, including the time until the stop takes effect, so that two charges at once stay below a limit together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from forecourt.billing import billable_usage
from forecourt.drivers import NO_LIMITS, GroupMember, LimitOf, Token
from forecourt.flows.desk.fleets import account_membership
from forecourt.flows.desk.notifying import NoticeDraft, notify
from forecourt.flows.desk.operator_scope import operator_day, operator_month, operator_zone
from forecourt.flows.paying.hold_guard import NOTICE_VALID_FOR, STOPS_WITHIN, cost_ahead, notify_running, order_stop
from forecourt.flows.paying.pending_starts import Beginning, Start, beginnings
from forecourt.flows.ports.paging import PageRequest
from forecourt.flows.ports.sessions import ChargeSearch
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.buyer import buyer_of
from forecourt.flows.prices.price_finding import price_for
from forecourt.kernel import Conflict, Ids, Money, OperatorId, SiteId, Span
from forecourt.notices import NoticeContent, NoticeKind
from forecourt.sessions import Session
from forecourt.stations import Evse
from forecourt.tariffs import Phase, PhaseState, rate

_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class _Limit:
    """card None: a limit for all of its driver's charges on the payer's account."""

    of: LimitOf
    amount: Money
    stay: GroupMember
    card: Token | None = None


def enforce_fleet_limits(store: Store, operator_id: OperatorId, at: datetime, ids: Ids) -> int:
    """Stop running fleet charges that could soon exceed a limit. Returns how many."""
    paid = {group for group, _ in store.statements.payers(operator_id)}
    members = {one.driver_id for one in store.drivers.members(operator_id) if one.group in paid} if paid else set()
    running = [one for site in store.stations.sites(operator_id) for one in store.sessions.open_at(site.id)] if members else []
    return sum(_stop_if_exceeding(store, one, at, ids) for one in running if one.driver_id in members)


def limit_reached(store: Store, card: Token, at: datetime, start: Start | None = None) -> Money | None:
    """The limit that a charge beginning now with a card, or an app, could exceed; None: it may begin.

    A driver's starts are judged one at a time, and those already allowed count although they are not sessions yet. start None: nothing
    begins as a result, so no lock is taken.
    """
    limits = list(_limits(store, card, at))
    pending: Sequence[Beginning] = ()
    if any(limit.of is not LimitOf.CHARGE for limit in limits):
        if start:
            store.drivers.lock_starts(card.driver_id)
        pending = beginnings(store, card.operator_id, card.driver_id, start, at)
    for limit in limits:
        remaining = limit.amount - _counted(store, limit, at, None, at) - _pending_cost(store, limit, card, pending, at)
        needed = _cost_until_stopped(store, card, start.evse, at, at) if start else Money(1, limit.amount.currency)
        if needed.currency != limit.amount.currency or remaining < needed:
            return limit.amount
    return None


def remaining_limit(store: Store, session: Session, at: datetime) -> Money | None:
    """What a running charge may still cost under its driver's and card's limits, given all else that counts; None: no limit."""
    card = _card_of(store, session)
    if card is None:
        return None
    limits = _limits(store, card, session.started_at)
    amounts_left = [limit.amount - _counted(store, limit, session.started_at, session, at) for limit in limits]
    return (
        max(min(amounts_left, key=lambda one: one.minor), Money.zero(amounts_left[0].currency), key=lambda one: one.minor)
        if amounts_left
        else None
    )


def limit_usage(store: Store, stay: GroupMember, at: datetime, card: Token | None = None) -> Mapping[LimitOf, Money]:
    """What currently counts towards a driver's daily and monthly limits, or a card's; running charges as if stopped now."""
    limits = (_Limit(of, amount, stay, card) for of, amount in (card.limits if card else stay.limits).set)
    return {one.of: _counted(store, one, at, None, at) for one in limits if one.of is not LimitOf.CHARGE}


def _card_of(store: Store, session: Session) -> Token | None:
    """The session's card, as its driver has or had it."""
    known = store.drivers.token(session.operator_id, session.token) if session.token and session.driver_id else None
    return known.held_by(session.driver_id) if known and session.driver_id else None


def notify_limit(store: Store, card: Token, limit: Money, site_id: SiteId, at: datetime) -> None:
    """Tell the driver whose card was refused because of a limit, once a day."""
    zone = operator_zone(store, card.operator_id)
    content, key = (
        NoticeContent(zone=str(zone), start=at, amount=limit),
        f"refused-limit/{card.driver_id}/{operator_day(store, card.operator_id, at)}",
    )
    draft = NoticeDraft(key, card.operator_id, card.driver_id, NoticeKind.REFUSED_LIMIT, content, "/account", site_id=site_id)
    notify(store, replace(draft, good_until=at + NOTICE_VALID_FOR), at)


def _stop_if_exceeding(store: Store, session: Session, at: datetime, ids: Ids) -> bool:
    card = _card_of(store, session)
    if card is None or session.tariff_version_id is None:
        return False
    for limit in _limits(store, card, session.started_at):
        ahead = cost_ahead(store, session, max(at, session.last_at))
        if ahead.currency == limit.amount.currency and ahead + _counted(store, limit, session.started_at, session, at) < limit.amount:
            continue
        notify_running(store, session, NoticeKind.STOPPED_LIMIT, f"stopped-limit/{session.id}", limit.amount, at)
        order_stop(store, session, "limit", at, ids)
        return True
    return False


def _limits(store: Store, card: Token, began: datetime) -> Iterator[_Limit]:
    """Limits of the driver and of the card, for a charge on the fleet's account."""
    stay = account_membership(store, card.operator_id, card.driver_id, began)
    if stay is None:
        return
    yield from (_Limit(of, amount, stay) for of, amount in stay.limits.set)
    if card.limits != NO_LIMITS:
        yield from (_Limit(of, amount, stay, card) for of, amount in card.limits.set)


def _counted(store: Store, limit: _Limit, began: datetime, excluded: Session | None, at: datetime) -> Money:
    """What counts besides a charge that began then: billed, ended but unbilled, and running; nothing for a per-charge limit."""
    currency, spent = limit.amount.currency, Money.zero(limit.amount.currency)
    if limit.of is LimitOf.CHARGE:
        return spent
    span, card_uid, driver_id = _span(store, limit, began), limit.card.uid if limit.card else None, limit.stay.driver_id
    spent += store.billing_totals.spent_by(driver_id, span, currency, card_uid)
    for one in store.sessions.open_of(driver_id):
        if (
            span.contains(one.started_at)
            and card_uid in (None, one.token)
            and (excluded is None or one.id != excluded.id)
            and one.tariff_version_id
        ):
            spent += _in_currency(cost_ahead(store, one, max(at, one.last_at)), currency)
    ended = store.sessions.page(limit.stay.operator_id, ChargeSearch(driver_id=driver_id, since=span.start), PageRequest(limit=_ALL)).rows
    waiting = {one.session_id for one in ended if span.contains(one.started_at) and one.tariff_version_id}
    for session_id in sorted(waiting - store.documents.billed(waiting)):
        record = store.sessions.record(session_id)
        if record is not None and record.tariff_version_id is not None and card_uid in (None, record.token):
            usage = billable_usage(record.phases, store.stations.site(record.site_id).zone)
            spent += _in_currency(rate(store.prices.version(record.tariff_version_id).tariff, usage).gross, currency)
    return spent


def _span(store: Store, limit: _Limit, began: datetime) -> Span:
    """The day or month, within the driver's time in the fleet: earlier charges were not the payer's."""
    operator_id = limit.stay.operator_id
    if limit.of is LimitOf.MONTH:
        span = operator_month(store, operator_id, began)
    else:
        zone, day = operator_zone(store, operator_id), operator_day(store, operator_id, began)
        span = Span(*(datetime.combine(one, time(0), zone) for one in (day, day + timedelta(days=1))))
    return Span(max(span.start, limit.stay.since), span.end)


def _pending_cost(store: Store, limit: _Limit, card: Token, pending: Sequence[Beginning], at: datetime) -> Money:
    """The possible cost of charges that may begin but are not sessions yet, if they were stopped now."""
    spent = Money.zero(limit.amount.currency)
    if limit.of is LimitOf.CHARGE:
        return spent
    span, card_uid = _span(store, limit, at), limit.card.uid if limit.card else None
    for one in pending:
        if span.contains(one.since) and card_uid in (None, one.token):
            spent += _in_currency(_cost_until_stopped(store, card, one.evse, one.since, at), spent.currency)
    return spent


def _cost_until_stopped(store: Store, card: Token, evse: Evse, began: datetime, at: datetime) -> Money:
    """The possible cost of a charge that began then and is stopped now."""
    site = store.stations.site(evse.site_id)
    try:
        tariff = price_for(store, site, evse.kind, buyer_of(store, card.driver_id, began), began).version.tariff
    except Conflict:
        return Money(1, site.currency)  # without a price, nothing can be billed
    end = max(began, at) + STOPS_WITHIN
    phase = Phase(PhaseState.CHARGING, began, end, evse.max_power_w * int((end - began).total_seconds()) // 3600)
    return rate(tariff, billable_usage((phase,), site.zone)).gross


def _in_currency(amount: Money, currency: str) -> Money:
    """A charge in another currency neither begins nor continues under a limit; charges from before the limit count as nothing."""
    return amount if amount.currency == currency else Money.zero(currency)
