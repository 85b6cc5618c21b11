"""The command and its errors: exit code 2 for bad input, 1 for a failure, each with one clear line."""

import sys
from io import TextIOWrapper

import click

from forecourt import __version__
from forecourt.cli.network import admin, charger
from forecourt.cli.pricing import check_tariff, rate
from forecourt.cli.revenue import simulate_revenue
from forecourt.cli.running import gateway, planner, run, web, worker
from forecourt.cli.simulating import plan, replay
from forecourt.cli.upkeep import backup, doctor, restore
from forecourt.embedded import ServerFailed
from forecourt.kernel import BadInput, Refused


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def commands() -> None:
    """Forecourt runs charging stations: scheduling, revenue and billing as one."""


for command in (
    run,
    gateway,
    web,
    worker,
    planner,
    replay,
    rate,
    check_tariff,
    plan,
    simulate_revenue,
    charger,
    admin,
    doctor,
    backup,
    restore,
):
    commands.add_command(command)


def main() -> None:
    """The console script."""
    if isinstance(sys.stdout, TextIOWrapper):
        # What a file says is shown, whatever the terminal can show.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        commands(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BadInput as error:
        click.echo(f"forecourt: {error} [{error.code}]", err=True)
        sys.exit(2)
    except (Refused, ServerFailed, OSError) as error:
        click.echo(f"forecourt: {error}", err=True)
        sys.exit(1)
