"""Request and response objects of the REST interface for charges: requested, running, ended."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from forecourt.drivers import Pace
from forecourt.web.api.models import Amount, Energy, amount
from forecourt.web.api.shared import DatedRequest
from forecourt.web.views.bays import BayState
from forecourt.web.views.charges import ChargeView


class ChargeRequest(Struct, forbid_unknown_fields=True):
    evse: UUID


class StartRequest(ChargeRequest, forbid_unknown_fields=True):
    """by: "stored" = the stored card or the balance; "page" = a card or a device's wallet on the processor's page, where the bank can
    challenge the cardholder."""

    by: Literal["stored", "page"] = "stored"


class BatteryTarget(Struct, forbid_unknown_fields=True):
    """level_percent: the battery's level; may be omitted if the charger reports it."""

    capacity_wh: int
    target_percent: int
    level_percent: int | None = None


class NeedRequest(DatedRequest):
    """What the car at an EVSE needs; each part may be omitted.

    energy_wh: at least; the car continues with spare power, unless stop_there. battery: instead of energy_wh. pace: CHEAP waits for the
    hours in which energy costs the driver least, GREEN for those with most of the site's own solar power; both require a departure.
    """

    evse: UUID
    energy_wh: Energy | None = None
    departure: datetime | None = None
    stop_there: bool = False
    pace: Pace = Pace.FAST
    battery: BatteryTarget | None = None


class ChargeItem(Struct):
    """state: "charging", "withheld" (waits for power), "not charging", "fault", "offline" or "ended". cost: so far, by the same rules as
    its bill. ready_by: when the car should have what it needs. receipt: the number of its bill, empty until there is one. evse: the
    socket's id, for `needs`. need_energy_wh, departure: as stated for the car. battery_percent: if the charger reports it. cost_limit: the
    most it may cost, if it is paid from a balance alone or for a fleet; it ends there. stop: "asked" once its charger was asked to end it,
    "missed" if the charger was unreachable or refused: pull the plug, or try again. unheard_since: no contact with the charger since then;
    all values are the last known."""

    id: str
    site: str
    bay: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    energy_wh: int
    power_w: int
    cost: Amount | None
    ready_by: datetime | None
    receipt: str
    evse: str
    need_energy_wh: int | None
    departure: datetime | None
    battery_percent: int | None
    cost_limit: Amount | None
    stop: str
    unheard_since: datetime | None


class StartItem(Struct):
    """state: "holding" while the card is checked, "starting" once the charger is asked."""

    evse: UUID
    state: str


class StartProgress(Struct):
    """state: "asked": no answer from the bank yet. "pay": waits for the driver to enter a card or to answer the bank (3-D Secure), at
    `page`, or in the app's own form, with `client_secret` and `publishable_key` if those are given. "starting": held; plug in before
    `until`. "refused": the card was, for `why`. "over": it failed, for `why`; nothing is charged. amount: held, or to be held. balance: set
    aside from the prepaid balance, not held on a card."""

    evse: str
    site: str
    bay: str
    state: str
    amount: Amount
    balance: bool
    until: datetime | None
    page: str
    client_secret: str
    publishable_key: str
    why: str


class NeedItem(Struct):
    """energy_wh: with a battery goal, the energy it currently amounts to."""

    evse: UUID
    energy_wh: int | None
    departure: datetime | None
    stop_there: bool
    pace: Pace


def charge_item(view: ChargeView) -> ChargeItem:
    state = "ended" if view.ended_at else {BayState.IDLE: "not charging"}.get(view.state, str(view.state))
    most = min((one for one in (view.balance, view.limit) if one is not None), default=None)
    return ChargeItem(
        id=view.id,
        site=view.site_slug,
        bay=view.bay,
        state=state,
        started_at=view.started_at,
        ended_at=view.ended_at,
        energy_wh=view.energy_wh,
        power_w=view.power_w,
        cost=amount(view.cost) if view.cost is not None else None,
        ready_by=view.ready_by,
        receipt=view.receipt,
        evse=view.evse_id,
        need_energy_wh=view.need_wh,
        departure=view.departure,
        battery_percent=view.soc_percent,
        cost_limit=amount(most) if most is not None else None,
        stop=view.stop,
        unheard_since=view.out_of_contact_since,
    )
