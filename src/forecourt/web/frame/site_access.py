"""Restricts staff who look after certain sites to these sites, in one place for every route.

Such a member may use a route only if it concerns sites (opt `duty`) and its address names one of theirs, directly or by a charger, socket,
charge or booking there; or if it lists things at sites and filters by theirs (opt `of_sites`); or if it shows the one site given as ?site=
(opt `by_site`). Everything else is closed to them, and so is a new route until it declares one of these.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from forecourt.drivers import Account, Duty
from forecourt.flows.ports import Store
from forecourt.kernel import BookingId, ChargerId, EvseId, Forbidden, NotFound, SessionId, SiteId

WHOLE_OPERATOR = "You look after some sites only, and this is for the whole operator."


def check_site_access(
    store: Store, account: Account, opt: Mapping[str, Any], path_params: Mapping[str, Any], site_params: Sequence[str]
) -> None:
    """opt: of the route; path_params: the parameters in its address; site_params: each ?site=.

    Raises Forbidden if the route does not concern sites, NotFound if it concerns other sites: to them, those do not exist.
    """
    finders = [finder for name, finder in _FINDERS.items() if name in path_params]
    if opt.get("of_sites"):
        return
    if opt.get("by_site") and len(site_params) == 1:
        path_params, finders = {"slug": site_params[0]}, [_of_name]
    elif not finders or opt.get("duty") is not Duty.SITES:
        raise Forbidden("own_sites", WHOLE_OPERATOR, "Ask someone who manages your team.")
    if any(finder(store, path_params) not in account.sites for finder in finders):
        raise NotFound("site", "There is no such site, or you do not have access to it.")


def _of_charge(store: Store, path_params: Mapping[str, Any]) -> SiteId | None:
    session_id = SessionId(UUID(str(path_params["session_id"])))
    found = store.sessions.session(session_id) or store.sessions.record(session_id)
    return found.site_id if found else None


def _of_booking(store: Store, path_params: Mapping[str, Any]) -> SiteId | None:
    booking = store.bookings.booking(BookingId(UUID(str(path_params["booking_id"]))))
    return booking.site_id if booking else None


def _of_charger(store: Store, path_params: Mapping[str, Any]) -> SiteId | None:
    charger = store.stations.charger(ChargerId(path_params["charger_id"]))
    return charger.site_id if charger else None


def _of_socket(store: Store, path_params: Mapping[str, Any]) -> SiteId | None:
    return store.stations.evse(EvseId(UUID(str(path_params["evse_id"])))).site_id


def _of_name(store: Store, path_params: Mapping[str, Any]) -> SiteId | None:
    site = store.stations.site_by_slug(path_params["slug"])
    return site.id if site else None


_FINDERS: dict[str, Callable[[Store, Mapping[str, Any]], SiteId | None]] = {
    "slug": _of_name,
    "charger_id": _of_charger,
    "evse_id": _of_socket,
    "session_id": _of_charge,
    "booking_id": _of_booking,
}
