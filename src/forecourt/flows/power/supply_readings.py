"""Readings converted to the site's supply: for direct current, amps at the plug are not amps of the site."""

from collections.abc import Sequence
from dataclasses import replace

from msgspec import structs

from forecourt.sessions import Session
from forecourt.stations import Evse, MeterSample, is_dc, supply_ma


def samples_at_supply(evse: Evse, samples: Sequence[MeterSample]) -> Sequence[MeterSample]:
    if not is_dc(evse):
        return samples
    return [structs.replace(one, current_ma=supply_ma(evse, one.power_w, one.current_ma)) for one in samples]


def at_supply(evse: Evse, session: Session) -> Session:
    if not is_dc(evse):
        return session
    return replace(session, current_ma=supply_ma(evse, session.power_w, session.current_ma))
