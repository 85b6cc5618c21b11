"""Common charging periods are read in one pass, with the same result as the general way."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.tariffs import rate_cdr, read_cdr
from tariffs.texts import element, price, tariff

RULES = tariff(
    element(price("ENERGY", "0.35", 10), start_time="14:00", end_time="20:00"),
    element(price("FLAT", "0.5", 20), price("ENERGY", "0.25", 10, 100), price("TIME", "1.5", 20, 60), price("PARKING_TIME", 2, 20, 900)),
)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

hours = st.one_of(
    st.integers(0, 3),
    st.decimals(0, 3, places=4, allow_nan=False),
    st.decimals(0, 3, places=9, allow_nan=False),
    st.floats(0.001, 3),
    st.sampled_from((Decimal("0.6667"), Decimal("1.50"), 0.25, "0.5")),
)
kwh = st.one_of(st.integers(0, 99), st.decimals(0, 99, places=3), st.decimals(0, 9, places=7), st.floats(0.001, 99), st.just("20.5"))
volumes = st.dictionaries(st.sampled_from(("ENERGY", "TIME", "PARKING_TIME")), st.none(), max_size=3).flatmap(
    lambda kinds: st.fixed_dictionaries({kind: kwh if kind == "ENERGY" else hours for kind in kinds})
)
periods = st.lists(st.tuples(volumes, st.integers(-200, 200)), min_size=1, max_size=4)


def record(found: list[tuple[dict[str, object], int]], **more: object) -> dict[str, object]:
    """A CDR of the periods, each as long as its times and some seconds; more: put on every dimension."""
    start, made = NOON, []
    for stated, seconds in found:
        dimensions = [{"type": kind, "volume": volume, **more} for kind, volume in stated.items()]
        made.append({"start_date_time": start.isoformat().replace("+00:00", "Z"), "dimensions": dimensions})
        length = sum(Decimal(str(volume)) * 3600 for kind, volume in stated.items() if kind != "ENERGY")
        start += timedelta(seconds=max(0, round(length) + seconds // 40))
    return {"end_date_time": start.isoformat(), "charging_periods": made}


@settings(deadline=None, max_examples=150)
@given(periods)
def test_fast_and_general_reading_of_a_period_give_the_same_rating(found: list[tuple[dict[str, object], int]]) -> None:
    """An additional field sends a period to the general way."""
    usual, careful = record(found), record(found, remark="")
    assert read_cdr(RULES, usual) == read_cdr(RULES, careful)
    assert repr(rate_cdr(RULES, usual, "Europe/Berlin")) == repr(rate_cdr(RULES, careful, "Europe/Berlin"))


def test_the_example_cdr_of_ocpi_agrees_with_its_totals() -> None:
    """mod_cdrs, Example of a CDR: 1.973 h at 2.00 an hour in steps of 300 s."""
    example = {
        "start_date_time": "2024-12-05T17:39:09Z",
        "end_date_time": "2024-12-05T19:37:32Z",
        "currency": "EUR",
        "charging_periods": [
            {"start_date_time": "2024-12-05T17:39:09Z", "dimensions": [{"type": "TIME", "volume": 1.973}], "tariff_id": "12"}
        ],
        "total_cost": {"before_taxes": 4.00, "taxes": [{"name": "VAT", "amount": 0.40}]},
        "total_energy": 0,
        "total_time": 1.973,
        "total_time_cost": {"before_taxes": 4.00, "taxes": [{"name": "VAT", "amount": 0.40}]},
    }
    rating = rate_cdr(tariff(element(price("TIME", 2, 10, 300)), id="12"), example)
    assert (rating.exact_net, rating.exact_gross, rating.notes) == (4, Decimal("4.4"), ())
