"""Check a tariff against price law, for its country, power, channel and day. The rules are in `statutes`."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from forecourt.kernel import BadInput
from forecourt.tariffs.model import Tariff
from forecourt.tariffs.statutes import RULES, UNKNOWN_POINT, Channel, ChargingPoint, Rule, Sale


class LegalOutcome(StrEnum):
    """The result of a rule for a tariff. NOT_KNOWN: a fact it depends on is not stated, so it cannot be judged."""

    SATISFIED = "satisfied"
    FAILING = "failing"
    NOT_APPLICABLE = "not applicable"
    NOT_YET_IN_FORCE = "not yet in force"
    NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class LegalFinding:
    """The result of one rule for one tariff. remedy: what to change if it fails, or which fact to state if it is not known."""

    rule: str
    outcome: LegalOutcome
    citation: str
    text: str
    remedy: str = ""


def check_tariff(
    tariff: Tariff, country: str, power_kw: Decimal | int, channel: Channel, on: date, point: ChargingPoint | None = None
) -> tuple[LegalFinding, ...]:
    """Every rule's finding for a tariff sold in a country, at an EVSE of that power, through a channel, on a day.

    point: what is known of the charging point itself; without it the rules on payment are not judged where they bind.
    """
    if len(country.split("-")[0]) != 2 or not country.isascii() or not country.isupper():
        raise BadInput("country", f"{country[:20]!r} is not a country.", "Use ISO 3166: DE, GB, US-CA.")
    power = Decimal(power_kw)
    if not power.is_finite() or not 0 < power <= 100_000:
        raise BadInput("power_kw", f"{power:.6g} kW is not the power of a charging point.", "Enter the maximum power in kW, such as 22.")
    sale = Sale(tariff, country, power, channel, on, point or UNKNOWN_POINT)
    return tuple(_finding(rule, sale) for rule in RULES)


def check_report(
    tariff: Tariff, country: str, power_kw: Decimal, channel: str, on: date, point: ChargingPoint | None = None
) -> dict[str, Any]:
    """`check_tariff` as JSON values."""
    if channel not in list(Channel):
        raise BadInput("channel", f"{channel!r} is not a channel.", f"Use one of {', '.join(Channel)}.")
    findings = check_tariff(tariff, country.upper(), power_kw, Channel(channel), on, point)
    return {
        "lawful": all(finding.outcome is not LegalOutcome.FAILING for finding in findings),
        "findings": [
            {"rule": f.rule, "outcome": f.outcome.value, "source": f.citation, "text": f.text, "remedy": f.remedy} for f in findings
        ],
    }


def _finding(rule: Rule, sale: Sale) -> LegalFinding:
    missing = rule.missing(sale)
    if missing is None and not rule.applies(sale):
        return LegalFinding(rule.name, LegalOutcome.NOT_APPLICABLE, rule.citation, f"Binds {rule.scope}.")
    if sale.on < rule.in_force:
        return LegalFinding(rule.name, LegalOutcome.NOT_YET_IN_FORCE, rule.citation, f"In force from {rule.in_force.isoformat()}.")
    if missing is not None:
        return LegalFinding(rule.name, LegalOutcome.NOT_KNOWN, rule.citation, missing[0], missing[1])
    fault = rule.fault(sale)
    if fault is None:
        return LegalFinding(rule.name, LegalOutcome.SATISFIED, rule.citation, rule.good)
    return LegalFinding(rule.name, LegalOutcome.FAILING, rule.citation, fault[0], fault[1])
