"""`forecourt run`."""

import click

from forecourt.assembly.roles import ROLES
from forecourt.assembly.running import run_all, run_demo
from forecourt.assembly.settings import settings_from


@click.command()
@click.option("--demo", is_flag=True, help="Run a real site whose recorded sessions simulated chargers replay endlessly.")
@click.option("--roles", default=",".join(ROLES), show_default=True, help="Which parts to run in this process.")
def run(demo: bool, roles: str) -> None:
    """Run all roles in one process, with PostgreSQL and NATS started from the state folder unless their URLs are set."""
    chosen = frozenset(part.strip() for part in roles.split(",") if part.strip())
    if unknown := chosen - set(ROLES):
        raise click.BadParameter(f"{', '.join(sorted(unknown))}: choose from {', '.join(ROLES)}.", param_hint="--roles")
    settings = settings_from()
    if demo:
        run_demo(settings, click.echo)
    else:
        run_all(settings, chosen, click.echo)
