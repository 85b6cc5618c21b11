"""`forecourt doctor` with existing servers."""

import socket

from forecourt.assembly.maintenance import _bus_answers


def test_an_unreachable_message_bus_is_reported_without_its_password() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found = _bus_answers(f"nats://forecourt:sesame@127.0.0.1:{taken.getsockname()[1]}")
    assert not found.good
    assert "127.0.0.1" in found.text
    assert "sesame" not in found.text
