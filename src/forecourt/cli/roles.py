"""`forecourt gateway`, `web`, `worker` and `planner`: each role in a process of its own."""

import click

from forecourt.assembly.roles import run_role
from forecourt.assembly.settings import settings_from


def _role(name: str, text: str) -> click.Command:
    def body() -> None:
        run_role(settings_from(), name)

    return click.command(name=name, help=f"{text} Needs DATABASE_URL and NATS_URL.")(body)


gateway = _role("gateway", "The chargers' sockets alone.")
web = _role("web", "Pages and REST alone.")
worker = _role("worker", "Facts, bills, payments and couriers alone.")
planner = _role("planner", "Power plans alone.")
