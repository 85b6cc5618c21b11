"""Positions of sites and distances between them."""

from decimal import Decimal
from math import pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput
from forecourt.stations import Position, distance_m

POSITIONS = st.builds(Position, st.floats(-90, 90), st.floats(-180, 180))
HALF_ROUND_M = pi * 6_371_009
BERLIN, HAMBURG = Position(52.5200, 13.4050), Position(53.5511, 9.9937)


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        (BERLIN, HAMBURG, Decimal("255.3")),
        (Position(34.134, -118.126), Position(34.0522, -118.2437), Decimal("14.1")),
        (Position(0, 179.5), Position(0, -179.5), Decimal("111.2")),  # over the date line
        (Position(90, 0), Position(-90, 0), Decimal("20015.1")),
    ],
)
def test_known_distances_are_calculated_correctly(one: Position, other: Position, km: Decimal) -> None:
    assert round(Decimal(distance_m(one, other)) / 1000, 1) == km


@given(POSITIONS, POSITIONS, POSITIONS)
def test_distances_satisfy_the_triangle_inequality(one: Position, other: Position, third: Position) -> None:
    assert distance_m(one, other) == distance_m(other, one) <= distance_m(one, third) + distance_m(third, other) + 2
    assert 0 <= distance_m(one, other) <= HALF_ROUND_M + 1
    assert distance_m(one, one) == 0


@pytest.mark.parametrize(("latitude", "longitude"), [(90.1, 0), (0, 180.1), (float("nan"), 0), (0, float("inf"))])
def test_a_position_outside_the_globe_is_refused(latitude: float, longitude: float) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        Position(latitude, longitude)
