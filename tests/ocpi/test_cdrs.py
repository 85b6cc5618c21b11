"""CDRs: rating their periods by their tariff gives our invoice, to the cent."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.billing import credit, issue
from forecourt.kernel import DocumentId
from forecourt.ocpi import SessionProgress, SessionStatus, charge_json, credit_cdr, ocpi_session, ocpi_tariff
from forecourt.stations import SignedReading
from forecourt.tariffs import PhaseState, Usage, parse_tariff, rate_cdr
from money_world import NOON, PLACE, UUID, missed, record, tariff, version
from ocmf_records import KEY, RECORD
from ocpi.charges import PARTY, billed, cdr, kept, told
from ocpi.tables import faults
from tariff_strategies import restricted_tariffs

PARTS = ("total_fixed_cost", "total_energy_cost", "total_time_cost", "total_parking_cost", "total_reservation_cost")
states = st.sampled_from([PhaseState.CHARGING, PhaseState.IDLE, PhaseState.WITHHELD])
parts = st.lists(
    st.tuples(states, st.integers(1, 400_000).map(lambda ms: ms / 1000), st.integers(0, 30_000)), min_size=1, max_size=8
).filter(lambda found: any(wh or state is PhaseState.IDLE for state, _, wh in found))


def read(told: object, words: str = "2.3.0") -> dict:
    return json.loads(charge_json(told, words), parse_float=Decimal)


@settings(max_examples=150, deadline=None)
@given(restricted_tariffs(), parts, st.integers(0, 50), st.sampled_from(["NO", "YES", "N/A"]), st.sampled_from(["2.3.0", "2.2.1"]))
def test_rating_the_periods_of_a_cdr_gives_the_invoice_total(source, used, late_min, included, words) -> None:
    source = source | {"tax_included": included}
    made, booking = version(source), kept(missed(-late_min)) if late_min else None
    charge = record(*used)
    bill, sent = billed(charge, made, booking).content, read(cdr(charge, made, booking), words)
    sold = ocpi_tariff(made, PARTY, words, NOON, NOON.year)
    if words == "2.3.0" or included != "YES":  # 2.2.1 has prices without tax alone, so that prices with it are rounded there
        assert rate_cdr(parse_tariff(sold), sent, PLACE.zone).taxes == bill.taxes
    price = sent["total_cost"]
    assert price.get("before_taxes", price.get("excl_vat")) == bill.net.amount
    assert price.get("incl_vat", bill.net.amount + sum(one["amount"] for one in price.get("taxes", ()))) == bill.gross.amount
    assert faults("Cdr" if words == "2.3.0" else "Cdr221", json.loads(charge_json(cdr(charge, made, booking), words))) == []


def test_a_second_limit_side_required_by_ocpi_never_binds() -> None:
    """10.00 without tax would be met by removing the whole fee, and not by the proportion of the invoice."""
    prices = [{"type": "FLAT", "price": 0.5, "vat": 20, "step_size": 1}, {"type": "ENERGY", "price": 0.25, "vat": 10, "step_size": 1}]
    made, charge = (
        version(tariff(elements=[{"price_components": prices}], max_price={"after_taxes": 11})),
        record((PhaseState.CHARGING, 60, 50_000)),
    )
    sold, bill = ocpi_tariff(made, PARTY, "2.3.0", NOON, NOON.year), billed(charge, made).content
    assert sold["max_price"] == {"before_taxes": Decimal("10.01"), "after_taxes": 11}
    assert rate_cdr(parse_tariff(sold), read(cdr(charge, made)), PLACE.zone).taxes == bill.taxes
    assert (bill.net.minor, bill.gross.minor) == (997, 1100)


whole_seconds = st.lists(
    st.tuples(states, st.integers(1, 7_200).map(lambda seconds: seconds / 60), st.integers(0, 30_000)), min_size=1, max_size=12
).filter(lambda found: any(wh or state is PhaseState.IDLE for state, _, wh in found))
HOURLY = {"ENERGY": {True: Decimal("0.61"), False: Decimal("0.37")}, "TIME": Decimal("1.23"), "PARKING_TIME": Decimal("4.56")}


def by_hand(sent: dict) -> tuple[Fraction, dict[str, Fraction]]:
    """A partner's own sum of a CDR, without any of our code: what its periods cost before tax, and hours by the clock and the kind."""
    starts = [datetime.fromisoformat(one["start_date_time"]) for one in sent["charging_periods"]]
    ends = [*starts[1:], datetime.fromisoformat(sent["end_date_time"])]
    cost, hours = Fraction(0), {"TIME": Fraction(0), "PARKING_TIME": Fraction(0), "": Fraction(0)}
    for one, start, end in zip(sent["charging_periods"], starts, ends, strict=True):
        volumes = {each["type"]: Fraction(each["volume"]) for each in one["dimensions"]}
        kind = next((name for name in ("TIME", "PARKING_TIME") if name in volumes), "")
        length = Fraction((end - start) // timedelta(milliseconds=1), 3_600_000)
        evening = start.astimezone(ZoneInfo(PLACE.zone)).hour >= 18
        cost += volumes["ENERGY"] * Fraction(HOURLY["ENERGY"][evening]) + length * Fraction(HOURLY.get(kind, 0))
        hours[kind] += length
    return cost, hours


@settings(max_examples=40, deadline=None)
@given(whole_seconds, st.integers(0, 23))
def test_the_periods_of_a_cdr_added_by_hand_give_its_totals(used, hour) -> None:
    def price(kind: str, amount: Decimal) -> dict:
        return {"type": kind, "price": amount, "vat": 19, "step_size": 1}

    evening = {"price_components": [price("ENERGY", HOURLY["ENERGY"][True])], "restrictions": {"start_time": "18:00", "end_time": "00:00"}}
    always = {
        "price_components": [price("ENERGY", HOURLY["ENERGY"][False]), *(price(one, HOURLY[one]) for one in ("TIME", "PARKING_TIME"))]
    }
    charge = record(*used, begin=NOON.replace(hour=hour))
    sent = read(cdr(charge, version(tariff(elements=[evening, always], tax_included="NO", min_price=None, max_price=None))), "2.2.1")
    cost, hours = by_hand(sent)
    assert abs(Fraction(sent["total_cost"]["excl_vat"]) - cost) <= Fraction(1, 200) + Fraction(1, 10**6)
    volumes = [(each["type"], each["volume"]) for one in sent["charging_periods"] for each in one["dimensions"]]
    told = {name: sum((volume for kind, volume in volumes if kind == name), Decimal(0)) for name in ("ENERGY", "TIME", "PARKING_TIME")}
    assert told["ENERGY"] == sent["total_energy"]
    for total, clock in ((sent["total_time"], sum(hours.values())), (sent["total_parking_time"], hours["PARKING_TIME"] + hours[""])):
        assert abs(Fraction(total) - clock) <= Fraction(1, 20_000)
    for name in ("TIME", "PARKING_TIME"):
        assert abs(Fraction(told[name]) - hours[name]) <= Fraction(1, 20_000)


@settings(max_examples=60, deadline=None)
@given(parts, st.sampled_from(["NO", "YES"]))
def test_the_cost_parts_of_a_cdr_sum_to_its_total(used, included) -> None:
    source = tariff(tax_included=included)
    sent = read(cdr(record(*used), version(source)), "2.2.1")
    for side in ("excl_vat", "incl_vat"):
        assert sum(sent[name][side] for name in PARTS if name in sent) == sent["total_cost"][side]
    assert [note for note in rate_cdr(parse_tariff(source), sent, PLACE.zone).notes if note.code.startswith("total")] == []


def test_a_cdr_whose_total_follows_a_limit_has_a_remark() -> None:
    charge = record((PhaseState.CHARGING, 60, 10_000))
    sent = read(cdr(charge, version(tariff(max_price={"before_taxes": 2}))))
    assert sent["remark"] == "The total of the session follows max_price 2.00 before tax. Costs by kind are those without it."
    assert sum(sent[name]["before_taxes"] for name in PARTS if name in sent) == Decimal("4.50") > sent["total_cost"]["before_taxes"]
    assert "remark" not in read(cdr(charge, version(tariff(max_price={"before_taxes": 20}))))


def test_a_credit_cdr_repeats_its_original_with_a_negative_total() -> None:
    source = tariff()
    made, charge = version(source), record((PhaseState.CHARGING, 60, 10_000))
    first = cdr(charge, made)
    note = issue(credit(billed(charge, made), "Wrong card"), DocumentId(UUID(int=601)), 1, NOON + timedelta(days=1))
    before, after = read(first), read(credit_cdr(first, note))
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"id", "credit", "credit_reference_id", "total_cost", "last_updated"}
    assert (after["credit_reference_id"], after["total_cost"]["before_taxes"]) == (before["id"], -before["total_cost"]["before_taxes"])
    rated = rate_cdr(parse_tariff(source), after, PLACE.zone)
    assert rated.gross == -billed(charge, made).gross and not [one for one in rated.notes if one.code.startswith("total")]


def test_signed_readings_are_sent_with_their_key_unless_too_long() -> None:
    source, charge = tariff(), record((PhaseState.CHARGING, 60, 10_000))
    signed = (SignedReading(RECORD, KEY), SignedReading(RECORD, KEY))
    sent = read(cdr(replace(charge, signed=signed), version(source)))["signed_data"]
    assert (sent["encoding_method"], sent["public_key"]) == ("OCMF", KEY)
    assert [(one["nature"], one["plain_data"]) for one in sent["signed_values"]] == [("Start", RECORD), ("End", RECORD)]
    assert "signed_data" not in read(cdr(replace(charge, signed=(SignedReading("x" * 4000),)), version(source)))


def test_a_charging_period_begins_at_a_price_change_and_not_at_every_reading() -> None:
    """Two readings before 22:00 local time, one across it, and another price from 10.5 kWh on."""
    first = tariff()["elements"][1]
    evening, later = first | {"restrictions": {"start_time": "22:00"}}, first | {"restrictions": {"min_kwh": 10.5}}
    source, ten = tariff(elements=[later, evening, first]), datetime(2026, 6, 1, 20, tzinfo=UTC)
    used = [(PhaseState.CHARGING, 60, 4000), (PhaseState.CHARGING, 60, 6000), (PhaseState.CHARGING, 60, 1000)]
    charge = record(*used, begin=ten - timedelta(minutes=140))
    sent = read(cdr(charge, version(source)))["charging_periods"]
    energies = [one["dimensions"][0]["volume"] for one in sent]
    assert [one["start_date_time"][11:] for one in sent] == ["17:40:00Z", "20:00:00Z", "20:10:00Z"]
    assert energies == [Decimal("10.3333333"), Decimal("0.1666667"), Decimal("0.5")] and sum(energies) == 11
    assert len(read(cdr(charge, version()))["charging_periods"]) == 1


def test_an_ocpi_session_states_its_cost_so_far() -> None:
    source, charge = tariff(), record((PhaseState.CHARGING, 60, 10_000))
    made = version(source)
    bill = billed(charge, made).content
    now = SessionProgress(NOON, None, 10_000, Usage(charge.phases, PLACE.zone), bill.taxes, SessionStatus.ACTIVE, NOON + timedelta(hours=1))
    for words, cost, table in (("2.3.0", "before_taxes", "Session"), ("2.2.1", "excl_vat", "Session221")):
        sent = json.loads(charge_json(ocpi_session(told(made), now), words))
        assert (sent["kwh"], sent["status"], sent["total_cost"][cost]) == (10, "ACTIVE", float(bill.net.amount))
        assert "end_date_time" not in sent and faults(table, sent) == []
    patch = json.loads(charge_json(ocpi_session(told(made), now), "2.3.0", ("kwh", "last_updated")))
    assert patch == {"kwh": 10.0, "last_updated": "2026-06-01T11:00:00Z"}
