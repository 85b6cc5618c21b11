"""The command and its errors: exit code 2 for bad input, 1 for a failure, each with one clear line."""

import sys
from collections.abc import Callable
from io import TextIOWrapper

import click

from forecourt import __version__
from forecourt.assembly.memory_tuning import frozen_imports
from forecourt.kernel import BadInput, Failed, Refused


def _pricing() -> tuple[click.Command, ...]:
    from forecourt.cli.pricing import check_tariff, rate

    return rate, check_tariff


def _planning() -> tuple[click.Command, ...]:
    from forecourt.cli.planning import plan

    return (plan,)


def _revenue() -> tuple[click.Command, ...]:
    from forecourt.cli.revenue import simulate_revenue

    return (simulate_revenue,)


def _chargers() -> tuple[click.Command, ...]:
    from forecourt.cli.chargers import charger

    return (charger,)


def _running() -> tuple[click.Command, ...]:
    from forecourt.cli.running import run

    return (run,)


def _roles() -> tuple[click.Command, ...]:
    from forecourt.cli.roles import gateway, planner, web, worker

    return gateway, web, worker, planner


def _replaying() -> tuple[click.Command, ...]:
    from forecourt.cli.replaying import replay

    return (replay,)


def _admin() -> tuple[click.Command, ...]:
    from forecourt.cli.admin import admin

    return (admin,)


def _upkeep() -> tuple[click.Command, ...]:
    from forecourt.cli.upkeep import backup, doctor, restore

    return backup, doctor, restore


# The help text of each command, and the module to import for it. The servers' parts take two seconds of CPU to import, pricing a tariff a
# tenth of one, so each command imports only what it needs.
_COMMANDS: dict[str, tuple[str, Callable[[], tuple[click.Command, ...]]]] = {
    "run": ("Run all roles in one process.", _running),
    "gateway": ("Only the chargers' WebSocket connections.", _roles),
    "web": ("Only the web pages and the REST interface.", _roles),
    "worker": ("Only the background work: facts, bills, payments and messages.", _roles),
    "planner": ("Only power planning.", _roles),
    "replay": ("Replay recorded days from arrival to paid invoice.", _replaying),
    "rate": ("Price a charge with a tariff and explain each line.", _pricing),
    "check-tariff": ("Check a tariff against the legal rules.", _pricing),
    "plan": ("Make one power plan for a site described in a JSON file.", _planning),
    "simulate-revenue": ("Try the pricing on simulated sites.", _revenue),
    "charger": ("Run simulated chargers, for integrators.", _chargers),
    "admin": ("Set up a network without the console.", _admin),
    "doctor": ("Check that this machine and installation have what they need.", _upkeep),
    "backup": ("Back up everything while the system runs.", _upkeep),
    "restore": ("Restore a backup into an empty installation.", _upkeep),
}


class _Commands(click.Group):
    """A group whose commands are imported when one of them is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        _, home = _COMMANDS[cmd_name]
        with frozen_imports():
            return next(one for one in home() if one.name == cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (text, _) in _COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def commands() -> None:
    """Forecourt runs charging stations: scheduling, revenue and billing as one."""


def main() -> None:
    """The console script."""
    if isinstance(sys.stdout, TextIOWrapper):
        # Text from files is printed, whatever the terminal's encoding.
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
    except (Refused, Failed, OSError) as error:
        click.echo(f"forecourt: {error}", err=True)
        sys.exit(1)
