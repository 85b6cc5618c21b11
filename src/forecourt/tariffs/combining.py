"""Several tariffs in one session (OCPI ChargingPeriod.tariff_id): the terms that hold for the whole of it."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from forecourt.kernel import BadInput
from forecourt.tariffs.model import Tariff
from forecourt.tariffs.terms import Holidays, PriceLimit


def combine_tariffs(tariffs: Sequence[Tariff]) -> Tariff:
    """One tariff with the terms of all: a session under several costs at least every minimum and at most every maximum.

    Raises BadInput if their currencies or tax modes differ, as such prices cannot be added up.
    """
    first = tariffs[0]
    if len(tariffs) == 1 or all(each is first for each in tariffs):
        return first
    unlike = next((each for each in tariffs if each.currency != first.currency or each.tax_included is not first.tax_included), None)
    if unlike is not None:
        raise BadInput(
            "tariffs_differ",
            f"Tariff {unlike.id} is in {unlike.currency} with tax_included {unlike.tax_included}, "
            f"{first.id} in {first.currency} with {first.tax_included}.",
            "One record takes tariffs of one currency and one tax mode.",
        )
    return Tariff(
        id="+".join(dict.fromkeys(each.id for each in tariffs)),
        currency=first.currency,
        elements=tuple(element for each in tariffs for element in each.elements),
        tax_included=first.tax_included,
        min_price=_limit((each.min_price for each in tariffs), max),
        max_price=_limit((each.max_price for each in tariffs), min),
        holidays=_holidays(tariffs),
    )


def _holidays(tariffs: Sequence[Tariff]) -> Holidays | None:
    known = [each.holidays for each in tariffs if each.holidays]
    return Holidays(own=tuple(sorted({day for one in known for day in one.dates}))) if known else None


def _limit(limits: Iterable[PriceLimit | None], choose: Callable[[list[Decimal]], Decimal]) -> PriceLimit | None:
    stated = [limit for limit in limits if limit is not None]
    before = [limit.before_taxes for limit in stated if limit.before_taxes is not None]
    after = [limit.after_taxes for limit in stated if limit.after_taxes is not None]
    if not before and not after:
        return None
    return PriceLimit(choose(before) if before else None, choose(after) if after else None)
