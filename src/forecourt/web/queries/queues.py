"""Queues, for waiting drivers and for the site's staff."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from forecourt.drivers import Driver, PayBy
from forecourt.flows.bookings import estimate_wait, estimate_wait_of_next, has_to_wait, next_after
from forecourt.flows.paying import can_pay
from forecourt.flows.ports import Store
from forecourt.kernel import DriverId, NotFound, SiteId, Span, Text, parse_instant
from forecourt.reservations import (
    Called,
    Expired,
    Inversions,
    Left,
    Note,
    Served,
    Ticket,
    Waiting,
    count_ahead,
    estimate_error,
    inversions,
)
from forecourt.stations import BayNeed, Site
from forecourt.web.queries.bay_features import has_height_limits, selectable_features
from forecourt.web.queries.bay_states import bays_of
from forecourt.web.views.booking import MessageView
from forecourt.web.views.queue import QueueDay, QueuePreview, TicketView
from forecourt.wording import LocalisedValue

_WORDS = {Waiting: "waiting", Called: "called", Served: "served", Left: "left", Expired: "expired"}


def queue_preview(store: Store, site_slug: str, kind: str, need: BayNeed, driver_id: DriverId | None, now: datetime) -> QueuePreview | None:
    """For a matching bay; None if the site has none."""
    site = store.stations.site_by_slug(site_slug)
    if site is None or not any(need.met_by(one.offers) for one in bays_of(store, site.id) if one.kind == kind):
        return None
    waiting = [one for one in store.queue.live_at(site.id) if one.kind == kind]
    rivals = count_ahead([*(one.need for one in waiting), need], {one.offers for one in bays_of(store, site.id) if one.kind == kind})
    seen = estimate_wait_of_next(store, site.id, kind, now, need)
    own_ticket = next((str(one.id) for one in waiting if one.driver_id == driver_id), "")
    must_wait = has_to_wait(store, site.id, kind, need, now)
    return QueuePreview(rivals, seen.at, seen.give_or_take, seen.measured, must_wait, _hold_time(store, site.id), own_ticket)


def ticket_view(store: Store, ticket: Ticket, now: datetime) -> TicketView:
    site = store.stations.site(ticket.site_id)
    bays = [one.offers for one in bays_of(store, site.id) if one.kind == ticket.kind] if ticket.live else []
    seen = estimate_wait(store, ticket, now) if ticket.is_waiting else None
    turn = ticket.state if isinstance(ticket.state, Called) else None
    driver = store.drivers.driver(ticket.driver_id)
    return TicketView(
        id=str(ticket.id),
        site_name=site.name,
        site_slug=site.slug,
        zone=site.zone,
        kind=ticket.kind,
        state="closed" if isinstance(ticket.state, Left) and site.ended(ticket.state.left_at) else _WORDS[type(ticket.state)],
        joined_at=ticket.joined_at,
        now=now,
        member=ticket.member,
        driver=driver.name,
        ahead=seen.ahead if seen else 0,
        at=seen.at if seen else None,
        give_or_take=seen.give_or_take if seen else timedelta(),
        measured=seen.measured if seen else False,
        bay=store.stations.evse(turn.evse_id).label if turn else "",
        evse_id=str(turn.evse_id) if turn else "",
        until=turn.until if turn else None,
        free_until=turn.free_until if turn else None,
        held_for=_hold_time(store, site.id),
        payment_fix_url=_payment_fix_url(store, driver, now, site.currency) if ticket.live else "",
        may_pass=ticket.live and next_after(store, ticket) is not None,
        session_id=str(ticket.state.session_id) if isinstance(ticket.state, Served) else "",
        messages=tuple(_message_view(note, site.zone) for note in ticket.notified),
        need=ticket.need,
        selectable_features=selectable_features(bays, ticket.need),
        has_height_limits=has_height_limits(bays),
    )


def _hold_time(store: Store, site_id: SiteId) -> timedelta:
    return timedelta(minutes=store.bookings.rules(site_id).plug_in_min)


def _payment_fix_url(store: Store, driver: Driver, now: datetime, currency: str) -> str:
    """Better found while waiting than at the charger. Balances can be topped up only in the operator's currency."""
    if can_pay(store, driver, now, currency):
        return ""
    loaded_in = store.wallets.rules(driver.operator_id).least_load.currency
    return "/wallet" if driver.pay_by is PayBy.WALLET and loaded_in == currency else "/cards"


def own_ticket(store: Store, ticket_id: UUID, driver_id: DriverId, now: datetime) -> TicketView:
    """Somebody else's place does not exist."""
    ticket = store.queue.ticket(ticket_id)
    if ticket is None or ticket.driver_id != driver_id:
        raise NotFound("ticket", "You are not in that queue.", "Join the queue at the place where you want to charge.")
    return ticket_view(store, ticket, now)


def queue_day(store: Store, site: Site, day: Span, now: datetime) -> QueueDay:
    """Who waits now, and the day's figures."""
    tickets = store.queue.joined_in(site.id, day)
    turned = _inversions(tickets)
    return QueueDay(
        live=tuple(ticket_view(store, one, now) for one in store.queue.live_at(site.id)),
        joined=len(tickets),
        served=sum(isinstance(one.state, Served) for one in tickets),
        expired=sum(isinstance(one.state, Expired) for one in tickets),
        left=sum(isinstance(one.state, Left) for one in tickets),
        mean_wait=_mean_wait(tickets),
        guests=_mean_wait([one for one in tickets if not one.member]),
        members=_mean_wait([one for one in tickets if one.member]),
        by_lead=turned.by_lead,
        by_pass=turned.by_pass,
        by_stay=turned.by_stay,
        by_need=turned.by_need,
        unexplained=turned.unexplained,
        error=estimate_error(tickets),
    )


def _inversions(tickets: Sequence[Ticket]) -> Inversions:
    """Counted per kind: queues for different kinds of sockets are independent."""
    by_kind = groupby(sorted(tickets, key=lambda one: one.kind), key=lambda one: one.kind)
    counted = [inversions(list(group)) for _, group in by_kind]
    return Inversions(*(sum(getattr(one, field.name) for one in counted) for field in fields(Inversions)))


def _mean_wait(tickets: Sequence[Ticket]) -> timedelta | None:
    durations = [one.first_called_at - one.joined_at for one in tickets if one.first_called_at is not None]
    return sum(durations, timedelta()) / len(durations) if durations else None


def _message_view(note: Note, zone: str) -> MessageView:
    return MessageView(note.at, _message_text(note, zone))


def _message_text(note: Note, zone: str) -> Text:
    match note.code:
        case "turn":
            return Text("It is your turn at bay {bay}.", bay=note.what)
        case "turn_lost":
            return Text("Bay {bay} is no longer available. You are next for another one.", bay=note.what)
        case "passed":
            return Text("You let the next driver go first.")
        case "stay_too_long":
            return Text("A bay was free, but not for as long as you would stay, so someone behind you went first. You keep your place.")
        case "bay_unlike":
            return Text("A bay was free, but not one that meets your needs, so someone behind you went first. You keep your place.")
    return Text("Your turn ended at {time}. The bay went to the next driver.", time=LocalisedValue("clock", parse_instant(note.what), zone))
