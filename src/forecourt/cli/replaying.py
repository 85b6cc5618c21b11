"""`forecourt replay`."""

import json
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from forecourt.assembly.replay_results import ReplaySummary
from forecourt.assembly.replaying import HISTORY_WEEKS, ReplayProgress, ReplayRequest
from forecourt.assembly.replaying import replay as run_replay


@click.command()
@click.option("--site", default="caltech", show_default=True, help="The recorded site, or a folder with your own (docs/replay.md).")
@click.option("--date", "day", required=True, type=click.DateTime(["%Y-%m-%d"]), help="First local day, for example 2019-09-05.")
@click.option("--days", default=1, show_default=True, type=click.IntRange(1, 31))
@click.option("--limit-kw", type=click.FloatRange(min=1), help="The transformer's limit. [default: as recorded]")
@click.option("--speed", default=600.0, show_default=True, type=click.FloatRange(1, 2000), help="Virtual seconds per second.")
@click.option(
    "--inputs",
    default="true",
    show_default=True,
    type=click.Choice(["true", "stated"]),
    help="Whether drivers' needs are the true or the stated ones.",
)
@click.option(
    "--history-weeks",
    default=HISTORY_WEEKS,
    show_default=True,
    type=click.IntRange(0, 26),
    help="Recorded weeks before the date that the site already knows; 0 for none.",
)
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures to this file.")
@click.option("--state", type=click.Path(file_okay=False, path_type=Path), help="Store the network's data in this folder.")
def replay(
    site: str,
    day: datetime,
    days: int,
    limit_kw: float | None,
    speed: float,
    inputs: str,
    history_weeks: int,
    json_file: Path | None,
    state: Path | None,
) -> None:
    """Replay recorded days from arrival to paid invoice; exit code 0 only if nothing was lost on the way."""
    request = ReplayRequest(site, day.date(), days, limit_kw, speed, inputs, state, history_weeks)
    with Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()) as bar:
        task = bar.add_task("starting", total=None)

        def show(progress: ReplayProgress) -> None:
            bar.update(task, description=progress.text, completed=progress.done, total=progress.total)

        summary = run_replay(request, show)
    _print(summary)
    if json_file is not None:
        json_file.write_text(json.dumps(summary.figures, indent=2) + "\n")
    if summary.failures:
        raise SystemExit(1)


def _print(summary: ReplaySummary) -> None:
    console = Console()
    table = Table(title="Replay", show_header=False)
    for name, value in summary.figures.items():
        table.add_row(name, f"{value:,}" if isinstance(value, int) else str(value))
    console.print(table)
    for failure in summary.failures:
        console.print(f"[bold red]FAILED[/] {failure}")
    if not summary.failures:
        console.print("[bold green]Everything adds up.[/]")
