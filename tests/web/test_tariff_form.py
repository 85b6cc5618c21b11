"""Converting a tariff to the form and back loses nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import BadInput
from forecourt.tariffs import Phase, PhaseState, Usage, parse_tariff, rate
from forecourt.web.views.tariff_form import DAYS, FormLine, local_instant, new_form, tariff_to_form

START = datetime(2026, 6, 1, 3, tzinfo=UTC)
clock = st.builds(lambda hour, minute: f"{hour:02d}:{minute:02d}", st.integers(0, 23), st.sampled_from([0, 15, 30]))
restrictions = st.fixed_dictionaries(
    {},
    optional={
        "start_time": clock,
        "end_time": clock,
        "min_duration": st.integers(1, 300).map(lambda minutes: minutes * 60),
        "day_of_week": st.lists(st.sampled_from(DAYS), min_size=1, max_size=6, unique=True),
    },
)
components = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["ENERGY", "TIME", "PARKING_TIME", "FLAT"]),
        "price": st.decimals(0, 20, places=4),
        "step_size": st.sampled_from([1, 60, 300]),
    },
    optional={"vat": st.sampled_from([7, 19, 21])},
)
elements = st.fixed_dictionaries({"price_components": st.lists(components, min_size=1, max_size=3), "restrictions": restrictions})


@settings(max_examples=60)
@given(st.lists(elements, min_size=1, max_size=4), st.sampled_from(["YES", "NO"]), st.integers(0, 60_000), st.integers(0, 600))
def test_a_tariff_converted_to_the_form_and_back_rates_the_same(parts, tax_included, energy_wh, idle_min):
    before = parse_tariff({"id": "T", "currency": "EUR", "tax_included": tax_included, "elements": parts})
    form = tariff_to_form(before)
    assert form is not None
    after = parse_tariff(form.source())
    full, end = START + timedelta(minutes=200), START + timedelta(minutes=201 + idle_min)
    usage = Usage((Phase(PhaseState.CHARGING, START, full, energy_wh), Phase(PhaseState.IDLE, full, end, 0)), "Europe/Berlin")
    one, other = rate(before, usage), rate(after, usage)
    assert (one.gross, one.taxes, [(line.amount, line.quantity) for line in one.lines]) == (
        other.gross, other.taxes, [(line.amount, line.quantity) for line in other.lines],
    )  # fmt: skip


def test_a_price_added_to_a_tariff_has_the_tax_rate_that_the_others_share():
    form = replace(new_form("DE", "EUR"), lines=(FormLine("energy", "0.49", "19"), FormLine("start", "1", "19")))
    assert form.with_lines(1).lines[-1] == FormLine(vat="19")
    assert replace(form, lines=(*form.lines, FormLine("no-show", "4", "0"))).with_lines(1).lines[-1].vat == ""


@pytest.mark.parametrize(("rates", "missing"), [(("19", ""), "vat-1"), (("", "7"), "vat-0"), (("", ""), None), (("19", "0"), None)])
def test_a_price_without_a_tax_rate_beside_one_with_a_rate_is_refused(rates, missing):
    lines = tuple(FormLine(kind, "1", rate) for kind, rate in zip(("energy", "start"), rates, strict=True))
    form = replace(new_form("DE", "EUR"), lines=lines)
    if missing is None:
        form.require_tax()
    else:
        with pytest.raises(BadInput) as refused:
            form.require_tax()
        assert refused.value.code == missing
    replace(form, tax_included="N/A").require_tax()


def test_a_tariff_the_form_cannot_express_is_edited_as_json():
    element = {"price_components": [{"type": "ENERGY", "price": 1}], "restrictions": {"max_power": 50}}
    source = {"id": "T", "currency": "EUR", "elements": [element]}
    assert tariff_to_form(parse_tariff(source)) is None
    assert tariff_to_form(parse_tariff(source | {"elements": [element | {"restrictions": {}}]})) is not None


def test_a_local_time_in_the_skipped_hour_is_refused():
    with pytest.raises(BadInput) as refused:
        local_instant("2026-03-29T02:30", "Europe/Berlin")
    assert "skip 02:30" in refused.value.text
    assert local_instant("2026-03-29T03:00", "Europe/Berlin") == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert local_instant("2026-10-25T02:30", "Europe/Berlin") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # the first of the two
    assert local_instant(" ", "Europe/Berlin") is None


def test_a_new_tariff_starts_with_the_vat_rate_of_its_country():
    assert {line.vat for line in new_form("NL", "EUR").lines} == {"21"} and {line.vat for line in new_form("US", "USD").lines} == {""}
