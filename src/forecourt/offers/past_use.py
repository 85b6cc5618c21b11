"""Reconstruct what a charge in the past had used of an entitlement, to recalculate what it cost."""

from collections.abc import Iterable
from dataclasses import replace

from forecourt.kernel import Money, Span
from forecourt.offers.model import DiscountRule, Entitlement, EntitlementUse


def limit_allowances(cuts: Iterable[DiscountRule], left_wh: int, left_s: int) -> tuple[DiscountRule, ...]:
    """Limit the cuts of free energy and free time so that together they give no more than is left."""
    limited: list[DiscountRule] = []
    for cut in cuts:
        if cut.energy_wh is not None:
            give = min(cut.energy_wh, left_wh)
            left_wh -= max(0, give)
            limited += [replace(cut, energy_wh=give)] if give > 0 else []
        elif cut.seconds is not None:
            give = min(cut.seconds, left_s)
            left_s -= max(0, give)
            limited += [replace(cut, seconds=give)] if give > 0 else []
        else:
            limited.append(cut)
    return tuple(limited)


def reconstruct_entitlement(use: EntitlementUse, cuts: Iterable[DiscountRule], least_spend: Money | None, charge: Span) -> Entitlement:
    """What a charge had of an entitlement: for the whole charge it takes the same again, up to rounding to whole Wh and seconds."""
    limited = limit_allowances(cuts, use.energy_wh, use.seconds)
    return Entitlement(use.source, use.kind, "", limited, charge, stacks=True, most=use.amount, least_spend=least_spend)
