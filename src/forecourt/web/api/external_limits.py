"""REST for external limits reported by a charger: read, and set aside. The same flow and the same log as the console's."""

from datetime import datetime
from typing import Annotated

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from msgspec import Meta, Struct

from forecourt.drivers import Duty
from forecourt.flows.chargers import set_limit_aside
from forecourt.flows.ports import Store
from forecourt.kernel import NotFound, OperatorId
from forecourt.stations import Charger, ExternalLimit, charger_named
from forecourt.web.frame.responses import WebRequest, trigger_planning
from forecourt.web.frame.visitor import ports_of, staff_member, staff_only, visitor_of


class LimitStepItem(Struct):
    """current_a: per phase; power_w: of all phases together; null = no limit of that kind."""

    start: datetime
    current_a: float | None
    power_w: int | None


class ExternalLimitItem(Struct):
    """source: in OCPP's words. socket: its number, 0 = the whole charger. steps: from now on, the last one lasts until it is lifted; empty
    = the amount was not reported. critical: the grid depends on it."""

    source: str
    socket: int
    told_at: datetime
    critical: bool
    steps: list[LimitStepItem]


class SetAsideRequest(Struct, forbid_unknown_fields=True):
    """source, socket, told_at: of the limit as it was read. reason: recorded in the log."""

    source: Annotated[str, Meta(max_length=500)]
    socket: Annotated[int, Meta(ge=0, le=999)]
    told_at: Annotated[datetime, Meta(tz=True)]
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


@get("/chargers/{charger_id:str}/limits", sync_to_thread=True, summary="External limits on a charger")
def list_charger_limits(request: WebRequest, charger_id: FromPath[str]) -> list[ExternalLimitItem]:
    """Those that cap its plan now, without those that are over, lifted or set aside."""
    with ports_of(request).transactions.begin() as store:
        return _items(_own(store, charger_id, visitor_of(request).operator), ports_of(request).clock.now())


@post("/chargers/{charger_id:str}/limits/set-aside", sync_to_thread=True, status_code=200, summary="Set an external limit aside")
def set_aside_charger_limit(
    request: WebRequest, charger_id: FromPath[str], data: JSONBody[SetAsideRequest]
) -> Response[list[ExternalLimitItem]]:
    """It caps no plan until the charger reports it again. What the charger itself obeys does not change. Returns the remaining ones.
    Refused (409) if it was lifted or reported again since it was read.
    """
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        charger = set_limit_aside(store, by, charger_named(charger_id), (data.source, data.socket, data.told_at), data.reason)
        return trigger_planning(request, Response(_items(charger, by.at)))


def _own(store: Store, charger_id: str, operator: OperatorId) -> Charger:
    found = store.stations.charger(charger_named(charger_id))
    if found is None or found.operator_id != operator:
        raise NotFound("charger", "There is no such charger.", "Chargers are listed under GET /api/v1/chargers.")
    return found


def _items(charger: Charger, at: datetime) -> list[ExternalLimitItem]:
    return [_item(one, at) for one in charger.limits_at(at)]


def _item(one: ExternalLimit, at: datetime) -> ExternalLimitItem:
    steps = [LimitStepItem(s.start, None if s.current_ma is None else s.current_ma / 1000, s.power_w) for s in one.steps_from(at)]
    return ExternalLimitItem(one.source, one.evse_number, one.reported_at, one.critical, steps)


routes = Router(
    "/api/v1",
    tags=["Chargers"],
    guards=[staff_only],
    route_handlers=[list_charger_limits, set_aside_charger_limit],
    opt={"duty": Duty.SITES},
)
