"""Rating compared with a referee in another style: minute by minute, in fractions, with steps, taxes and power.

RATING_EXAMPLES=10000 pytest --timeout 0 tests/tariffs/test_rating_against_referee.py runs each property on ten thousand sessions.
"""

import os
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.tariffs import Phase, PhaseState, Usage, parse_tariff, rate, rate_cdr
from tariffs.test_properties import DAYS, STARTS, ZONES, restrictions

EXAMPLES = int(os.environ.get("RATING_EXAMPLES", "60"))
WH_A_MINUTE = 100
KINDS = {"CHARGING": "TIME", "IDLE": "PARKING_TIME"}

components = st.fixed_dictionaries(
    {
        "type": st.sampled_from(("ENERGY", "TIME", "PARKING_TIME", "FLAT")),
        "price": st.decimals(-1, 9, places=4) | st.decimals(0, 9, places=4),
        "step_size": st.sampled_from((0, 1, 60, 100, 300, 500, 700, 900, 1800)),
    },
    optional={"vat": st.sampled_from((Decimal(19), Decimal("5.5"), Decimal(0), Decimal(7)))},
)
powers = st.fixed_dictionaries({}, optional={"min_power": st.sampled_from((0, 4, 11)), "max_power": st.sampled_from((4, 11, 22))})
rules = st.tuples(restrictions, powers).map(lambda pair: pair[0] | pair[1])
elements = st.fixed_dictionaries({"price_components": st.lists(components, min_size=1, max_size=4), "restrictions": rules})
tariffs = st.builds(
    lambda found, mode: {"id": "T", "currency": "EUR", "elements": found, "tax_included": mode},
    st.lists(elements, min_size=1, max_size=5),
    st.sampled_from(("YES", "NO", "N/A")),
)
# State, minutes, and the power the meter says.
stretches = st.lists(
    st.tuples(
        st.sampled_from(("CHARGING", "IDLE", "WITHHELD")), st.integers(1, 200), st.sampled_from((0, 3900, 4000, 11_000, 22_000, 50_000))
    ),
    min_size=1,
    max_size=5,
)


def used_by(start, parts, zone):
    phases = []
    for state, minutes, watts in parts:
        end = start + timedelta(minutes=minutes)
        phases.append(Phase(PhaseState(state), start, end, minutes * WH_A_MINUTE if state == "CHARGING" else 0, watts))
        start = end
    return Usage(tuple(phases), zone)


def matches(rules, local, used_wh, elapsed_s, watts):
    clock, day = f"{local:%H:%M}", f"{local:%Y-%m-%d}"
    opens, closes = rules.get("start_time", "00:00"), rules.get("end_time", "00:00")
    closes = "24:00" if closes == "00:00" else closes
    inside = opens <= clock < closes if opens < closes else not closes <= clock < opens
    kwh, kw = Fraction(used_wh, 1000), Fraction(watts, 1000)
    return all(
        (
            inside,
            DAYS[local.weekday()] in rules.get("day_of_week", DAYS),
            rules.get("start_date", "") <= day,
            "end_date" not in rules or day < rules["end_date"],
            Fraction(str(rules.get("min_kwh", 0))) <= kwh,
            "max_kwh" not in rules or kwh < Fraction(str(rules["max_kwh"])),
            rules.get("min_duration", 0) <= elapsed_s,
            "max_duration" not in rules or elapsed_s < rules["max_duration"],
            rules.get("min_power", 0) <= kw,
            "max_power" not in rules or kw < rules["max_power"],
        )
    )


def referee(source, start, parts, zone):
    """(net, gross): looks at the wall clock every minute, keeps a list of what was billed, then rounds up the last of each kind."""
    billed, used_wh, minute = [], 0, 0
    for state, minutes, watts in parts:
        for _ in range(minutes):
            local = (start + timedelta(minutes=minute)).astimezone(ZoneInfo(zone))
            now = {}
            for each in source["elements"]:
                if matches(each["restrictions"], local, used_wh, minute * 60, watts):
                    for component in each["price_components"]:
                        now.setdefault(component["type"], component)
            if "FLAT" in now and not any(kind == "FLAT" for kind, _, _ in billed):
                billed.append(("FLAT", now["FLAT"], 1))
            if state == "CHARGING" and "ENERGY" in now:
                billed.append(("ENERGY", now["ENERGY"], WH_A_MINUTE))
            if KINDS.get(state) in now:
                billed.append((KINDS[state], now[KINDS[state]], 60))
            used_wh += WH_A_MINUTE if state == "CHARGING" else 0
            minute += 1
    parked = any(kind == "PARKING_TIME" for kind, _, _ in billed)
    for wanted in ("ENERGY", "PARKING_TIME" if parked else "TIME"):
        same = [entry for entry in billed if entry[0] == wanted]
        step = same[-1][1]["step_size"] if same else 0
        if step:
            billed.append((wanted, same[-1][1], -sum(quantity for _, _, quantity in same) % step))
    return totals(source, billed)


def totals(source, billed):
    units = {"ENERGY": 1000, "TIME": 3600, "PARKING_TIME": 3600, "FLAT": 1}
    net = gross = Fraction(0)
    for kind, component, quantity in billed:
        amount = Fraction(component["price"]) * quantity / units[kind]
        tax = 1 + Fraction(component.get("vat", 0)) / 100
        net += amount / tax if source["tax_included"] == "YES" else amount
        gross += amount * tax if source["tax_included"] == "NO" else amount
    return (gross, gross) if source["tax_included"] == "N/A" else (net, gross)


@settings(deadline=None, max_examples=EXAMPLES)
@given(tariffs, st.sampled_from(STARTS), stretches, st.sampled_from(ZONES), st.integers(1, 96))
def test_rating_agrees_with_the_referee_however_finely_phases_are_cut(source, start, parts, zone, minutes):
    rating = rate(parse_tariff(source), used_by(start, parts, zone))
    net, gross = referee(source, start, parts, zone)
    assert abs(Fraction(rating.exact_net) - net) <= Fraction(1, 2 * 10**12)
    assert abs(Fraction(rating.exact_gross) - gross) <= Fraction(1, 2 * 10**12)
    assert sum(line.amount for line in rating.lines) == (rating.exact_gross if rating.tax_included else rating.exact_net)
    assert rating.tax == rating.gross - rating.net
    assert [sum(getattr(each, side).minor for each in rating.taxes) for side in ("net", "gross")] == [rating.net.minor, rating.gross.minor]
    assert abs(rating.gross.amount - rating.exact_gross) <= Decimal("0.01") * max(1, len(rating.taxes))
    assert repr(rate(parse_tariff(source), used_by(start, parts, zone))) == repr(rating)
    fine = [(state, part, watts) for state, length, watts in parts for part in [minutes] * (length // minutes) + [length % minutes] if part]
    cut = rate(parse_tariff(source), used_by(start, fine, zone))
    assert (cut.lines, cut.gross, cut.exact_gross) == (rating.lines, rating.gross, rating.exact_gross)


plain = tariffs.map(lambda source: source | {"elements": [element | {"restrictions": {}} for element in source["elements"]]})
NEVER = {"price_components": [{"type": "FLAT", "price": 1}], "restrictions": {"end_date": "1999-01-01"}}


@settings(deadline=None, max_examples=EXAMPLES)
@given(plain, st.sampled_from(STARTS), stretches, st.sampled_from(ZONES))
def test_constant_prices_are_summed_in_one_pass_to_the_same_rating(source, start, parts, zone):
    walked = source | {"elements": [*source["elements"], NEVER]}
    added, found = (rate(parse_tariff(each), used_by(start, parts, zone)) for each in (source, walked))
    assert (added.exact_net, added.exact_gross, added.notes) == (found.exact_net, found.exact_gross, found.notes)
    assert sorted(map(repr, added.taxes)) == sorted(map(repr, found.taxes))
    assert {line.because for line in added.lines} == {line.because for line in found.lines}


def cdr_of(usage, pieces, offset):
    """The same session as so many charging periods, its instants written with another offset from UTC."""
    spelled = timezone(timedelta(hours=offset)) if offset else UTC
    periods = []
    for phase in usage.phases:
        minutes = (phase.end - phase.start) // timedelta(minutes=1)
        size = -(-minutes // pieces)
        for left in range(0, minutes, size):
            length = min(size, minutes - left)
            found = [{"type": "MAX_POWER", "volume": Decimal(phase.power_w) / 1000}]
            if phase.energy_wh:
                found.append({"type": "ENERGY", "volume": Decimal(length * WH_A_MINUTE) / 1000})
            if phase.state.value in KINDS:
                found.append({"type": KINDS[phase.state.value], "volume": round(Decimal(length) / 60, 4)})
            at = (phase.start + timedelta(minutes=left)).astimezone(spelled)
            periods.append({"start_date_time": at.isoformat(), "dimensions": found})
    return {"currency": "EUR", "end_date_time": usage.phases[-1].end.isoformat(), "charging_periods": periods}


@settings(deadline=None, max_examples=EXAMPLES)
@given(tariffs, st.sampled_from(STARTS), stretches, st.sampled_from(ZONES), st.integers(1, 96), st.sampled_from((0, 1, -7, 5.5, 10.5)))
def test_phases_and_any_split_into_periods_give_the_same_rating(source, start, parts, zone, pieces, offset):
    found, usage = parse_tariff(source), used_by(start, parts, zone)
    whole, cut = rate(found, usage), rate_cdr(found, cdr_of(usage, pieces, offset), zone)
    assert (whole.lines, whole.taxes, whole.exact_net, whole.exact_gross) == (cut.lines, cut.taxes, cut.exact_net, cut.exact_gross)


unbounded = tariffs.map(
    lambda source: (
        source
        | {
            "elements": [
                {
                    "price_components": [each | {"price": abs(each["price"]), "step_size": 0} for each in element["price_components"]],
                    "restrictions": {name: value for name, value in element["restrictions"].items() if "kwh" not in name},
                }
                for element in source["elements"]
            ]
        }
    )
)


@settings(deadline=None, max_examples=EXAMPLES)
@given(unbounded, st.sampled_from(STARTS), st.integers(1, 600), st.integers(0, 90_000), st.integers(0, 90_000))
def test_more_energy_never_costs_less_if_no_price_depends_on_the_energy_so_far(source, start, minutes, one, other):
    """With a price that falls with energy and by the clock at once it may: the cheap amount is then reached before the dear hour.

    So it may with blocks over several prices: what fills the last block is billed at the last price, and more energy leaves less to fill.
    """
    less, more = sorted((one, other))
    end = start + timedelta(minutes=minutes)
    costs = [
        rate(parse_tariff(source), Usage((Phase(PhaseState.CHARGING, start, end, energy_wh, 11_000),), "Europe/Berlin")).exact_net
        for energy_wh in (less, more)
    ]
    assert costs[0] <= costs[1]


def test_the_referee_reproduces_a_printed_ocpi_example():
    """Switching elements, example 2 of mod_tariffs: 35 minutes from 16:35 cost 1.30."""
    source = {
        "tax_included": "NO",
        "elements": [
            {"price_components": [{"type": "TIME", "price": Decimal("1.20"), "step_size": 1800}], "restrictions": {"end_time": "17:00"}},
            {"price_components": [{"type": "TIME", "price": Decimal("2.40"), "step_size": 900}], "restrictions": {"start_time": "17:00"}},
        ],
    }
    start = datetime(2026, 11, 23, 16, 35, tzinfo=UTC)
    assert referee(source, start, [("CHARGING", 35, 0)], "UTC")[0] == Fraction("1.30")
