"""The legal rules: to whom they apply, from when, and what fails."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from forecourt.kernel import BadInput, Conflict, OperatorId, TariffVersionId
from forecourt.tariffs import (
    UNKNOWN_POINT,
    Channel,
    ChargingPoint,
    LegalOutcome,
    Market,
    Payment,
    check_markets,
    check_report,
    check_tariff,
    markets_of,
    tariff_version,
)
from tariffs.texts import element, price, tariff

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
def test_eu_fast_charging_without_a_price_per_kwh_is_unlawful(rules):
    assert outcomes(rules)["eu-afir-50kw"] is LegalOutcome.FAILING
    assert outcomes(rules, power_kw=22)["eu-afir-50kw"] is LegalOutcome.NOT_APPLICABLE
    assert outcomes(rules, channel=Channel.CONTRACT)["eu-afir-50kw"] is LegalOutcome.NOT_APPLICABLE
    assert outcomes(rules, on=date(2024, 4, 12))["eu-afir-50kw"] is LegalOutcome.NOT_YET_IN_FORCE


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
def test_an_occupancy_fee_beside_a_price_per_kwh_is_lawful(rules):
    assert LegalOutcome.FAILING not in outcomes(rules).values()


@pytest.mark.parametrize(
    ("rule", "country", "power_kw", "before"),
    [
        ("de-pangv-14", "DE", 22, date(2022, 5, 27)),
        ("gb-price-per-kwh", "GB", 22, date(2023, 11, 23)),
        ("us-ca-ctep-ac", "US-CA", 7, date(2020, 12, 31)),
        ("us-ca-ctep-dc", "US-CA", 150, date(2022, 12, 31)),
    ],
)
def test_some_countries_require_a_price_per_kwh(rule, country, power_kw, before):
    by_time = tariff(element(price("TIME", "6")))
    assert outcomes(by_time, country, power_kw)[rule] is LegalOutcome.FAILING
    assert outcomes(LAWFUL, country, power_kw)[rule] is LegalOutcome.SATISFIED
    assert outcomes(by_time, country, power_kw, on=before)[rule] is LegalOutcome.NOT_YET_IN_FORCE
    assert outcomes(by_time, "NO", power_kw)[rule] is LegalOutcome.NOT_APPLICABLE


def test_national_law_applies_in_each_region_of_the_country():
    assert outcomes(tariff(element(price("TIME", "6"))), "DE-BE") == outcomes(tariff(element(price("TIME", "6"))), "DE")
    assert outcomes(LAWFUL, "GB-SCT")["gb-price-per-kwh"] is LegalOutcome.SATISFIED


@pytest.mark.parametrize(("power_kw", "rule", "other"), [(7, "us-ca-ctep-ac", "us-ca-ctep-dc"), (50, "us-ca-ctep-dc", "us-ca-ctep-ac")])
def test_in_the_united_states_law_is_judged_only_once_the_state_is_known(power_kw, rule, other):
    by_time = tariff(element(price("TIME", "6")))
    found = outcomes(by_time, "US", power_kw)
    assert (found[rule], found[other]) == (LegalOutcome.NOT_KNOWN, LegalOutcome.NOT_APPLICABLE)
    assert outcomes(by_time, "US-TX", power_kw)[rule] is LegalOutcome.NOT_APPLICABLE
    assert outcomes(by_time, "US-CA", power_kw)[rule] is LegalOutcome.FAILING
    assert check_report(by_time, "US", Decimal(power_kw), "adhoc", TODAY)["lawful"]  # a warning, no refusal


def test_in_germany_energy_prices_may_change_only_at_quarter_hours():
    odd = tariff(element(price("ENERGY", "0.60"), start_time="17:10", end_time="20:00"), element(KWH))
    assert outcomes(odd)["de-eichrecht"] is LegalOutcome.FAILING
    assert outcomes(odd, "FR")["de-eichrecht"] is LegalOutcome.NOT_APPLICABLE


NEW, OLD, ANY = date(2024, 4, 13), date(2024, 4, 12), date(2020, 1, 1)
BRITISH, BEFORE = date(2024, 11, 24), date(2024, 11, 23)
CARD, TAP, QR = Payment.CARD_READER, Payment.CONTACTLESS, Payment.QR_CODE
GOOD, BAD, NOT_BOUND = LegalOutcome.SATISFIED, LegalOutcome.FAILING, LegalOutcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("rule", "country", "power_kw", "deployed", "means", "outcome"),
    [
        *(("eu-afir-payment", "DE", 150, NEW, means, GOOD) for means in (CARD, TAP)),
        ("eu-afir-payment", "DE", 50, NEW, QR, BAD),
        ("eu-afir-payment", "DE", Decimal("49.9"), NEW, QR, GOOD),
        ("eu-afir-payment", "DE", 150, OLD, QR, NOT_BOUND),
        ("eu-afir-payment", "CH", 150, NEW, QR, NOT_BOUND),
        ("eu-afir-payment-ten-t", "DE", 50, OLD, QR, BAD),
        ("eu-afir-payment-ten-t", "DE", 50, OLD, TAP, GOOD),
        ("eu-afir-payment-ten-t", "DE", Decimal("49.9"), OLD, QR, NOT_BOUND),
        ("eu-afir-payment-ten-t", "DE", 50, NEW, QR, NOT_BOUND),
        ("eu-afir-payment-ten-t", "GB", 50, OLD, QR, NOT_BOUND),
        ("gb-contactless", "GB", 50, ANY, CARD, BAD),
        ("gb-contactless", "GB", 50, ANY, TAP, GOOD),
        ("gb-contactless", "GB", Decimal("49.9"), BEFORE, CARD, NOT_BOUND),
        ("gb-contactless", "GB", 8, BRITISH, CARD, BAD),
        ("gb-contactless", "GB", Decimal("7.9"), BRITISH, CARD, NOT_BOUND),
        ("gb-contactless", "DE", 50, BRITISH, CARD, NOT_BOUND),
    ],
)
def test_each_charging_point_must_accept_the_payment_methods_its_law_requires(rule, country, power_kw, deployed, means, outcome):
    found = check_tariff(
        LAWFUL, country, power_kw, Channel.ADHOC, date(2027, 1, 1), ChargingPoint(frozenset({means}), deployed, on_ten_t=True)
    )
    assert {one.rule: one.outcome for one in found}[rule] is outcome


def test_payment_methods_are_judged_only_where_a_rule_applies_and_they_are_stated():
    beside = ChargingPoint(frozenset(), OLD, on_ten_t=False)
    for channel, point in ((Channel.ADHOC, beside), (Channel.CONTRACT, replace(beside, on_ten_t=True)), (Channel.ROAMING, None)):
        found = {one.rule: one.outcome for one in check_tariff(LAWFUL, "DE", 150, channel, date(2027, 1, 1), point)}
        assert found["eu-afir-payment"] is found["eu-afir-payment-ten-t"] is LegalOutcome.NOT_APPLICABLE


NOT_KNOWN = LegalOutcome.NOT_KNOWN


@pytest.mark.parametrize(
    ("rule", "country", "power_kw", "point", "outcome"),
    [
        ("eu-afir-payment", "DE", 22, UNKNOWN_POINT, NOT_KNOWN),
        ("eu-afir-payment", "DE", 22, replace(UNKNOWN_POINT, payment=frozenset({QR})), GOOD),
        ("eu-afir-payment", "DE", 50, replace(UNKNOWN_POINT, payment=frozenset({QR})), NOT_KNOWN),
        ("eu-afir-payment", "DE", 50, replace(UNKNOWN_POINT, payment=frozenset({CARD})), GOOD),
        ("eu-afir-payment", "DE", 50, replace(UNKNOWN_POINT, deployed=OLD), NOT_BOUND),
        ("eu-afir-payment", "DE", 50, ChargingPoint(frozenset({QR}), None), NOT_KNOWN),
        ("eu-afir-payment", "DE", 50, ChargingPoint(frozenset({QR}), NEW), BAD),
        ("eu-afir-payment-ten-t", "DE", 50, UNKNOWN_POINT, NOT_KNOWN),
        ("eu-afir-payment-ten-t", "DE", 50, ChargingPoint(frozenset({QR}), OLD, on_ten_t=None), NOT_KNOWN),
        ("eu-afir-payment-ten-t", "DE", 50, replace(UNKNOWN_POINT, on_ten_t=False), NOT_BOUND),
        ("eu-afir-payment-ten-t", "DE", 50, replace(UNKNOWN_POINT, payment=frozenset({CARD})), GOOD),
        ("gb-contactless", "GB", 50, replace(UNKNOWN_POINT, payment=frozenset({CARD})), NOT_KNOWN),
        ("gb-contactless", "GB", 50, ChargingPoint(frozenset({CARD}), None), BAD),
        ("gb-contactless", "GB", 8, ChargingPoint(frozenset({CARD}), None), NOT_KNOWN),
        ("gb-contactless", "GB", 8, replace(UNKNOWN_POINT, deployed=BEFORE), NOT_BOUND),
        ("gb-contactless", "GB", 7, UNKNOWN_POINT, NOT_BOUND),
    ],
)
def test_a_charging_point_is_judged_only_if_all_facts_the_rule_needs_are_known(rule, country, power_kw, point, outcome):
    found = check_tariff(LAWFUL, country, power_kw, Channel.ADHOC, date(2027, 1, 1), point)
    assert {one.rule: one.outcome for one in found}[rule] is outcome


def test_a_finding_names_the_missing_facts_about_a_charging_point():
    found = {one.rule: one for one in check_tariff(LAWFUL, "DE", 150, Channel.ADHOC, date(2027, 1, 1))}
    assert "all its means of payment, the day it was installed" in found["eu-afir-payment"].text
    assert "TEN-T" in found["eu-afir-payment-ten-t"].text and "card-reader, contactless" in found["eu-afir-payment"].remedy


@pytest.mark.parametrize(("power_kw", "binds", "not_this"), [(Decimal("49.9"), "ac", "dc"), (50, "dc", "ac")])
def test_california_has_one_rule_below_50_kw_and_one_above(power_kw, binds, not_this):
    found = outcomes(LAWFUL, "US-CA", power_kw)
    assert (found[f"us-ca-ctep-{binds}"], found[f"us-ca-ctep-{not_this}"]) == (GOOD, NOT_BOUND)


@pytest.mark.parametrize("least", [{"before_taxes": 3}, {"after_taxes": 3}])
def test_a_tariff_with_a_minimum_total_is_not_free_and_needs_a_price_per_kwh(least):
    free = tariff(element(price("FLAT", "0")), min_price=least)
    assert outcomes(free)["de-pangv-14"] is outcomes(tariff(element(KWH), min_price=least))["eu-afir-50kw"] is LegalOutcome.FAILING


@pytest.mark.parametrize(
    ("rules", "lawful"),
    [
        *((tariff(element(price("ENERGY", "0.5", step=step))), step <= 1000) for step in (1000, 1001)),
        *((tariff(element(KWH, price("PARKING_TIME", "6", step=step))), step <= 60) for step in (60, 61)),
        *((tariff(element(price("TIME", "6"), min_duration=start), element(KWH)), start >= 600) for start in (599, 600)),
    ],
)
def test_lawful_steps_are_one_kwh_or_one_minute_and_occupancy_fees_start_after_ten_minutes(rules, lawful):
    assert check_report(rules, "DE", Decimal(50), "adhoc", TODAY)["lawful"] is lawful


@pytest.mark.parametrize("power_kw", ["0", "-1", "NaN", "Infinity", "100000.1"])
def test_an_implausible_power_is_refused(power_kw):
    assert outcomes(LAWFUL, power_kw=100_000) and outcomes(LAWFUL, power_kw=Decimal("0.1"))
    with pytest.raises(BadInput, match="not the power"):
        outcomes(LAWFUL, power_kw=Decimal(power_kw))


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
    assert check_markets(version(source), [slow])
    with pytest.raises(Conflict, match=r"2023/1804, Article 5\(4\)"):
        check_markets(version(source), [slow, fast])


def test_a_tariff_is_judged_by_the_law_of_its_first_day_in_each_market():
    later = {
        "country": "DE",
        "power_kw": Decimal(50),
        "channel": Channel.ADHOC,
        "point": ChargingPoint(frozenset({QR}), OLD, on_ten_t=True),
    }
    source = {"id": "T", "currency": "EUR", "elements": [element(KWH)]}
    assert check_markets(version(source), [Market(**later), Market(**later, on=date(2026, 12, 31))])
    with pytest.raises(Conflict, match=r"2023/1804, Article 5\(1\)"):
        check_markets(version(source), [Market(**later), Market(**later, on=date(2027, 1, 1))])


def test_a_tariff_that_ends_before_it_starts_is_refused():
    source, ids = {"id": "T", "currency": "EUR", "elements": [element(KWH)]}, (TariffVersionId(UUID(int=1)), OperatorId(UUID(int=2)), None)
    start, instant = datetime(2026, 11, 23, tzinfo=UTC), timedelta(microseconds=1)
    assert tariff_version(source, *ids, start, start + instant).valid_to == start + instant
    for end in (start, start - instant):
        with pytest.raises(BadInput, match="end before it starts"):
            tariff_version(source, *ids, start, end)


def test_equal_tariff_content_has_the_same_hash():
    one = version({"id": "T", "currency": "EUR", "elements": [element(KWH)]})
    same = version({"elements": [element(KWH)], "currency": "EUR", "id": "T"})
    other = version({"id": "T", "currency": "EUR", "elements": [element(PARKING)]})
    assert one.content_hash == same.content_hash != other.content_hash
    assert version(one.source).content_hash == one.content_hash


def test_a_tariff_without_a_type_is_sold_through_every_channel():
    untyped, contract = version({"id": "T", "currency": "EUR", "elements": [element(KWH)]}), tariff(element(KWH), type="REGULAR")
    assert {market.channel for market in markets_of(untyped.tariff, "DE", [Decimal(22)])} == set(Channel)
    assert Channel.ADHOC not in {market.channel for market in markets_of(contract, "DE", [Decimal(22), Decimal(22)])}
