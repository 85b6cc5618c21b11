"""The legal rules: who is bound, from when, and what fails."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from forecourt.kernel import BadInput, Conflict, OperatorId, TariffVersionId
from forecourt.tariffs import Channel, Market, Outcome, check_report, check_tariff, markets_of, publish, tariff_version
from tariffs.words import element, price, tariff

TODAY = date(2026, 11, 23)
KWH, PARKING = price("ENERGY", "0.50", 19), price("PARKING_TIME", "6", 19)
LAWFUL = tariff(element(KWH, PARKING))


def outcomes(rules, country="DE", power_kw=150, channel=Channel.ADHOC, on=TODAY):
    return {finding.rule: finding.outcome for finding in check_tariff(rules, country, power_kw, channel, on)}


@pytest.mark.parametrize(
    "rules",
    [
        tariff(element(KWH, price("FLAT", "1"))),
        tariff(element(price("TIME", "6"))),
        tariff(element(KWH, price("TIME", "6"))),
        tariff(element(KWH), min_price={"before_taxes": 3}),
        tariff(element(KWH, price("PARKING_TIME", "6", step=900))),
    ],
    ids=["session fee", "time alone", "time from the start", "minimum price", "blocks of 15 minutes"],
)
def test_fast_charging_in_the_eu_is_priced_by_the_kwh(rules):
    assert outcomes(rules)["eu-afir-50kw"] is Outcome.FAILING
    assert outcomes(rules, power_kw=22)["eu-afir-50kw"] is Outcome.NOT_APPLICABLE
    assert outcomes(rules, channel=Channel.CONTRACT)["eu-afir-50kw"] is Outcome.NOT_APPLICABLE
    assert outcomes(rules, on=date(2024, 4, 12))["eu-afir-50kw"] is Outcome.NOT_YET_IN_FORCE


@pytest.mark.parametrize(
    "rules",
    [
        LAWFUL,
        tariff(element(price("TIME", "6"), min_duration=3600), element(KWH)),
        tariff(element(price("FLAT", "2"), reservation="RESERVATION"), element(KWH)),
        tariff(element(price("FLAT", "0"))),
    ],
    ids=["parking fee", "time after an hour", "reservation fee", "free"],
)
def test_an_occupancy_fee_may_stand_beside_it(rules):
    assert Outcome.FAILING not in outcomes(rules).values()


@pytest.mark.parametrize(
    ("rule", "country", "power_kw", "before"),
    [
        ("de-pangv-14", "DE", 22, date(2022, 5, 27)),
        ("gb-price-per-kwh", "GB", 22, date(2023, 11, 23)),
        ("us-ca-ctep-ac", "US-CA", 7, date(2020, 12, 31)),
        ("us-ca-ctep-dc", "US-CA", 150, date(2022, 12, 31)),
    ],
)
def test_countries_that_ask_for_a_price_per_kwh(rule, country, power_kw, before):
    by_time = tariff(element(price("TIME", "6")))
    assert outcomes(by_time, country, power_kw)[rule] is Outcome.FAILING
    assert outcomes(LAWFUL, country, power_kw)[rule] is Outcome.SATISFIED
    assert outcomes(by_time, country, power_kw, on=before)[rule] is Outcome.NOT_YET_IN_FORCE
    assert outcomes(by_time, "NO", power_kw)[rule] is Outcome.NOT_APPLICABLE


def test_in_germany_energy_prices_change_at_quarter_hours():
    odd = tariff(element(price("ENERGY", "0.60"), start_time="17:10", end_time="20:00"), element(KWH))
    assert outcomes(odd)["de-eichrecht"] is Outcome.FAILING
    assert outcomes(odd, "FR")["de-eichrecht"] is Outcome.NOT_APPLICABLE


def test_every_finding_names_its_source():
    report = check_report(LAWFUL, "de", Decimal(150), "adhoc", TODAY)
    assert report["lawful"]
    assert all(finding["source"] and finding["text"] for finding in report["findings"])
    with pytest.raises(BadInput):
        check_report(LAWFUL, "Germany", Decimal(150), "adhoc", TODAY)
    with pytest.raises(BadInput):
        check_report(LAWFUL, "DE", Decimal(150), "cash", TODAY)


def version(source):
    return tariff_version(source, TariffVersionId(UUID(int=1)), OperatorId(UUID(int=2)), None, datetime(2026, 11, 23, tzinfo=UTC))


def test_publishing_refuses_an_unlawful_tariff_with_the_citation():
    source = {"id": "T", "currency": "EUR", "elements": [element(KWH, price("FLAT", "1"))]}
    slow, fast = Market("DE", Decimal(22), Channel.ADHOC), Market("DE", Decimal(50), Channel.ADHOC)
    assert publish(version(source), [slow])
    with pytest.raises(Conflict, match=r"2023/1804, Article 5\(4\)"):
        publish(version(source), [slow, fast])


def test_a_version_is_known_by_its_content():
    one = version({"id": "T", "currency": "EUR", "elements": [element(KWH)]})
    same = version({"elements": [element(KWH)], "currency": "EUR", "id": "T"})
    other = version({"id": "T", "currency": "EUR", "elements": [element(PARKING)]})
    assert one.content_hash == same.content_hash != other.content_hash
    assert version(one.source).content_hash == one.content_hash


def test_a_tariff_without_a_type_is_sold_through_every_channel():
    untyped, contract = version({"id": "T", "currency": "EUR", "elements": [element(KWH)]}), tariff(element(KWH), type="REGULAR")
    assert {market.channel for market in markets_of(untyped.tariff, "DE", [Decimal(22)])} == set(Channel)
    assert Channel.ADHOC not in {market.channel for market in markets_of(contract, "DE", [Decimal(22), Decimal(22)])}
