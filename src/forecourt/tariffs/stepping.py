"""step_size: the total of a session rounded up in blocks, once for energy and once for time (OCPI mod_cdrs, Step Size)."""

from forecourt.tariffs.matching import MICROS, Candidate
from forecourt.tariffs.measuring import Tally


def surplus(tally: Tally) -> dict[Candidate, int]:
    """What rounding up adds, per component and in the tally's parts: the last used one bills it with its block and its price.

    Where parking was billed only parking is rounded; charging time is rounded only where no parking was billed.
    """
    added: dict[Candidate, int] = {}
    for last, unit in (
        (tally.last_energy, tally.wh_parts),
        (tally.last_parking or tally.last_time, tally.us_parts * MICROS),
    ):
        if last is None or last.component.step_size <= 0:
            continue
        dimension = last.dimension
        used = sum([quantity for candidate, quantity in tally.used.items() if candidate.dimension is dimension])
        extra = -used % (last.component.step_size * unit)
        if extra:
            added[last] = extra
    return added
