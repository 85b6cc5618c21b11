"""One sentence per car: why it gets what it gets."""

from collections.abc import Sequence

from forecourt.planning.car_demand import CarDemand
from forecourt.planning.pilots import Share

_ENDED = "Has all the energy its driver wants."
_LATER = "Waiting for hours its driver prefers."
_BARRED = "Waiting: once on, it may not be paused again, and cars that have had nothing could not get a turn before they leave."


def reasons(demand: CarDemand, share: Share, profiles: Sequence[str]) -> list[str]:
    """(cars,) in order. profiles: the name of the profile that limits each, if any."""
    columns = (share.amps, demand.cap_a, demand.floor_a, demand.needs_energy, demand.promised)
    cars = list(zip(*(one.tolist() for one in columns), share.held_by, strict=True))
    let_by = [of if held else "" for of, held in zip(profiles, demand.limited_by_profile.tolist(), strict=True)]
    waits = demand.patient & (demand.cap_a == 0) & (demand.most_a > 0)
    special = [_special(*car) for car in zip(demand.ended.tolist(), demand.barred.tolist(), waits.tolist(), strict=True)]
    return [("" if whose and not car[1] else one) or _because(car, whose) for one, car, whose in zip(special, cars, let_by, strict=True)]


def _special(ended: bool, barred: bool, later: bool) -> str:
    return _ENDED if ended else _BARRED if barred else _LATER if later else ""


def _because(car: tuple[int, int, int, bool, bool, str], let_by: str) -> str:
    """let_by: the profile that keeps it below what it could use."""
    amps, cap_a, floor_a, needs_energy, promised, held_by = car
    if not cap_a:
        below = f"{let_by[0].upper()}{let_by[1:]} allows" if let_by else "No power: cable and car take"
        return f"{below} less than the minimum current."
    if not needs_energy:
        return f"Has the energy requested; {amps} A of spare power." if amps else "Needs no more."
    could = f"allowed by {let_by}" if let_by else "it could use"
    if promised and amps:
        held = f"; limited by {held_by}" if held_by and amps < cap_a else ""
        return f"{amps} of {cap_a} A {could}, {min(amps, floor_a)} A of it promised with the booking{held}."
    if amps >= cap_a:
        return f"All {f'that {let_by} allows' if let_by else 'it can use'}: {amps} A."
    if amps:
        return f"{amps} of {cap_a} A {could}; limited by {held_by}." if held_by else f"{amps} of {cap_a} A {could}."
    return f"Waiting: its minimum of {floor_a} A does not fit under {held_by}." if held_by else f"Waiting: its minimum is {floor_a} A."


def counted(amps: float) -> str:
    return f"Cannot be controlled now: counted at {amps:g} A."
