"""`forecourt rate` and `forecourt check-tariff`."""

import json
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from forecourt.cli.files import read_json
from forecourt.kernel import BadInput
from forecourt.tariffs import ChargingPoint, Payment, check_report, parse_tariff, rate_report, resolve_holidays

_FILE = click.Path(path_type=Path)


@click.command()
@click.option("--tariff", required=True, type=_FILE, help="OCPI tariff (2.2.1 or 2.3.0).")
@click.option("--cdr", type=_FILE, help="OCPI CDR whose charging periods are priced.")
@click.option("--phases", type=_FILE, help="Raw phases instead of a CDR.")
@click.option("--zone", default="UTC", show_default=True, help="IANA time zone of the location.")
@click.option("--expired", is_flag=True, help="The reservation was not used.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def rate(tariff: Path, cdr: Path | None, phases: Path | None, zone: str, expired: bool, as_json: bool) -> None:
    """Apply a tariff to a CDR's charging periods or to raw phases, and explain each line."""
    if (cdr is None) == (phases is None):
        raise click.UsageError("Use either --cdr or --phases.")
    report = rate_report(
        read_json(tariff, exact=True),
        cdr=read_json(cdr, exact=True) if cdr else None,
        phases=read_json(phases, exact=True) if phases else None,
        zone=zone,
        expired=expired,
    )
    if as_json:
        click.echo(json.dumps(report, indent=2))
        return
    for line in report["lines"]:
        price = f"{line['quantity']:>12} {line['unit']:<4} x {line['unit_price']:>8} = {line['amount']:>12}"
        click.echo(f"{line['dimension']:<13}{price}  {line['because']}")
    total = report["total"]
    click.echo(f"Total {total['before_taxes']} before taxes, {total['after_taxes']} after taxes, {report['currency']}")
    for note in report["notes"]:
        click.echo(f"Note {note['code']}: {note['text']}")


@click.command(name="check-tariff")
@click.option("--tariff", required=True, type=_FILE)
@click.option("--country", required=True, help="ISO 3166: DE, or US-CA for California.")
@click.option("--power-kw", required=True, help="Power of the charging point.")
@click.option("--channel", default="adhoc", show_default=True, type=click.Choice(["adhoc", "contract", "roaming"]))
@click.option("--on", "day", required=True, type=click.DateTime(["%Y-%m-%d"]))
@click.option(
    "--payment-means",
    multiple=True,
    type=click.Choice([each.value for each in Payment]),
    help="A means of payment that the point accepts; can be repeated.",
)
@click.option("--no-payment-means", is_flag=True, help="The point accepts no payment.")
@click.option("--deployed", type=click.DateTime(["%Y-%m-%d"]), help="When the point was deployed.  [default: the day of --on]")
@click.option("--ten-t", is_flag=True, help="The point is on the TEN-T road network.")
@click.option("--json", "as_json", is_flag=True)
def check_tariff(tariff: Path, country: str, power_kw: str, channel: str, day: datetime, as_json: bool, **point: Any) -> None:
    """Check a tariff against the legal rules: satisfied, failing (with its source), not applicable, not yet in force, or not known.

    Rules on payment are judged if --payment-means or --no-payment-means says what the point accepts.
    """
    try:
        power = Decimal(power_kw)
    except InvalidOperation as error:
        raise BadInput("power_kw", f"{power_kw!r} is not a power in kW.") from error
    rules = parse_tariff(resolve_holidays(read_json(tariff, exact=True), day.year))
    report = check_report(rules, country, power, channel, day.date(), _point(day.date(), **point))
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        for finding in report["findings"]:
            remedy = f" {finding['remedy']}" if finding["remedy"] else ""
            click.echo(f"{finding['outcome']:<18} {finding['rule']}: {finding['text']}{remedy} ({finding['source']})")
    if any(finding["outcome"] == "failing" for finding in report["findings"]):
        raise SystemExit(1)


def _point(
    on: date, payment_means: tuple[str, ...], no_payment_means: bool, deployed: datetime | None, ten_t: bool
) -> ChargingPoint | None:
    """The given facts about the charging point; None if its means of payment are not given."""
    if payment_means and no_payment_means:
        raise click.UsageError("Use either --payment-means or --no-payment-means.")
    if not payment_means and not no_payment_means:
        if deployed is not None or ten_t:
            raise click.UsageError("--deployed and --ten-t only affect rules on payment: use --payment-means or --no-payment-means.")
        return None
    return ChargingPoint(frozenset(Payment(each) for each in payment_means), deployed.date() if deployed else on, ten_t)
