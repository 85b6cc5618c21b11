"""Convert a tariff to a price sheet, by which a charger calculates exact costs itself; or state why that is impossible."""

from decimal import Decimal, localcontext

from forecourt.stations import CostLimit, KwhPrice, PriceSheet, PriceWhen
from forecourt.tariffs.matching import Candidate
from forecourt.tariffs.model import Tariff
from forecourt.tariffs.terms import PriceLimit, Restrictions, TaxIncluded

# The most decimals that OCPP allows.
MAX_DECIMALS = 6
_DAY = 1440


def price_sheet_of(tariff: Tariff, sheet_id: str) -> PriceSheet | None:
    """The sheet; None if a charger could calculate another cost than the bill: `unsupported_terms` says why."""
    if unsupported_terms(tariff):
        return None
    kwh, fees = tariff.plan.session.energy, tariff.plan.session.flat
    return PriceSheet(
        id=sheet_id,
        currency=tariff.currency,
        kwh=tuple(KwhPrice(_net(tariff, one), _when(one.restrictions)) for one in kwh),
        kwh_tax=kwh[0].vat if kwh else None,
        fee=_net(tariff, fees[0]) if fees else None,
        fee_tax=fees[0].vat if fees else None,
        least=_limit(tariff.min_price),
        most=_limit(tariff.max_price),
    )


def unsupported_terms(tariff: Tariff) -> tuple[str, ...]:
    """Why a charger cannot calculate the costs of a tariff; empty if it can."""
    plan = tariff.plan.session
    prices = (*plan.energy, *plan.flat)
    found = {
        "The standard does not say that time in which the charger withholds power is free.": any(
            one.component.price for one in (*plan.time, *plan.parking)
        ),
        "Energy is counted in steps.": any(one.block > 1 for one in plan.energy),
        f"A price without tax has more than {MAX_DECIMALS} decimals.": any(not _is_short(_net(tariff, one)) for one in prices),
        "Prices of the kWh have different rates of tax.": len({one.vat_key for one in plan.energy}) > 1,
        "A price depends on the current, of which a charger counts all phases together.": plan.uses_current,
        "Prices differ on holidays, of which a charger knows none.": any(one.restrictions.holidays for one in plan.energy),
        "The fee for the start holds only at times.": any(not one.free for one in plan.flat),
    }
    return tuple(words for words, so in found.items() if so)


def _net(tariff: Tariff, candidate: Candidate) -> Decimal:
    price = candidate.component.price
    if tariff.tax_included is not TaxIncluded.YES:
        return price
    with localcontext() as exact:
        exact.prec = 40
        return price * candidate.tax_down / candidate.tax_up


def _is_short(price: Decimal) -> bool:
    return price == price.quantize(Decimal(1).scaleb(-MAX_DECIMALS))


def _when(r: Restrictions) -> PriceWhen:
    start, end = r.start_minute or 0, (_DAY if r.end_minute is None else r.end_minute) % _DAY
    clocked = start != end  # else all day
    return PriceWhen(
        start_minute=start if clocked else None,
        end_minute=end if clocked else None,
        days=tuple(sorted(r.days)) if r.days is not None else (),
        start_date=r.start_date,
        end_date=r.end_date,
        min_wh=r.min_wh,
        max_wh=r.max_wh,
        min_w=r.min_w,
        max_w=r.max_w,
        min_seconds=r.min_seconds,
        max_seconds=r.max_seconds,
    )


def _limit(limit: PriceLimit | None) -> CostLimit:
    return CostLimit(limit.before_taxes, limit.after_taxes) if limit else CostLimit()
