"""Somebody else sets a limit at a charger, changes or lifts it."""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.desk.orders import order
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, Refused
from forecourt.stations import (
    MOST_OUTSIDE_LIMITS,
    Charger,
    Message,
    OutsideLimitLifted,
    OutsideLimitTold,
    WriteSetting,
    with_outside,
    without_outside,
)

# Whether it says how much; without this it need not.
_SAYS_HOW_MUCH = "SmartChargingCtrlr/NotifyChargingLimitWithSchedules"


def limit_told(store: Store, message: Message, fact: OutsideLimitTold, ids: Ids) -> bool:
    """True if the site's power should be shared anew. One that does not say how much is asked to, from its next on."""
    charger, limit = store.stations.charger(message.charger_id), fact.limit
    if charger is None:
        return False
    if limit.evse_number and store.stations.evse_at(charger.id, limit.evse_number) is None:
        raise Refused("no_such_socket", f"{charger.id} tells of a limit of its socket {limit.evse_number}, which is not entered.")
    outside = with_outside(charger.outside, limit)
    if len(outside) > MOST_OUTSIDE_LIMITS:
        raise Refused("too_many_limits", f"{charger.id} tells of more than {MOST_OUTSIDE_LIMITS} limits of others at once.")
    store.stations.put_charger(replace(charger, outside=outside))
    if not limit.steps:
        _ask_how_much(store, charger, fact.at, ids)
    return True


def limit_lifted(store: Store, message: Message, fact: OutsideLimitLifted) -> bool:
    """Of a charger with one socket, that socket's limits are the charger's."""
    charger = store.stations.charger(message.charger_id)
    if charger is None:
        return False
    evses = store.stations.evses(message.site_id)
    alone = sum(one.charger_id == charger.id and one.retired_at is None for one in evses) == 1
    outside = without_outside(charger.outside, fact.source, 0 if alone else fact.evse_number)
    store.stations.put_charger(replace(charger, outside=outside))
    return outside != charger.outside


def _ask_how_much(store: Store, charger: Charger, at: datetime, ids: Ids) -> None:
    """Once per boot: one that refuses is not asked again and again."""
    order(store, charger.id, WriteSetting(_SAYS_HOW_MUCH, "true"), at, ids, f"limit_schedules/{charger.id}/{charger.booted_at}")
