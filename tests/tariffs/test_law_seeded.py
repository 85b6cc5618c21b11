"""Thirty generated unlawful tariffs, each with the rule it breaks, are refused, and thirty lawful ones are accepted."""

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from forecourt.kernel import Conflict, OperatorId, TariffVersionId
from forecourt.tariffs import (
    Channel,
    ChargingPoint,
    LegalOutcome,
    Market,
    Payment,
    check_markets,
    check_tariff,
    parse_tariff,
    tariff_version,
)
from tariffs.texts import element, price, tariff

TODAY = date(2026, 11, 23)
AFIR, PAY = "2023/1804, Article 5(4)", "2023/1804, Article 5(1)"
PANGV, EICHRECHT, GB, GB_PAY, CTEP = "PAngV", "PTB-A 50.7", "regulation 11", "regulation 5", "4002.11"
CASH_ONLY = ChargingPoint(frozenset(), date(2025, 1, 1))
BY_QR = ChargingPoint(frozenset({Payment.QR_CODE}), date(2025, 1, 1))
BY_CARD = ChargingPoint(frozenset({Payment.CONTACTLESS}), date(2025, 1, 1))


def amount(dice, low=20, high=90):
    return str(Decimal(dice.randint(low, high)) / 100)


def energy(dice, **fields):
    return price("ENERGY", amount(dice), 19) | fields


def eu(dice, fast):
    # Germany is left to its own rules.
    return Market(
        dice.choice(["FR", "NL", "IT", "ES"]), Decimal(dice.randint(50, 400) if fast else dice.randint(3, 49)), Channel.ADHOC, TODAY
    )


def somewhere(dice, country, low=3, high=400, channel=Channel.ADHOC, point=None):
    return Market(country, Decimal(dice.randint(low, high)), channel, TODAY, point)


# Each: what to build from the dice, where it is sold, and what the refusal must cite.
UNLAWFUL = [
    ("a fee per session", lambda d: [element(energy(d), price("FLAT", amount(d)))], lambda d: eu(d, fast=True), AFIR),
    ("time alone", lambda d: [element(price("TIME", amount(d, 200, 900)))], lambda d: eu(d, fast=True), AFIR),
    ("time from the first minute", lambda d: [element(energy(d), price("TIME", amount(d)))], lambda d: eu(d, fast=True), AFIR),
    (
        "time after a minute",
        lambda d: [element(price("TIME", amount(d)), min_duration=d.randint(0, 300)), element(energy(d))],
        lambda d: eu(d, fast=True),
        AFIR,
    ),
    (
        "occupancy by the quarter of an hour",
        lambda d: [element(energy(d), price("PARKING_TIME", amount(d), step=d.choice([300, 900])))],
        lambda d: eu(d, fast=True),
        AFIR,
    ),
    ("energy in blocks", lambda d: [element(energy(d, step_size=d.choice([5000, 10000])))], lambda d: eu(d, fast=True), AFIR),
    ("no price per kWh in Germany", lambda d: [element(price("TIME", amount(d)))], lambda d: somewhere(d, "DE", high=49), PANGV),
    (
        "odd minutes",
        lambda d: [
            element(energy(d), start_time=f"{d.randint(0, 11):02d}:{d.choice([5, 10, 20, 50]):02d}", end_time="20:00"),
            element(energy(d)),
        ],
        lambda d: somewhere(d, "DE", channel=d.choice(list(Channel))),
        EICHRECHT,
    ),
    ("minutes in Britain", lambda d: [element(price("TIME", amount(d)))], lambda d: somewhere(d, "GB"), GB),
    ("minutes in California", lambda d: [element(price("TIME", amount(d)), price("FLAT", 1))], lambda d: somewhere(d, "US-CA"), CTEP),
    ("no card", lambda d: [element(energy(d))], lambda d: somewhere(d, "FR", point=CASH_ONLY), PAY),
    ("a code alone at a fast point", lambda d: [element(energy(d))], lambda d: somewhere(d, "FR", 50, point=BY_QR), PAY),
    ("not contactless", lambda d: [element(energy(d))], lambda d: somewhere(d, "GB", 8, point=BY_QR), GB_PAY),
]
LAWFUL = [
    ("per kWh", lambda d: [element(energy(d))], lambda d: eu(d, fast=True)),
    ("with an occupancy fee", lambda d: [element(energy(d), price("PARKING_TIME", amount(d), step=60))], lambda d: eu(d, fast=True)),
    (
        "time after the usual stay",
        lambda d: [element(price("TIME", amount(d)), min_duration=d.choice([1800, 2700, 14400])), element(energy(d))],
        lambda d: somewhere(d, "DE"),
    ),
    ("all components below 50 kW", lambda d: [element(energy(d), price("TIME", 1), price("FLAT", amount(d)))], lambda d: eu(d, fast=False)),
    ("by contract", lambda d: [element(energy(d), price("FLAT", 1))], lambda d: somewhere(d, "FR", channel=Channel.CONTRACT)),
    (
        "a fee for the reservation",
        lambda d: [element(price("FLAT", 2), reservation="RESERVATION"), element(energy(d))],
        lambda d: eu(d, True),
    ),
    (
        "by the quarter of an hour",
        lambda d: [element(energy(d), start_time=f"{d.randint(0, 11):02d}:{d.choice([15, 30, 45])}", end_time="20:00"), element(energy(d))],
        lambda d: somewhere(d, "DE"),
    ),
    (
        "a fee nobody can be asked for",
        lambda d: [element(energy(d), price("FLAT", 0)), element(price("FLAT", 5))],
        lambda d: eu(d, fast=True),
    ),
    ("free", lambda d: [element(price("FLAT", 0))], lambda d: somewhere(d, d.choice(["DE", "GB", "US-CA"]))),
    ("with overstay in Britain", lambda d: [element(energy(d), price("PARKING_TIME", 6))], lambda d: somewhere(d, "GB", 50, point=BY_CARD)),
    ("with time in California", lambda d: [element(energy(d), price("TIME", 1))], lambda d: somewhere(d, "US-CA")),
    ("a code at a slow point", lambda d: [element(energy(d))], lambda d: somewhere(d, "NL", 3, 49, point=BY_QR)),
    ("elsewhere", lambda d: [element(price("TIME", amount(d)))], lambda d: somewhere(d, d.choice(["CH", "NO", "US-NY"]))),
]


def version(elements, market):
    source = {"id": "T", "currency": "EUR", "elements": elements}
    return tariff_version(source, TariffVersionId(UUID(int=1)), OperatorId(UUID(int=2)), None, datetime(2026, 11, 23, tzinfo=UTC))


@pytest.mark.parametrize("seed", range(30))
def test_an_unlawful_tariff_is_refused_with_its_citation(seed):
    dice = random.Random(seed)
    _, build, place, citation = UNLAWFUL[seed % len(UNLAWFUL)]
    elements, market = build(dice), place(dice)
    with pytest.raises(Conflict) as refused:
        check_markets(version(elements, market), [market])
    assert refused.value.code == "tariff_unlawful"
    assert citation in refused.value.text or (citation == PANGV and "Preisangabenverordnung § 14" in refused.value.text)
    assert refused.value.remedy


@pytest.mark.parametrize("seed", range(30))
def test_a_lawful_tariff_is_accepted(seed):
    dice = random.Random(seed)
    _, build, place = LAWFUL[seed % len(LAWFUL)]
    elements, market = build(dice), place(dice)
    assert check_markets(version(elements, market), [market])


def test_older_charging_points_on_the_ten_t_network_have_until_2027():
    old = ChargingPoint(frozenset(), date(2020, 1, 1), on_ten_t=True)
    rules = tariff(element(price("ENERGY", 1)))

    def found(on):
        findings = check_tariff(rules, "FR", 150, Channel.ADHOC, on, old)
        return next(each.outcome for each in findings if each.rule == "eu-afir-payment-ten-t")

    assert (found(date(2026, 12, 31)), found(date(2027, 1, 1))) == (LegalOutcome.NOT_YET_IN_FORCE, LegalOutcome.FAILING)


def test_payment_methods_that_are_not_stated_are_not_judged():
    findings = check_tariff(
        parse_tariff({"id": "T", "currency": "EUR", "elements": [element(price("ENERGY", 1))]}), "FR", 150, Channel.ADHOC, TODAY
    )
    assert {each.outcome for each in findings if each.rule == "eu-afir-payment"} == {LegalOutcome.NOT_KNOWN}
