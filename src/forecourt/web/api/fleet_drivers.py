"""REST for a fleet's payer: drivers, cards, limits and cost centres, by the same rules as its page."""

from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from forecourt.drivers import Limits, token_uid
from forecourt.flows import desk
from forecourt.flows.ports import Store
from forecourt.kernel import DriverId
from forecourt.web.api import models
from forecourt.web.api.charge_items import ChargeItem, charge_item
from forecourt.web.api.shared import to_json
from forecourt.web.frame.amounts import parse_amount
from forecourt.web.frame.code_attempts import limit_code_attempts
from forecourt.web.frame.conditional import check_precondition
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, signed_in, wall_now
from forecourt.web.money.fleets import acting_payer, payer_of
from forecourt.web.queries.fleets import FleetDriver, fleet_drivers, fleet_member

_Amount = Annotated[str, Meta(max_length=20)]


class DriverLimitsRequest(Struct, forbid_unknown_fields=True):
    """With tax, per charge, day and month; in major units of the operator's currency, "25" or "12.50". Null or omitted: none."""

    charge: _Amount | None = None
    day: _Amount | None = None
    month: _Amount | None = None


class FleetDriverRequest(Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(max_length=100)]
    email: Annotated[str, Meta(max_length=254)]


class FleetTermsRequest(Struct, forbid_unknown_fields=True):
    """Omitted fields stay unchanged. cost_centre empty: none."""

    cost_centre: str | UnsetType = UNSET
    limits: DriverLimitsRequest | UnsetType = UNSET


class FleetCardRequest(FleetTermsRequest, forbid_unknown_fields=True, kw_only=True):
    """label: the driver's name for it. blocked: it starts no charges."""

    label: Annotated[str, Meta(max_length=40)] | UnsetType = UNSET
    blocked: bool | UnsetType = UNSET


class DriverLimitsItem(Struct):
    charge: models.Amount | None
    day: models.Amount | None
    month: models.Amount | None


class FleetCardItem(Struct):
    """A card's own cost centre overrides its driver's; its limits apply in addition to the driver's."""

    uid: str
    label: str
    blocked: bool
    cost_centre: str
    limits: DriverLimitsItem


class FleetDriverItem(Struct):
    """running: charges in progress at the payer's cost."""

    id: UUID
    name: str
    email: str
    cost_centre: str
    limits: DriverLimitsItem
    cards: list[FleetCardItem]
    running: list[ChargeItem]


@get("/drivers", sync_to_thread=True, summary="The drivers you pay for: what each may do, and charges in progress")
def list_fleet_drivers(request: WebRequest) -> list[FleetDriverItem]:
    """By name."""
    with ports_of(request).transactions.begin() as store:
        return [_item(one) for one in fleet_drivers(store, payer_of(store, request), ports_of(request).clock.now())]


@post("/drivers", sync_to_thread=True, status_code=201, summary="Add a driver to your fleet")
def add_fleet_driver(request: WebRequest, data: JSONBody[FleetDriverRequest]) -> FleetDriverItem:
    """They get an email to choose a password. Refused (409) if the email address has an account: people with an account keep it for
    themselves.
    """
    by = acting_payer(request)
    with ports_of(request).transactions.begin() as store:
        account = desk.add_fleet_driver(store, by, payer_of(store, request), data.name, data.email, wall_now() + desk.INVITATION_LIFETIME)
        assert account.driver_id is not None  # noqa: S101 - a driver's account has a driver
        return _member(store, request, account.driver_id)


@get("/drivers/{driver_id:uuid}", sync_to_thread=True, summary="One of the drivers you pay for")
def get_fleet_driver(request: WebRequest, driver_id: FromPath[UUID]) -> FleetDriverItem:
    with ports_of(request).transactions.begin() as store:
        return _member(store, request, DriverId(driver_id))


@put("/drivers/{driver_id:uuid}", sync_to_thread=True, summary="Set a driver's cost centre and limits")
def update_fleet_driver(request: WebRequest, driver_id: FromPath[UUID], data: JSONBody[FleetTermsRequest]) -> FleetDriverItem:
    """The limits also apply to charges in progress; the cost centre applies to bills from now on. `If-Match` with the ETag of the driver
    as you read them refuses a change over somebody else's (412); the figures of a charge in progress count too, so read just before.
    """
    with ports_of(request).transactions.begin() as store:
        _check_unchanged(store, request, driver_id)
        _set(store, request, DriverId(driver_id), data)
        return _member(store, request, DriverId(driver_id))


@delete("/drivers/{driver_id:uuid}", sync_to_thread=True, status_code=204, summary="Remove a driver from your fleet")
def remove_fleet_driver(request: WebRequest, driver_id: FromPath[UUID]) -> None:
    """Nothing new is charged to you, and the cards are blocked. You still pay for what began before. `If-Match` as for a change."""
    with ports_of(request).transactions.begin() as store:
        _check_unchanged(store, request, driver_id)
        desk.remove_fleet_driver(store, acting_payer(request), payer_of(store, request), DriverId(driver_id))


@put("/drivers/{driver_id:uuid}/cards/{uid:str}", sync_to_thread=True, summary="Give a driver a card, or change what it may do")
def set_fleet_card(request: WebRequest, driver_id: FromPath[UUID], uid: FromPath[str], data: JSONBody[FleetCardRequest]) -> FleetDriverItem:
    """Refused (409) if the card belongs to someone else, or would be unblocked although you did not block it. A charge in progress
    continues. `If-Match` with the ETag of the driver, as for a change of theirs.
    """
    by, whose = acting_payer(request), DriverId(driver_id)
    with ports_of(request).transactions.begin() as store:
        _check_unchanged(store, request, driver_id)
        payer_id = payer_of(store, request)
        known = {one.uid for one in fleet_member(store, payer_id, whose, by.at).cards}
        if token_uid(uid) not in known or data.label is not UNSET:
            with limit_code_attempts(request):
                desk.assign_fleet_card(store, by, payer_id, whose, uid, "" if data.label is UNSET else data.label)
        if data.blocked is not UNSET:
            desk.block_fleet_card(store, by, payer_id, whose, uid, data.blocked)
        _set(store, request, whose, data, uid)
        return _member(store, request, whose)


def _set(store: Store, request: WebRequest, driver_id: DriverId, data: FleetTermsRequest, uid: str = "") -> None:
    by, payer_id = acting_payer(request), payer_of(store, request)
    if data.cost_centre is not UNSET:
        desk.set_cost_centre(store, by, payer_id, driver_id, data.cost_centre, uid)
    if data.limits is not UNSET:
        currency, wanted = store.stations.operator(by.operator_id).currency, (data.limits.charge, data.limits.day, data.limits.month)
        limits = Limits(*(None if one is None else parse_amount(one, currency, "limit") for one in wanted))
        desk.set_limits(store, by, payer_id, driver_id, limits, uid)


def _check_unchanged(store: Store, request: WebRequest, driver_id: UUID) -> None:
    """Raises PreconditionFailed if the driver, with their cards, is no longer as they were read."""
    operator_id = acting_payer(request).operator_id
    check_precondition(request, store, operator_id, lambda: to_json(_member(store, request, DriverId(driver_id))))


def _member(store: Store, request: WebRequest, driver_id: DriverId) -> FleetDriverItem:
    return _item(fleet_member(store, payer_of(store, request), driver_id, ports_of(request).clock.now()))


def _item(view: FleetDriver) -> FleetDriverItem:
    cards = [FleetCardItem(one.uid, one.label, one.blocked, one.cost_centre, _limits(one.limits)) for one in view.cards]
    running = [charge_item(one) for one in view.running]
    driver = view.driver
    return FleetDriverItem(driver.id, driver.name, driver.email, view.cost_centre, _limits(view.limits), cards, running)


def _limits(limits: Limits) -> DriverLimitsItem:
    return DriverLimitsItem(*(models.amount(one) if one else None for one in (limits.charge, limits.day, limits.month)))


routes = Router(
    "/api/v1/fleet",
    tags=["Fleets"],
    guards=[signed_in],
    route_handlers=[
        list_fleet_drivers,
        add_fleet_driver,
        get_fleet_driver,
        update_fleet_driver,
        remove_fleet_driver,
        set_fleet_card,
    ],
)
