"""How far a charge may go: what a charger is told where it was told something before, or has a cap of its own."""

from decimal import Decimal

from forecourt.stations import ChargeCap

TEN = ChargeCap(Decimal(10), 20_000, 80)


def test_a_cap_that_holds_no_more_is_set_too_high_to_matter_for_it_cannot_be_taken_away() -> None:
    assert ChargeCap().instead_of(TEN) == ChargeCap(Decimal(1_000_000), 10_000_000, 100)
    assert ChargeCap().instead_of(ChargeCap()) == ChargeCap()
    assert ChargeCap(Decimal(0), 1).instead_of(TEN) == ChargeCap(Decimal(0), 1, 100)
    assert TEN.instead_of(ChargeCap()) == TEN


def test_a_charger_is_told_no_cap_that_its_own_keeps_already() -> None:
    assert TEN.below(ChargeCap()) == TEN
    assert TEN.below(TEN) == ChargeCap()
    assert TEN.below(ChargeCap(Decimal("9.99"), 20_001, 79)) == ChargeCap(energy_wh=20_000)
    assert TEN.below(ChargeCap(Decimal("10.01"), 19_999)) == ChargeCap(cost=Decimal(10), level_percent=80)
    assert ChargeCap().below(TEN) == ChargeCap()
