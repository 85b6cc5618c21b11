"""`forecourt doctor`, `backup` and `restore`."""

from pathlib import Path

import click

from forecourt.assembly.maintenance import create_backup, restore_backup, run_checks
from forecourt.assembly.settings import settings_from


@click.command()
def doctor() -> None:
    """Check that this machine and installation have what they need; exit code 1 if something is missing."""
    checks = run_checks(settings_from())
    for check in checks:
        click.echo(f"{'ok  ' if check.good else 'BAD '} {check.name:<14} {check.text}")
    if not all(check.good for check in checks):
        raise SystemExit(1)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Back up everything, as of one instant, while the system runs."""
    click.echo(create_backup(settings_from(), file))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Restore a backup into an empty installation."""
    click.echo(restore_backup(settings_from(), file))
