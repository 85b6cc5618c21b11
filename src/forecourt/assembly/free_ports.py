"""A port nobody listens on."""

import socket


def free_port() -> int:
    """Free a moment ago on the loopback interface; another program may still be quicker."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
