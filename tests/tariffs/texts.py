"""Short ways to write tariffs and usages in tests."""

from datetime import UTC, datetime, timedelta

from forecourt.tariffs import Phase, PhaseState, Tariff, Usage, parse_tariff

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday


def price(kind, amount, vat=None, step=1):
    found = {"type": kind, "price": amount, "step_size": step}
    return found if vat is None else found | {"vat": vat}


def element(*prices, **restrictions):
    return {"price_components": list(prices)} | ({"restrictions": restrictions} if restrictions else {})


def tariff(*elements, **fields) -> Tariff:
    return parse_tariff({"id": "T", "currency": "EUR", "elements": list(elements), **fields})


def usage(*stretches, start=NOON, zone="UTC", expired=False) -> Usage:
    """Each stretch is (state, minutes, Wh) or (state, minutes, Wh, power_w, current_ma), one after the other."""
    phases = []
    for state, minutes, energy_wh, *draw in stretches:
        end = start + timedelta(minutes=minutes)
        phases.append(Phase(PhaseState(state), start, end, energy_wh, *draw))
        start = end
    return Usage(tuple(phases), zone, expired)
