"""REST for chargers and their sockets, for the operator's own programs: the same flows, checks and log as the console's."""

from datetime import datetime
from typing import Annotated, Literal

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Response
from msgspec import Meta, Struct

from forecourt.drivers import Duty
from forecourt.flows.chargers import (
    ChargerDetails,
    add_charger,
    describe_bay,
    keep_in_service,
    refuse_charger,
    renew_password,
    retire_charger,
    retire_from,
)
from forecourt.flows.ports import ListOrder, Store, page_of
from forecourt.kernel import NotFound, OperatorId, utc
from forecourt.stations import Approval, BayTraits, Charger, Evse, Protocol, Site, SocketDetails, charger_named, features_named
from forecourt.web.api.completing import OrMade
from forecourt.web.api.parts import IN_PARTS, PartAsked, part_of
from forecourt.web.charging.charger_access import own_address
from forecourt.web.charging.passwords import HASHES, fresh_password
from forecourt.web.frame.answers import Asked, plan_soon
from forecourt.web.frame.visit import ports_of, staff_member, staff_only, visitor_of
from forecourt.web.queries.site_lookup import own_site

Password = Annotated[str, Meta(min_length=16, max_length=40, pattern="^[!-~]*$")]
Phases = Annotated[list[Literal["L1", "L2", "L3"]], Meta(min_length=1, max_length=3)]


class BayItem(Struct, forbid_unknown_fields=True):
    """features: of accessible, cable, pull_through, roof and lit, those it has. max_height_cm: of a vehicle; null = any."""

    features: Annotated[list[str], Meta(max_length=10)]
    max_height_cm: int | None = None


class ChargerSocketItem(Struct, forbid_unknown_fields=True):
    """standard: the plug by OCPI's name of it. phases, voltage_v, max_a: of the supply it takes from the site, also where it gives direct
    current. kind: what drivers book; empty = by plug and power. meter_key: of its meter, in hexadecimal, where it signs readings. bay:
    left out = as it is."""

    standard: Annotated[str, Meta(max_length=60)]
    phases: Phases
    voltage_v: int
    max_a: int
    kind: Annotated[str, Meta(max_length=200)] = ""
    meter_key: Annotated[str, Meta(max_length=2000)] = ""
    bay: BayItem | None = None


class ChargerRequest(Struct, forbid_unknown_fields=True):
    """sockets: in the order of their numbers. protocol: until it says itself what it speaks. password: none = one is made for a charger
    that has never called; one that waits for approval keeps the way it connects."""

    site: Annotated[str, Meta(max_length=60)]
    sockets: Annotated[list[ChargerSocketItem], Meta(max_length=100)]
    protocol: Literal["1.6", "2.0.1", "2.1"] = "1.6"
    password: Password | None = None


class PasswordRequest(Struct, forbid_unknown_fields=True):
    """password: none = one is made."""

    password: Password | None = None


class ChargerItem(Struct):
    """state: APPROVED = in service, PENDING = waits for approval, REFUSED, RETIRED = out of service for good. site: empty = of none yet.
    retires_at: from when on nobody begins a charge there, and it goes when it is free."""

    id: str
    state: str
    site: str
    protocol: str
    vendor: str
    model: str
    serial: str
    firmware: str
    connected: bool
    seen_at: datetime | None
    sockets: list[ChargerSocketItem]
    retires_at: datetime | None = None


class AccessItem(Struct):
    """password: where one was made here, now and never again; else null. address: where the charger calls."""

    charger: ChargerItem
    address: str
    password: str | None


_BY_NAME: ListOrder[Charger] = ListOrder(lambda one: (one.id,), (str,))


@get("/chargers", sync_to_thread=True, opt={"of_sites": True}, **IN_PARTS, summary="Your chargers, and those waiting for approval")
def chargers(request: Asked, part: PartAsked) -> Response[list[ChargerItem]]:
    operator, only = visitor_of(request).operator, visitor_of(request).sites
    with ports_of(request).transactions.begin() as store:
        seen = (one for one in store.stations.chargers() if _is_seen(one, operator) and (not only or one.site_id in only))
        known = page_of(seen, _BY_NAME, part.rising())
        return part_of(request, known, lambda one: _item(store, one))


@get("/chargers/{charger_id:str}", sync_to_thread=True, summary="A charger")
def charger(request: Asked, charger_id: FromPath[str]) -> ChargerItem:
    with ports_of(request).transactions.begin() as store:
        return _item(store, _seen(store, charger_id, visitor_of(request).operator))


@put(
    "/chargers/{charger_id:str}",
    sync_to_thread=True,
    operation_class=OrMade,
    summary="Add a charger with its sockets, or approve one that is waiting",
)
def put_charger(request: Asked, charger_id: FromPath[str], data: JSONBody[ChargerRequest]) -> Response[AccessItem]:
    """In service from its next message. 201 if it was not in service; the same request again answers 200 and changes nothing, not even its
    password. Refused if a charger of that name is in service with other details, was retired, or belongs to another operator.
    """
    by, name = staff_member(request), charger_named(charger_id)
    made = None if data.password else fresh_password()
    with ports_of(request).transactions.begin() as store:
        store.prices.lock(by.operator_id)  # of two at once the second sees what the first has added
        site = own_site(store, data.site, by.operator_id)
        wanted = ChargerDetails(name, site.id, tuple(_details(one) for one in data.sockets), Protocol(f"ocpp{data.protocol}"))
        known = store.stations.charger(name)
        if known is not None and known.approval is Approval.APPROVED and _stands(store, site, wanted):
            return Response(AccessItem(_item(store, known), own_address(request, name), None))
        made = made if known is None else None
        password = data.password or made
        added = add_charger(store, by, wanted, HASHES.hash(password) if password else "")
        for number, one in enumerate(data.sockets, start=1):
            if one.bay and (evse := store.stations.evse_at(name, number)):
                describe_bay(store, by, evse.id, _bay(one.bay))
        answer = AccessItem(_item(store, added), own_address(request, name), made)
    return plan_soon(request, _secret(answer, 201))


@post("/chargers/{charger_id:str}/password", sync_to_thread=True, status_code=200, summary="Give a charger a new password")
def password(request: Asked, charger_id: FromPath[str], data: JSONBody[PasswordRequest]) -> Response[AccessItem]:
    """From its next connection, only this password works. The current connection stays open."""
    made = None if data.password else fresh_password()
    with ports_of(request).transactions.begin() as store:
        done = renew_password(store, staff_member(request), charger_named(charger_id), HASHES.hash(data.password or made or ""))
        answer = AccessItem(_item(store, done), own_address(request, done.id), made)
    return _secret(answer, 200)


@put("/chargers/{charger_id:str}/sockets/{number:int}/bay", sync_to_thread=True, summary="Describe a bay")
def put_bay(request: Asked, charger_id: FromPath[str], number: FromPath[int], data: JSONBody[BayItem]) -> BayItem:
    """Drivers search for these features and are promised them. Refused if an upcoming booking was promised a feature that would be
    removed.
    """
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        evse = store.stations.evse_at(_seen(store, charger_id, by.operator_id).id, number)
        if evse is None:
            raise NotFound("socket", "The charger does not have this socket.", "They are numbered from 1.")
        return _bay_item(describe_bay(store, by, evse.id, _bay(data)).bay)


@post("/chargers/{charger_id:str}/refuse", sync_to_thread=True, status_code=200, summary="Refuse a charger that is waiting for approval")
def refuse(request: Asked, charger_id: FromPath[str]) -> ChargerItem:
    """It stays listed and gets no service. It can be approved later."""
    with ports_of(request).transactions.begin() as store:
        return _item(store, refuse_charger(store, staff_member(request), charger_named(charger_id)))


@delete("/chargers/{charger_id:str}", sync_to_thread=True, status_code=200, summary="Retire a charger")
def retire(request: Asked, charger_id: FromPath[str], start: FromQuery[datetime | None] = None) -> Response[ChargerItem]:
    """Bookings move to the remaining sockets or are cancelled immediately. Refused while a car is charging there, unless `start` is sent:
    from then on no charge can begin there, and it is retired when the last car has left. The same request again changes nothing.
    """
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        known = _seen(store, charger_id, by.operator_id)
        if known.approval is not Approval.RETIRED and (start is None or known.retires_at != utc(start)):
            known = retire_charger(store, by, known.id) if start is None else retire_from(store, by, known.id, utc(start))
        answer = _item(store, known)
    return plan_soon(request, Response(answer))


@post("/chargers/{charger_id:str}/stay", sync_to_thread=True, status_code=200, summary="Cancel retiring a charger")
def stay(request: Asked, charger_id: FromPath[str]) -> Response[ChargerItem]:
    """Bookings that were cancelled stay cancelled. The same request again changes nothing."""
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        answer = _item(store, keep_in_service(store, by, _seen(store, charger_id, by.operator_id).id))
    return plan_soon(request, Response(answer))


def _seen(store: Store, charger_id: str, operator: OperatorId) -> Charger:
    found = store.stations.charger(charger_named(charger_id))
    if found is None or not _is_seen(found, operator):
        raise NotFound("charger", "There is no such charger.", "Chargers are listed under GET /api/v1/chargers.")
    return found


def _is_seen(charger: Charger, operator: OperatorId) -> bool:
    """One's own, and those that named themselves and are nobody's yet."""
    return charger.operator_id == operator or (charger.operator_id is None and charger.site_id is None)


def _stands(store: Store, site: Site, wanted: ChargerDetails) -> bool:
    """Whether it is there already, just as it is wanted."""
    kept = sorted((one for one in store.stations.evses(site.id) if one.charger_id == wanted.id), key=lambda one: one.number)
    asked = [(one.standard, one.phases, one.voltage_v, one.max_a, one.name, one.meter_key) for one in wanted.sockets]
    return asked == [(one.standard, one.phases, one.voltage_v, one.max_a, one.kind, one.meter_key) for one in kept]


def _details(one: ChargerSocketItem) -> SocketDetails:
    return SocketDetails(one.standard, tuple(one.phases), one.voltage_v, one.max_a, one.kind.strip(), one.meter_key)


def _item(store: Store, charger: Charger) -> ChargerItem:
    site = store.stations.site(charger.site_id) if charger.site_id else None
    evses = [one for one in store.stations.evses(site.id) if one.charger_id == charger.id] if site else []
    sockets = [_socket(one) for one in sorted(evses, key=lambda one: one.number)]
    return ChargerItem(
        id=charger.id,
        state=charger.approval,
        site=site.slug if site else "",
        protocol=charger.protocol.removeprefix("ocpp"),
        vendor=charger.vendor,
        model=charger.model,
        serial=charger.serial,
        firmware=charger.firmware,
        connected=charger.connected,
        seen_at=charger.seen_at,
        sockets=sockets,
        retires_at=charger.retires_at,
    )


def _socket(evse: Evse) -> ChargerSocketItem:
    return ChargerSocketItem(evse.standard, list(evse.phases), evse.voltage_v, evse.max_a, evse.kind, evse.meter_key, _bay_item(evse.bay))  # type: ignore[arg-type]


def _bay(item: BayItem) -> BayTraits:
    return BayTraits(features_named(item.features), item.max_height_cm)


def _bay_item(bay: BayTraits) -> BayItem:
    return BayItem([one.value for one in bay.features], bay.max_height_cm)


def _secret(answer: AccessItem, status: int) -> Response[AccessItem]:
    return Response(answer, status_code=status, headers={"cache-control": "no-store"})


routes = Router(
    "/api/v1",
    tags=["Chargers"],
    guards=[staff_only],
    route_handlers=[chargers, charger, put_charger, put_bay, password, refuse, retire, stay],
    opt={"duty": Duty.SITES},
)
