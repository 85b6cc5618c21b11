"""Tariffs with every kind of restriction, for tests of what is said about them."""

from typing import Any

from hypothesis import strategies as st

from money_world import tariff

_RESTRICTIONS: dict[str, st.SearchStrategy[Any]] = {
    "start_time": st.sampled_from(["00:00", "07:30", "22:00"]),
    "end_time": st.sampled_from(["06:00", "12:45", "00:00"]),
    "start_date": st.just("2026-01-31"),
    "end_date": st.just("2027-02-28"),
    "min_kwh": st.sampled_from([0, 0.5]),
    "max_kwh": st.sampled_from([100, 2.25]),
    "min_duration": st.sampled_from([0, 90]),
    "max_duration": st.sampled_from([36000, 100]),
    "day_of_week": st.lists(st.sampled_from(["MONDAY", "TUESDAY", "WEDNESDAY", "SUNDAY"]), min_size=1, unique=True),
}


@st.composite
def restricted_tariffs(draw: st.DrawFn) -> dict[str, Any]:
    """The first element under some restrictions, the second under none; sometimes with two rates of tax, and with limits."""
    chosen = draw(st.lists(st.sampled_from(sorted(_RESTRICTIONS)), unique=True, max_size=4))
    restrictions = {name: draw(_RESTRICTIONS[name]) for name in chosen}
    step = draw(st.sampled_from([1, 60, 2700]))
    rates = {"PARKING_TIME": draw(st.sampled_from([19, 7, 0]))}
    kinds = ("FLAT", "ENERGY", "TIME", "PARKING_TIME")
    components = [{"type": kind, "price": 0.3, "vat": rates.get(kind, 19), "step_size": step} for kind in kinds]
    source = tariff(elements=[{"price_components": components, "restrictions": restrictions}, {"price_components": components}])
    if draw(st.booleans()):
        source["min_price"] = draw(st.sampled_from([{"before_taxes": 30, "after_taxes": 40.5}, {"after_taxes": 11.9}, {"before_taxes": 9}]))
    if draw(st.booleans()):
        source["max_price"] = draw(st.sampled_from([{"after_taxes": 0.75}, {"after_taxes": 35}, {"before_taxes": 2, "after_taxes": 2.25}]))
    return source
