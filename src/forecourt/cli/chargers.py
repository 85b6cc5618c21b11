"""`forecourt charger`: simulated chargers for trying out a network."""

import asyncio
import secrets
from collections.abc import Callable

import click

from forecourt.simulation import FleetReport, FleetSettings, run_chargers


@click.command()
@click.option("--url", required=True, help="For example ws://127.0.0.1:9000/ocpp.")
@click.option("--id", "identity", required=True, help="Identity of the charger, or the prefix for several.")
@click.option("--ocpp", "version", default="1.6", show_default=True, type=click.Choice(["1.6", "2.0.1", "2.1"]))
@click.option("--count", default=1, show_default=True, type=click.IntRange(1, 5000))
@click.option("--password", help="For basic auth (security profile 1).")
@click.option("--card", default="CARD0001", show_default=True, help="The card that drivers present.")
@click.option(
    "--stay-s",
    nargs=2,
    type=click.FloatRange(1, 86_400),
    default=(300, 1800),
    show_default=True,
    help="Shortest and longest stay, in seconds.",
)
@click.option(
    "--pause-s",
    nargs=2,
    type=click.FloatRange(0, 86_400),
    default=(10, 300),
    show_default=True,
    help="Shortest and longest pause between two cars, in seconds.",
)
def charger(
    url: str,
    identity: str,
    version: str,
    count: int,
    password: str | None,
    card: str,
    stay_s: tuple[float, float],
    pause_s: tuple[float, float],
) -> None:
    """Run simulated chargers, for integrators, with cars that come and go. Press Ctrl-C to stop."""
    # Chargers that number their charges themselves never reuse a number, not even in another run.
    seed = secrets.randbits(32)
    settings = FleetSettings(
        url, identity, count, protocol=f"ocpp{version}", password=password, card=card, seed=seed, stay_s=stay_s, pause_s=pause_s
    )
    asyncio.run(run_chargers(settings, _on_change()))


def _on_change() -> Callable[[FleetReport], None]:
    """Print the state whenever it changes."""
    shown = ""

    def show(report: FleetReport) -> None:
        nonlocal shown
        text = (
            f"{report.online} of {report.chargers} accepted, {report.charging} charging {report.power_w / 1000:.1f} kW, "
            f"{report.acknowledged} messages acknowledged, {report.backlog} waiting{'. ' + report.trouble if report.trouble else ''}"
        )
        if text != shown:
            shown = text
            click.echo(text)

    return show
