"""Quirks of charger makes: each file states the make, the handling and its public source."""

import pytest

from forecourt.stations import QuirkKind, has_quirk, makes, quirks_of


@pytest.mark.parametrize(
    ("named", "kinds"),
    [
        (("go-e", "go-eCharger_V4", "055.5"), {QuirkKind.NO_READING_ON_REQUEST}),
        (("go-e", "go-eCharger_V4", "055.10"), set()),
        (("go-e", "go-eCharger_V4", "9" * 5000), set()),
        (("Growatt", "THOR_11AS", "THOR_11AS-V5.2.4-20230307-NOVO"), {QuirkKind.LOCAL_TIME}),
        (("", "ACChargePoint", ""), {QuirkKind.WATTS_ALONE, QuirkKind.NO_ZERO_FALLBACK}),
        (("Wall Box Chargers", "PLP1-0-2-4", "6.7.38"), {QuirkKind.NO_END}),
        (("Forecourt", "Simulated", "1.0"), set()),
    ],
)
def test_a_charger_has_the_quirks_of_its_make(named, kinds) -> None:
    assert {quirk.kind for quirk in quirks_of(*named)} == kinds
    assert all(has_quirk(kind, *named) == (kind in kinds) for kind in QuirkKind)


def test_every_quirk_has_a_description_and_a_public_source() -> None:
    quirks = [quirk for make in makes() for quirk in make.quirks]
    assert all(quirk.words.endswith(".") and quirk.source.startswith("https://") for quirk in quirks)
    assert {quirk.kind for quirk in quirks} == set(QuirkKind)
