"""One price: quote, running cost, invoice and CDR are the same to the cent.

RATING_EXAMPLES=10000 pytest --timeout 0 tests/flows/test_price_consistency.py runs it on ten thousand sessions.
"""

import os
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from flows.conftest import KIND, NOON, Forecourt
from forecourt.billing import bill
from forecourt.flows.prices import find_price, running_cost
from forecourt.kernel import ChargerId, SessionId, Span, instant_text
from forecourt.sessions import MeterPoint, Session, phases_of
from forecourt.stations import StopReason
from forecourt.store.memory import MemoryTransactions
from forecourt.tariffs import PhaseState, rate_cdr
from money_world import PARTIES, PLACE, record

EXAMPLES = int(os.environ.get("RATING_EXAMPLES", "60"))
# 230 V times 32 A: a whole number of watt-hours every three minutes.
BLOCK_MINUTES, BLOCK_WH = 3, 368

amounts = st.integers(0, 90).map(lambda cents: cents / 100)
quarters = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.sampled_from((0, 15, 30, 45)))


def component(kind, price, step=1):
    return {"type": kind, "price": price, "vat": 19, "step_size": step}


@st.composite
def tariffs(draw):
    """Lawful for a slow socket in Germany: a price per kWh, and anything beside it."""
    elements = [
        {
            "price_components": [
                component("ENERGY", draw(amounts) + 0.1),
                component("PARKING_TIME", draw(amounts) * 10, draw(st.sampled_from((1, 60, 900)))),
            ]
        }
    ]
    if draw(st.booleans()):
        window = {"start_time": draw(quarters), "end_time": draw(quarters)}
        elements.insert(
            0, {"price_components": [component("ENERGY", draw(amounts), draw(st.sampled_from((1, 500))))], "restrictions": window}
        )
    if draw(st.booleans()):
        tier = {draw(st.sampled_from(("max_kwh", "min_kwh"))): draw(st.integers(1, 30))}
        elements.insert(0, {"price_components": [component("ENERGY", draw(amounts))], "restrictions": tier})
    if draw(st.booleans()):
        late = {"min_duration": draw(st.integers(0, 240)) * 60}
        elements.insert(0, {"price_components": [component("TIME", draw(amounts) * 5, 60)], "restrictions": late})
    if draw(st.booleans()):
        elements.append({"price_components": [component("FLAT", draw(amounts))]})
    source = {"id": "TEST", "currency": "EUR", "elements": elements, "tax_included": draw(st.sampled_from(("YES", "NO")))}
    if draw(st.booleans()):
        source["max_price"] = {"before_taxes": draw(st.integers(1, 20))}
    return source


def cdr_of(charge):
    kinds = {PhaseState.CHARGING: "TIME", PhaseState.IDLE: "PARKING_TIME"}
    periods = []
    for phase in charge.phases:
        hours = Decimal((phase.end - phase.start) // timedelta(seconds=1)) / 3600
        dimensions = [{"type": "ENERGY", "volume": Decimal(phase.energy_wh) / 1000}]
        if phase.state in kinds:
            dimensions.append({"type": kinds[phase.state], "volume": round(hours, 4)})
        periods.append({"start_date_time": instant_text(phase.start), "dimensions": dimensions})
    return {"currency": "EUR", "end_date_time": instant_text(charge.ended_at), "charging_periods": periods}


def points_of(session, start, blocks, every):
    """The meter told every so many blocks; then the car is full."""
    counts = [*range(0, blocks, every), blocks]
    states = [PhaseState.CHARGING] * (len(counts) - 1) + [PhaseState.IDLE]
    times = [start + timedelta(minutes=count * BLOCK_MINUTES) for count in counts]
    return [MeterPoint(session, at, count * BLOCK_WH, state) for at, count, state in zip(times, counts, states, strict=True)]


@settings(deadline=None, max_examples=EXAMPLES)
@given(tariffs(), st.integers(0, 60 * 24 * 300), st.integers(1, 160), st.integers(1, 300), st.integers(1, 20))
def test_quote_running_cost_invoice_and_cdr_agree_to_the_cent(source, minute, blocks, idle, every):
    place, transactions = Forecourt(MemoryTransactions()), MemoryTransactions()
    start = NOON + timedelta(minutes=minute)
    window = Span(start, start + timedelta(minutes=blocks * BLOCK_MINUTES + idle))
    with transactions.begin() as store:
        place.build(store, source)
        quote = find_price(store, place.site_id, KIND, window, blocks * BLOCK_WH)
        points = points_of(SessionId(UUID(int=1001)), start, blocks, every)
        evse, tariff = place.evse_id(1), quote.version.id
        ids = (points[0].session_id, place.operator_id, place.site_id, evse, ChargerId("CP1"))
        session = Session(*ids, "1", start, window.end, PhaseState.IDLE, 7360, tariff_version_id=tariff, driver_id=place.card_driver)
        store.sessions.put(session)
        store.sessions.add_points(points)
        running = running_cost(store, session, window.end)
        zone = store.stations.site(place.site_id).zone
    phases = phases_of(points, window.end)
    charge = replace(record(begin=start, driver=place.card_driver), phases=phases, ended_at=window.end, energy_wh=blocks * BLOCK_WH)
    charge = replace(charge, tariff_version_id=tariff, reason=StopReason.DRIVER)
    invoice = bill(charge, quote.version, replace(PLACE, zone=zone), PARTIES)
    again = rate_cdr(quote.version.tariff, cdr_of(charge), zone)
    assert quote.rating.gross == running.rating.gross == invoice.gross == again.gross
    assert quote.rating.exact_net == running.rating.exact_net == again.exact_net
