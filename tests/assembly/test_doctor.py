"""`forecourt doctor`, of servers of one's own."""

import socket

from forecourt.assembly.maintenance import _bus_answers


def test_a_bus_that_does_not_answer_is_missing_and_its_password_is_not_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found = _bus_answers(f"nats://forecourt:sesame@127.0.0.1:{taken.getsockname()[1]}")
    assert not found.good
    assert "127.0.0.1" in found.text
    assert "sesame" not in found.text
