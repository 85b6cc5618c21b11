"""`forecourt gateway`, `web`, `worker` and `planner`: each role in its own process."""

import click

from forecourt.assembly.roles import run_role
from forecourt.assembly.settings import settings_from


def _role(name: str, text: str) -> click.Command:
    def body() -> None:
        run_role(settings_from(), name)

    return click.command(name=name, help=f"{text} Needs DATABASE_URL and NATS_URL.")(body)


gateway = _role("gateway", "Only the chargers' WebSocket connections.")
web = _role("web", "Only the web pages and the REST interface.")
worker = _role("worker", "Only the background work: facts, bills, payments and messages.")
planner = _role("planner", "Only power planning.")
