"""step_size: the total of a session rounded up in blocks, once for energy and once for time (OCPI mod_cdrs, Step Size)."""

from forecourt.tariffs.matching import MICROS, Candidate, Exact
from forecourt.tariffs.measuring import Tally, plain
from forecourt.tariffs.terms import Dimension

_UNIT = {Dimension.ENERGY: 1, Dimension.TIME: MICROS, Dimension.PARKING_TIME: MICROS}


def surplus(tally: Tally) -> dict[Candidate, Exact]:
    """What rounding up adds, per component: the last used one bills the surplus with its block and its price.

    Where parking was billed only parking is rounded; charging time is rounded only where no parking was billed.
    """
    timed = Dimension.PARKING_TIME if Dimension.PARKING_TIME in tally.last else Dimension.TIME
    added: dict[Candidate, Exact] = {}
    for dimension in (Dimension.ENERGY, timed):
        last = tally.last.get(dimension)
        if last is None or last.component.step_size <= 0:
            continue
        block = last.component.step_size * _UNIT[dimension]
        total = sum(quantity for candidate, quantity in tally.used.items() if candidate.component.dimension is dimension)
        extra = plain(-(-total // block) * block - total)
        if extra:
            added[last] = extra
    return added
