"""What was used of an entitlement, taken off again: for what a charge cost at an instant that is past."""

from collections.abc import Iterable
from dataclasses import replace

from forecourt.kernel import Money, Span
from forecourt.offers.model import Cut, Entitlement, Use


def within(cuts: Iterable[Cut], left_wh: int, left_s: int) -> tuple[Cut, ...]:
    """The cuts, of which those of free energy and free time give together no more than is left."""
    kept: list[Cut] = []
    for cut in cuts:
        if cut.energy_wh is not None:
            give = min(cut.energy_wh, left_wh)
            left_wh -= max(0, give)
            kept += [replace(cut, energy_wh=give)] if give > 0 else []
        elif cut.seconds is not None:
            give = min(cut.seconds, left_s)
            left_s -= max(0, give)
            kept += [replace(cut, seconds=give)] if give > 0 else []
        else:
            kept.append(cut)
    return tuple(kept)


def as_used(use: Use, cuts: Iterable[Cut], least_spend: Money | None, charge: Span) -> Entitlement:
    """What a charge had of an entitlement: on all of the charge it takes the same again, to the rounding of whole Wh and seconds."""
    kept = within(cuts, use.energy_wh, use.seconds)
    return Entitlement(use.source, use.kind, "", kept, charge, stacks=True, most=use.amount, least_spend=least_spend)
