"""Corrupted tariffs, CDRs and phases: the answer is a price or BadInput with code and place."""

import copy
import json
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import BadInput
from forecourt.tariffs import rate_report
from tariffs.texts import element, price

TARIFF = {
    "id": "T",
    "currency": "EUR",
    "tax_included": "NO",
    "min_price": {"before_taxes": 1, "after_taxes": 2},
    "max_price": {"excl_vat": 50, "incl_vat": 60},
    "start_date_time": "2026-01-01T00:00:00Z",
    "tariff_alt_text": [{"language": "en", "text": "x"}],
    "elements": [
        element(price("FLAT", 2, 20), price("TIME", 5, 20, 300), reservation="RESERVATION"),
        element(
            price("ENERGY", 0.25, 10, 100),
            price("TIME", 1.5, 10),
            start_time="08:00",
            end_time="20:00",
            start_date="2026-01-01",
            end_date="2027-01-01",
            day_of_week=["MONDAY", "TUESDAY"],
            min_kwh=1,
            max_kwh=10.5,
            min_power=1,
            max_power=50,
            min_current=1,
            max_current=99,
            min_duration=60,
            max_duration=7200,
        ),
        element(price("ENERGY", 0.5, 10), price("PARKING_TIME", 6, 20, 900), price("FLAT", 0.5)),
    ],
}
CDR = {
    "id": "A",
    "start_date_time": "2026-11-23T11:45:00Z",
    "end_date_time": "2026-11-23T14:00:00Z",
    "currency": "EUR",
    "total_energy": 20,
    "total_time": 2,
    "total_parking_time": 0.6667,
    "total_cost": {"before_taxes": 7, "taxes": [{"name": "VAT", "amount": 1.4}]},
    "total_fixed_cost": {"excl_vat": 0.5, "incl_vat": 0.6},
    "credit": False,
    "credit_reference_id": None,
    "tariffs": [TARIFF],
    "charging_periods": [
        {
            "start_date_time": "2026-11-23T11:45:00Z",
            "tariff_id": "T",
            "dimensions": [{"type": "RESERVATION_TIME", "volume": 0.25}],
        },
        {
            "start_date_time": "2026-11-23T12:00:00Z",
            "tariff_id": "T",
            "dimensions": [{"type": "ENERGY", "volume": 20}, {"type": "TIME", "volume": 1}, {"type": "MAX_CURRENT", "volume": 16}],
        },
        {"start_date_time": "2026-11-23T13:00:00Z", "tariff_id": "T", "dimensions": [{"type": "PARKING_TIME", "volume": 0.6667}]},
    ],
}
PHASES = [
    {"state": "RESERVED", "start": "2026-11-23T11:45:00Z", "end": "2026-11-23T12:00:00Z", "seconds": 900, "kwh": 0},
    {"state": "CHARGING", "start": "2026-11-23T12:00:00Z", "end": "2026-11-23T13:00:00Z", "kwh": 20, "power_kw": 20, "current_a": 16},
    {"state": "IDLE", "start": "2026-11-23T13:00:00Z", "seconds": 2400, "kwh": 0, "min_power_kw": 0, "max_current_a": 1},
]
SPOILERS = st.one_of(
    st.sampled_from(
        [None, True, False, 0, -1, 1, 10**30, -(10**9), 10**5000, 1e-300, 1e300, float("nan"), float("inf"), "", "x", "1", "sNaN"]
    ),
    st.sampled_from(
        ["1e999999", "24:00", "23:59", "99:99", "2026-02-30", "2026-11-23", "1970-1-1T00:00:00Z", "9999-12-31T23:59:59Z", "é" * 99]
    ),
    st.sampled_from(
        [[], {}, [[]], [{}], {"type": "ENERGY"}, [None], Decimal("0.1234567890123456789"), Decimal("Infinity"), Decimal("1E+20")]
    ),
    st.text(max_size=12),
    st.integers(-(10**20), 10**20),
    st.floats(),
)


def spots(document, path=()):
    """Every place in a document, as a path."""
    inside = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    for key, value in inside:
        yield (*path, key)
        yield from spots(value, (*path, key))


def spoiled(data, document):
    """The document with one to three places overwritten, taken out or doubled."""
    broken = copy.deepcopy(document)
    for _ in range(data.draw(st.integers(1, 3))):
        *above, last = data.draw(st.sampled_from(list(spots(broken)) or [()]))
        holder = broken
        for key in above:
            holder = holder[key]
        action = data.draw(st.sampled_from(("spoil", "spoil", "spoil", "drop", "double")))
        if action == "drop":
            del holder[last]
        elif action == "double" and isinstance(holder, list):
            holder.insert(last, copy.deepcopy(holder[last]))
        else:
            holder[last] = copy.deepcopy(data.draw(SPOILERS))
        if not broken:
            break
    return broken


def answer(tariff, **usage):
    try:
        report = rate_report(tariff, zone="Europe/Berlin", **usage)
    except BadInput as refused:
        assert refused.code
        assert any(word in refused.text for word in ("tariff", "cdr", "input")), refused.text
        assert len(refused.text) < 400
        return
    json.dumps(report)
    total = Decimal(report["total"]["before_taxes"])
    lines = sum(Decimal(line["amount"]) for line in report["lines"])
    assert lines in (total, Decimal(report["total"]["after_taxes"]))
    assert report["lines"] or report["notes"]


@settings(deadline=None)
@given(st.data())
def test_a_broken_tariff_gives_a_price_or_is_refused_with_the_reason(data):
    answer(spoiled(data, TARIFF), cdr=CDR)


@settings(deadline=None)
@given(st.data())
def test_a_broken_cdr_gives_a_price_or_is_refused_with_the_reason(data):
    answer(TARIFF, cdr=spoiled(data, CDR))


@settings(deadline=None)
@given(st.data())
def test_broken_phases_give_a_price_or_are_refused_with_the_reason(data):
    answer(TARIFF, phases=spoiled(data, PHASES))


@settings(deadline=None, max_examples=50)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=5), x, max_size=3),
    )
)
def test_any_json_gives_a_price_or_is_refused_with_the_reason(anything):
    for given_ in ({"tariff": anything, "cdr": CDR}, {"tariff": TARIFF, "cdr": anything}, {"tariff": TARIFF, "phases": anything}):
        try:
            rate_report(**given_)
        except BadInput as refused:
            assert refused.text
