"""`forecourt admin` and `forecourt charger`: set a network up without the console; chargers to try it with."""

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from forecourt.assembly import Office, settings_from
from forecourt.cli.files import read_json
from forecourt.simulation import FleetReport, FleetSettings, run_chargers


@click.command()
@click.option("--url", required=True, help="Such as ws://127.0.0.1:9000/ocpp")
@click.option("--id", "identity", required=True, help="Identity of the one charger, or the stem of several.")
@click.option("--ocpp", "version", default="1.6", show_default=True, type=click.Choice(["1.6", "2.0.1", "2.1"]))
@click.option("--count", default=1, show_default=True, type=click.IntRange(1, 5000))
@click.option("--password", help="For basic auth (security profile 1).")
@click.option("--card", default="CARD0001", show_default=True, help="What the drivers present.")
@click.option(
    "--stay-s", nargs=2, type=click.FloatRange(1, 86_400), default=(300, 1800), show_default=True, help="Shortest and longest stay."
)
@click.option(
    "--pause-s", nargs=2, type=click.FloatRange(0, 86_400), default=(10, 300), show_default=True, help="The same between two cars."
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
    """Simulated chargers for integrators, with cars that come and go; Ctrl-C ends them."""
    # Chargers that number their charges themselves name none twice, also in another run.
    seed = secrets.randbits(32)
    settings = FleetSettings(
        url, identity, count, protocol=f"ocpp{version}", password=password, card=card, seed=seed, stay_s=stay_s, pause_s=pause_s
    )
    asyncio.run(run_chargers(settings, _on_change()))


def _on_change() -> Callable[[FleetReport], None]:
    """Says how things stand whenever that is new."""
    said = ""

    def say(report: FleetReport) -> None:
        nonlocal said
        words = (
            f"{report.online} of {report.chargers} accepted, {report.charging} charging {report.power_w / 1000:.1f} kW, "
            f"{report.acknowledged} messages acknowledged, {report.backlog} waiting{'. ' + report.trouble if report.trouble else ''}"
        )
        if words != said:
            said = words
            click.echo(words)

    return say


@click.group()
def admin() -> None:
    """Operators, sites, chargers, drivers, tokens, tariffs and who pays by them; and the check that state follows from the inbox."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of thing `admin` knows: what a file for `add` must hold."""

    name: str
    fields: str


KINDS = (
    Kind("operator", "name, legal_name, country, vat_number, address, currency, party_id, zone"),
    Kind("staff", "operator, email, password, duties (SITES, PRICES, MONEY, TEAM; all where nothing is said)"),
    Kind("site", "operator, slug, name, address, country, zone, currency, latitude, longitude, limit_kw, limits"),
    Kind("charger", "id, site, password, sockets (standard, kind, phases, voltage_v, max_a)"),
    Kind("driver", "operator, name, email, password, pay_by, payment_method"),
    Kind("token", "driver (e-mail), uid, label"),
    Kind("tariff", "site or operator, valid_from, valid_to, enter, tariff (OCPI)"),
    Kind("price", "site or operator, name, tariff_id, evse_group, power_class, plan, offer, channel, priority, valid_from, valid_to"),
    Kind("member", "driver (e-mail), group, since"),
)


def _group(kind: Kind) -> click.Group:
    @click.group(name=kind.name, help=f"Add, list or show: {kind.name}.")
    def group() -> None:
        pass

    @group.command(name="add", help=f"Add from a JSON file with: {kind.fields}.")
    @click.argument("file", type=click.Path(path_type=Path))
    def add(file: Path) -> None:
        with Office(settings_from()) as office:
            _show(office.add(kind.name, read_json(file)))

    @group.command(name="list")
    def every() -> None:
        with Office(settings_from()) as office:
            for row in office.listed(kind.name):
                click.echo("  ".join(str(value) for value in row.values()))

    @group.command(name="show")
    @click.argument("name")
    def show(name: str) -> None:
        with Office(settings_from()) as office:
            _show(office.shown(kind.name, name))

    return group


for _kind in KINDS:
    admin.add_command(_group(_kind))


@admin.command(name="password-link")
@click.argument("email")
def password_link(email: str) -> None:
    """A link by which somebody chooses a password, for who cannot be sent one: good once, for an hour. The log keeps that it was made."""
    with Office(settings_from()) as office:
        click.echo(office.password_link(email))


@admin.command(name="factor-off")
@click.argument("email")
def factor_off(email: str) -> None:
    """Turn an account's second factor off, for who has lost phone and recovery codes. The log keeps it, and a mail tells them."""
    with Office(settings_from()) as office:
        click.echo(f"{office.factor_off(email)} signs in with the password alone now.")


@admin.command()
@click.option("--verify", is_flag=True, required=True, help="Compare only; nothing is changed.")
@click.option("--site", default=None, help="Only this site (its slug).")
def rebuild(verify: bool, site: str | None) -> None:
    """Apply every kept charger message again, into an empty store, and compare the charges with the kept ones."""
    with Office(settings_from()) as office:
        report = office.rebuild(site)
    for line in report.differences:
        click.echo(line)
    click.echo(f"{report.messages} messages applied again, {report.charges} charges compared, {len(report.differences)} differences.")
    if report.differences:
        raise SystemExit(1)


def _show(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value, indent=2, default=lambda one: one.isoformat() if isinstance(one, datetime) else str(one)))
