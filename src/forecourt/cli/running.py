"""`forecourt run` and the single roles."""

import click

from forecourt.assembly import ROLES, run_all, run_demo, run_role, settings_from


@click.command()
@click.option("--demo", is_flag=True, help="A real site with recorded sessions replayed by simulated chargers, endlessly.")
@click.option("--roles", default=",".join(ROLES), show_default=True, help="Which parts to run in this process.")
def run(demo: bool, roles: str) -> None:
    """All roles in one process, with PostgreSQL and NATS started from the state folder unless their URLs are set."""
    chosen = frozenset(part.strip() for part in roles.split(",") if part.strip())
    if unknown := chosen - set(ROLES):
        raise click.BadParameter(f"{', '.join(sorted(unknown))}: choose from {', '.join(ROLES)}.", param_hint="--roles")
    settings = settings_from()
    if demo:
        run_demo(settings, click.echo)
    else:
        run_all(settings, chosen, click.echo)


def _role(name: str, text: str) -> click.Command:
    def body() -> None:
        run_role(settings_from(), name)

    return click.command(name=name, help=f"{text} Needs DATABASE_URL and NATS_URL.")(body)


gateway = _role("gateway", "The chargers' sockets alone.")
web = _role("web", "Pages and REST alone.")
worker = _role("worker", "Facts, bills, payments and couriers alone.")
planner = _role("planner", "Power plans alone.")
