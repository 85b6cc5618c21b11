"""Charge caps: what a charger is sent if it was sent one before, or has a cap of its own."""

from decimal import Decimal

from forecourt.stations import ChargeCap

TEN = ChargeCap(Decimal(10), 20_000, 80)


def test_a_removed_charge_cap_is_replaced_by_one_too_high_to_matter() -> None:
    assert ChargeCap().instead_of(TEN) == ChargeCap(Decimal(1_000_000), 10_000_000, 100)
    assert ChargeCap().instead_of(ChargeCap()) == ChargeCap()
    assert ChargeCap(Decimal(0), 1).instead_of(TEN) == ChargeCap(Decimal(0), 1, 100)
    assert TEN.instead_of(ChargeCap()) == TEN


def test_a_cap_that_the_chargers_own_cap_already_implies_is_not_sent() -> None:
    assert TEN.below(ChargeCap()) == TEN
    assert TEN.below(TEN) == ChargeCap()
    assert TEN.below(ChargeCap(Decimal("9.99"), 20_001, 79)) == ChargeCap(energy_wh=20_000)
    assert TEN.below(ChargeCap(Decimal("10.01"), 19_999)) == ChargeCap(cost=Decimal(10), level_percent=80)
    assert ChargeCap().below(TEN) == ChargeCap()
