"""Room for all that a socket can draw, in the order in which it is asked for."""

from forecourt.planning import EvseLimits, Row, who_fits

SOCKETS = tuple(EvseLimits(name, most) for name, most in (("A", 32), ("B", 32), ("C", 16)))
FEEDER = (Row("feeder", 60, tuple((socket.id, 1.0) for socket in SOCKETS)),)


def test_who_does_not_fit_is_left_out_and_the_next_is_tried() -> None:
    assert who_fits(FEEDER, SOCKETS, {}, ("A", "B", "C")) == ("A", "C")
    assert who_fits(FEEDER, SOCKETS, {"B": 6.0}, ("A", "C")) == ("A", "C")
    assert who_fits(FEEDER, SOCKETS, {"B": 13.0}, ("A", "C")) == ("A",)


def test_a_load_of_its_own_is_not_counted_twice() -> None:
    assert who_fits(FEEDER, SOCKETS, {"A": 32.0, "B": 28.0}, ("A",)) == ("A",)
