"""`forecourt admin`: set a network up without the console, and the check that state follows from the inbox."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from forecourt.assembly.admin import Admin
from forecourt.assembly.maintenance import delete_expired_data
from forecourt.assembly.settings import settings_from
from forecourt.cli.files import read_json
from forecourt.flows.desk import format_seal


@click.group()
def admin() -> None:
    """Manage operators, sites, chargers, drivers, tokens, tariffs and prices; check that the state follows from the inbox."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing that `admin` knows: what a file for `add` must contain."""

    name: str
    fields: str


KINDS = (
    Kind("operator", "name, legal_name, country, vat_number, vat_exemption, address, currency, party_id, zone"),
    Kind("staff", "operator, email, password, duties (SITES, PRICES, MONEY, TEAM; all by default)"),
    Kind(
        "site",
        "operator, slug, name, address, country, region, zone, currency, latitude, longitude, limit_kw, limits (name, limit_a, weights), "
        "openings, maintenance (start, end, sockets, reason), host_shares",
    ),
    Kind("charger", "id, site, password, ocpp, sockets (standard, kind, phases, voltage_v, max_a, meter_key)"),
    Kind("driver", "operator, name, email, password, pay_by, payment_method"),
    Kind("token", "driver (email), uid, label"),
    Kind("tariff", "site or operator, valid_from, valid_to, enter, tariff (OCPI)"),
    Kind(
        "price",
        "site or operator, name, tariff_id, tariff_of_all_sites, evse_group, power_class, plan, offer, channel, priority, "
        "valid_from, valid_to",
    ),
    Kind("roaming", "operator, name, country, party_id; prints the credentials token, which is only shown then"),
    Kind("member", "driver (email), group, since"),
)


def _group(kind: Kind) -> click.Group:
    @click.group(name=kind.name, help=f"Add, list or show: {kind.name}.")
    def group() -> None:
        pass

    @group.command(name="add", help=f"Add from a JSON file with: {kind.fields}.")
    @click.argument("file", type=click.Path(path_type=Path))
    def add(file: Path) -> None:
        with Admin(settings_from()) as installation:
            _show(installation.add(kind.name, read_json(file)))

    @group.command(name="list")
    def every() -> None:
        with Admin(settings_from()) as installation:
            for row in installation.list_all(kind.name):
                click.echo("  ".join(str(value) for value in row.values()))

    @group.command(name="show")
    @click.argument("name")
    def show(name: str) -> None:
        with Admin(settings_from()) as installation:
            _show(installation.show(kind.name, name))

    return group


_groups = {kind.name: _group(kind) for kind in KINDS}
for _each in _groups.values():
    admin.add_command(_each)


@_groups["roaming"].command()
@click.argument("partner")
def invite(partner: str) -> None:
    """Create a new credentials token for PARTNER (such as NL*TNM) if it has lost the first or has left. It is only shown once."""
    with Admin(settings_from()) as installation:
        _show(installation.roaming.invite(partner))


@_groups["roaming"].command()
@click.argument("partner")
def renew(partner: str) -> None:
    """Renew the credentials of PARTNER (such as NL*TNM), ours and theirs. The old ones stop working once it has answered."""
    with Admin(settings_from()) as installation:
        _show(installation.roaming.renew(partner))


@_groups["roaming"].command()
@click.argument("partner")
def revoke(partner: str) -> None:
    """End the connection to PARTNER (such as NL*TNM). It loses access, even if it cannot be notified. Charges in progress continue."""
    with Admin(settings_from()) as installation:
        _show(installation.roaming.part(partner))


@admin.command(name="password-link")
@click.argument("email")
def password_link(email: str) -> None:
    """Create a link to choose a password, for someone who cannot be emailed one. It works once, for an hour, and is logged."""
    with Admin(settings_from()) as installation:
        click.echo(installation.password_link(email))


@admin.command(name="factor-off")
@click.argument("email")
def remove_second_factor(email: str) -> None:
    """Remove an account's second factor, for someone who has lost their phone and recovery codes. It is logged, and they are emailed."""
    with Admin(settings_from()) as installation:
        click.echo(f"{installation.remove_second_factor(email)} now signs in with the password only.")


@admin.command(name="forget")
def forget_now() -> None:
    """Delete data past its retention period (docs/keeping.md) now, in small batches, as workers do automatically. Safe to stop."""
    total = 0
    for table, rows in delete_expired_data(settings_from()):
        click.echo(f"{table}: {rows} rows")
        total += rows
    click.echo(f"{total} rows deleted. Nothing more to delete, or a worker is doing it.")


@admin.command()
@click.option("--verify", is_flag=True, required=True, help="Only compare; change nothing.")
@click.option("--site", default=None, help="Only this site (its slug).")
def rebuild(verify: bool, site: str | None) -> None:
    """Replay every stored charger message into an empty store and compare the charges with the stored ones; add up the ledger again."""
    with Admin(settings_from()) as installation:
        report = installation.rebuild(site)
    for line in report.differences:
        click.echo(line)
    click.echo(f"{report.messages} messages replayed, {report.charges} charges compared, {len(report.differences)} differences.")
    if report.differences:
        raise SystemExit(1)


@admin.command(name="log")
@click.option("--verify", is_flag=True, required=True, help="Only compare; change nothing.")
@click.option("--seal", default=None, help="A seal stored elsewhere: check that nothing up to it was changed.")
def verify_log(verify: bool, seal: str | None) -> None:
    """Compare the log with its seals, entry by entry; exit code 1 if they differ. The newest seal is printed last: store it elsewhere."""
    with Admin(settings_from()) as installation:
        report = installation.verify_log(seal)
    for line in report.differences:
        click.echo(line)
    click.echo(f"{report.sealed} entries sealed, {report.waiting} waiting for the next seal, {len(report.differences)} differences.")
    if report.newest is not None:
        click.echo(format_seal(report.newest))
    if report.differences:
        raise SystemExit(1)


def _show(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value, indent=2, default=lambda one: one.isoformat() if isinstance(one, datetime) else str(one)))
