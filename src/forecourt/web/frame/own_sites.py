"""Who of an operator's people looks after some sites alone sees and changes these: said here, once, for every route.

A route is theirs only if it is of sites (opt `duty`) and its address names one of theirs, by itself or by a charger, a socket, a charge
or a booking there; if it lists what is at sites, and keeps to theirs (opt `of_sites`); or if it tells of the one site that is asked for
as ?site= (opt `by_site`). Whatever else is the operator's is not for them: a new route is closed to them until it says more.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from forecourt.drivers import Account, Duty
from forecourt.flows.ports import Store
from forecourt.kernel import BookingId, ChargerId, EvseId, Forbidden, NotFound, SessionId, SiteId

WHOLE = "You look after some sites only, and this is for the whole operator."


def check_own_sites(store: Store, account: Account, opt: Mapping[str, Any], named: Mapping[str, Any], asked: Sequence[str]) -> None:
    """opt: of the route; named: by its address; asked: each ?site=.

    Raises Forbidden where it is not of sites, NotFound where it is of others': those do not exist for them.
    """
    finders = [finder for name, finder in _FINDERS.items() if name in named]
    if opt.get("of_sites"):
        return
    if opt.get("by_site") and len(asked) == 1:
        named, finders = {"slug": asked[0]}, [_of_name]
    elif not finders or opt.get("duty") is not Duty.SITES:
        raise Forbidden("own_sites", WHOLE, "Ask someone who manages your team.")
    if any(finder(store, named) not in account.sites for finder in finders):
        raise NotFound("site", "There is no such site, or you do not have access to it.")


def _of_charge(store: Store, named: Mapping[str, Any]) -> SiteId | None:
    session_id = SessionId(UUID(str(named["session_id"])))
    found = store.sessions.session(session_id) or store.sessions.record(session_id)
    return found.site_id if found else None


def _of_booking(store: Store, named: Mapping[str, Any]) -> SiteId | None:
    booking = store.bookings.booking(BookingId(UUID(str(named["booking_id"]))))
    return booking.site_id if booking else None


def _of_charger(store: Store, named: Mapping[str, Any]) -> SiteId | None:
    charger = store.stations.charger(ChargerId(named["charger_id"]))
    return charger.site_id if charger else None


def _of_socket(store: Store, named: Mapping[str, Any]) -> SiteId | None:
    return store.stations.evse(EvseId(UUID(str(named["evse_id"])))).site_id


def _of_name(store: Store, named: Mapping[str, Any]) -> SiteId | None:
    site = store.stations.site_by_slug(named["slug"])
    return site.id if site else None


_FINDERS: dict[str, Callable[[Store, Mapping[str, Any]], SiteId | None]] = {
    "slug": _of_name,
    "charger_id": _of_charger,
    "evse_id": _of_socket,
    "session_id": _of_charge,
    "booking_id": _of_booking,
}
