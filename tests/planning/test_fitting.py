"""Which sockets fit at their maximum current, in the order in which they are asked for."""

import pytest

from forecourt.planning import EvseLimits, Row, compile_grid, evses_that_fit, fits

SOCKETS = tuple(EvseLimits(name, most) for name, most in (("A", 32), ("B", 32), ("C", 16)))
FEEDER = (Row("feeder", 60, tuple((socket.id, 1.0) for socket in SOCKETS)),)


def test_a_socket_that_does_not_fit_is_left_out_and_the_next_is_tried() -> None:
    assert evses_that_fit(FEEDER, SOCKETS, {}, ("A", "B", "C")) == ("A", "C")
    assert evses_that_fit(FEEDER, SOCKETS, {"B": 6.0}, ("A", "C")) == ("A", "C")
    assert evses_that_fit(FEEDER, SOCKETS, {"B": 13.0}, ("A", "C")) == ("A",)


def test_the_sockets_own_load_is_not_counted_twice() -> None:
    assert evses_that_fit(FEEDER, SOCKETS, {"A": 32.0, "B": 28.0}, ("A",)) == ("A",)


@pytest.mark.parametrize(("loads", "held"), [({"A": 20.0, "B": 12.0}, True), ({"A": 20.0, "B": 13.0}, False)])
def test_a_socket_fits_if_every_row_that_counts_it_stays_within_its_limit(loads: dict[str, float], held: bool) -> None:
    """A row that does not count the socket may be over its limit."""
    wired = compile_grid((Row("feeder", 32, (("A", 1.0), ("B", 1.0))), Row("other", 10, (("C", 1.0),))), SOCKETS)
    assert fits(wired, {**loads, "C": 32.0}, "A") is held
