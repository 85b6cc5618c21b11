"""`forecourt admin`: set a network up without the console, and the check that state follows from the inbox."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from forecourt.assembly.admin import Admin
from forecourt.assembly.settings import settings_from
from forecourt.assembly.upkeep import forget
from forecourt.cli.files import read_json
from forecourt.flows.desk import seal_text


@click.group()
def admin() -> None:
    """Operators, sites, chargers, drivers, tokens, tariffs and who pays by them; and the check that state follows from the inbox."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of thing `admin` knows: what a file for `add` must hold."""

    name: str
    fields: str


KINDS = (
    Kind("operator", "name, legal_name, country, vat_number, vat_exemption, address, currency, party_id, zone"),
    Kind("staff", "operator, email, password, duties (SITES, PRICES, MONEY, TEAM; all where nothing is said)"),
    Kind(
        "site",
        "operator, slug, name, address, country, zone, currency, latitude, longitude, limit_kw, limits (name, limit_a, weights), "
        "openings, maintenance (start, end, sockets, reason), host_shares",
    ),
    Kind("charger", "id, site, password, ocpp, sockets (standard, kind, phases, voltage_v, max_a, meter_key)"),
    Kind("driver", "operator, name, email, password, pay_by, payment_method"),
    Kind("token", "driver (e-mail), uid, label"),
    Kind("tariff", "site or operator, valid_from, valid_to, enter, tariff (OCPI)"),
    Kind(
        "price",
        "site or operator, name, tariff_id, tariff_of_all_sites, evse_group, power_class, plan, offer, channel, priority, "
        "valid_from, valid_to",
    ),
    Kind("roaming", "operator, name, country, party_id; answers with the credentials token, which is shown only then"),
    Kind("member", "driver (e-mail), group, since"),
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
            for row in installation.listed(kind.name):
                click.echo("  ".join(str(value) for value in row.values()))

    @group.command(name="show")
    @click.argument("name")
    def show(name: str) -> None:
        with Admin(settings_from()) as installation:
            _show(installation.shown(kind.name, name))

    return group


_groups = {kind.name: _group(kind) for kind in KINDS}
for _each in _groups.values():
    admin.add_command(_each)


@_groups["roaming"].command()
@click.argument("partner")
def invite(partner: str) -> None:
    """Another credentials token for PARTNER (as NL*TNM), who lost the first or has left. It is shown only now."""
    with Admin(settings_from()) as installation:
        _show(installation.roaming.invite(partner))


@_groups["roaming"].command()
@click.argument("partner")
def renew(partner: str) -> None:
    """Renew the credentials of PARTNER (as NL*TNM), ours and its. What it had opens nothing once it has answered."""
    with Admin(settings_from()) as installation:
        _show(installation.roaming.renew(partner))


@_groups["roaming"].command()
@click.argument("partner")
def revoke(partner: str) -> None:
    """Part from PARTNER (as NL*TNM): it is told, and let in no more, whether or not it could be told. Charges that run go on."""
    with Admin(settings_from()) as installation:
        _show(installation.roaming.part(partner))


@admin.command(name="password-link")
@click.argument("email")
def password_link(email: str) -> None:
    """A link by which somebody chooses a password, for who cannot be sent one: good once, for an hour. The log keeps that it was made."""
    with Admin(settings_from()) as installation:
        click.echo(installation.password_link(email))


@admin.command(name="factor-off")
@click.argument("email")
def factor_off(email: str) -> None:
    """Turn an account's second factor off, for who has lost phone and recovery codes. The log keeps it, and a mail tells them."""
    with Admin(settings_from()) as installation:
        click.echo(f"{installation.factor_off(email)} signs in with the password alone now.")


@admin.command(name="forget")
def forget_now() -> None:
    """Forget what is over (docs/keeping.md), at once and in small batches. Workers do so by themselves; it may be ended at any point."""
    total = 0
    for table, rows in forget(settings_from()):
        click.echo(f"{table}: {rows} rows")
        total += rows
    click.echo(f"{total} rows forgotten; nothing more is to be, or a worker is at it.")


@admin.command()
@click.option("--verify", is_flag=True, required=True, help="Compare only; nothing is changed.")
@click.option("--site", default=None, help="Only this site (its slug).")
def rebuild(verify: bool, site: str | None) -> None:
    """Apply every kept charger message again, into an empty store, and compare the charges with the kept ones; add the ledger up again."""
    with Admin(settings_from()) as installation:
        report = installation.rebuild(site)
    for line in report.differences:
        click.echo(line)
    click.echo(f"{report.messages} messages applied again, {report.charges} charges compared, {len(report.differences)} differences.")
    if report.differences:
        raise SystemExit(1)


@admin.command(name="log")
@click.option("--verify", is_flag=True, required=True, help="Compare only; nothing is changed.")
@click.option("--seal", default=None, help="A seal that somebody kept: was anything up to it changed?")
def verify_log(verify: bool, seal: str | None) -> None:
    """Compare the log with its seals, entry by entry; exit code 1 where they differ. The newest seal comes last: keep it elsewhere."""
    with Admin(settings_from()) as installation:
        report = installation.verify_log(seal)
    for line in report.differences:
        click.echo(line)
    click.echo(f"{report.sealed} entries sealed, {report.waiting} wait for the next seal, {len(report.differences)} differences.")
    if report.newest is not None:
        click.echo(seal_text(report.newest))
    if report.differences:
        raise SystemExit(1)


def _show(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value, indent=2, default=lambda one: one.isoformat() if isinstance(one, datetime) else str(one)))
