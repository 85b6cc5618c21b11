"""Parts that all pages share: sealed values, CSRF tokens, the throttle, number formats, amounts, live fragments."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.exceptions import ServiceUnavailableException

from forecourt.kernel import BadInput, Money, NotFound
from forecourt.web.frame import live, sealing
from forecourt.web.frame.amounts import parse_amount
from forecourt.web.frame.live import MAX_WATCHERS, LiveFragments, Watcher
from forecourt.web.frame.throttle import Throttle
from forecourt.wording import EN

KEY, OTHER = b"a" * 32, b"b" * 32


@given(st.text(min_size=1).filter(lambda text: "." not in text), st.text())
def test_a_sealed_value_opens_only_with_its_key_and_purpose(text, noise):
    sealed = sealing.seal(KEY, "session", text)
    assert sealing.unseal(KEY, "session", sealed) == text
    assert sealing.unseal(OTHER, "session", sealed) is None and sealing.unseal(KEY, "other", sealed) is None
    assert sealing.unseal(KEY, "session", noise) is None


@given(st.text(), st.text())
def test_a_form_token_fits_only_its_visitor_and_differs_each_time(binding, other):
    token = sealing.form_token(KEY, binding)
    assert sealing.form_token_fits(KEY, binding, token) and token != sealing.form_token(KEY, binding)
    assert sealing.form_token_fits(KEY, other, token) is (other == binding)


@given(st.text())
def test_random_text_is_not_a_valid_form_token(noise):
    assert not sealing.form_token_fits(KEY, "x", noise)


def test_failures_count_only_within_their_window():
    at = [0.0]
    throttle = Throttle(2, 60, lambda: at[0])
    throttle.failed("a"), throttle.failed("a")
    assert throttle.wait_s("a") > 0 and throttle.wait_s("b") == 0
    at[0] = 61.0
    assert throttle.wait_s("a") == 0


def test_numbers_are_formatted_with_their_units():
    assert EN.money(Money(1250, "USD")) == "$12.50" and EN.money(Money(-1200, "JPY")) == "-¥1,200"
    assert (EN.kwh(8425), EN.kwh(42_749), EN.kw(6650)) == ("8.43 kWh", "42.7 kWh", "6.7 kW")
    assert [EN.duration(timedelta(seconds=one)) for one in (42, 720, 11_100, -5)] == ["42 s", "12 min", "3 h 05 min", "0 s"]
    assert EN.clock(datetime(2026, 7, 1, 12, tzinfo=UTC), "America/Los_Angeles") == "05:00"


async def always() -> bool:
    return True


PHONE = Watcher("192.0.2.7", always)


async def test_a_live_fragment_is_rendered_once_for_all_viewers_and_sent_only_when_changed():
    pages, drawn = LiveFragments(), itertools.count()

    def draw() -> str:
        next(drawn)
        return "same"

    streams = [pages._updates(PHONE, "key", draw) for _ in range(5)]
    assert [await anext(stream) for stream in streams] == ["same"] * 5
    assert next(drawn) == 1
    waiting = asyncio.create_task(anext(streams[0]))
    done, _ = await asyncio.wait([waiting], timeout=1.5)
    assert not done
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    for stream in streams:
        await stream.aclose()
    assert pages._watchers == pages._from == {}


async def test_a_live_stream_ends_when_the_viewers_sign_in_ends(monkeypatch):
    monkeypatch.setattr(live, "_LOOKED_S", 0.0)
    signed_in, drawn = iter([True, False]), itertools.count()

    async def still() -> bool:
        return next(signed_in)

    seen = [text async for text in LiveFragments()._updates(Watcher("192.0.2.7", still), "key", lambda: f"figure {next(drawn)}")]
    assert seen == ["figure 0"]


async def test_live_streams_are_limited_for_each_address():
    pages = LiveFragments()
    streams = [pages._updates(PHONE, "key", lambda: "drawn") for _ in range(MAX_WATCHERS + 1)]
    assert [await anext(stream, "ended") for stream in streams] == ["drawn"] * MAX_WATCHERS + ["ended"]
    with pytest.raises(ServiceUnavailableException):
        await pages.stream(PHONE, "another", lambda: "drawn")
    await streams[0].aclose()
    await pages.stream(PHONE, "another", lambda: "drawn")
    await pages.stream(Watcher("198.51.100.1", always), "another", lambda: "drawn")


async def test_a_refused_or_abandoned_live_stream_leaves_no_state():
    pages = LiveFragments()

    def refuse() -> str:
        raise NotFound("visit", "There is no such visit.")

    for number in range(3):
        with pytest.raises(NotFound):
            await pages.stream(PHONE, f"visit/{number}", refuse)
    await pages.stream(PHONE, "visit/gone", lambda: "drawn")
    await asyncio.sleep(1.2)
    assert pages._drawn == {}


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ("element 3: once", "Once per charge"),
        ("element 4 (16:00 to 21:00): 0.47 kWh", "Price for 16:00 to 21:00: 0.47 kWh"),
        ("element 1: 12 min", "Price at all times: 12 min"),
        ("The maximum of this tariff.", "The maximum of this tariff."),
    ],
)
def test_price_reasons_omit_the_numbers_of_tariff_elements(kept, told):
    assert EN.because(kept, "EUR") == told


@pytest.mark.parametrize(("typed", "currency"), [("1.250", "EUR"), ("1,250", "EUR"), ("1.000", "JPY"), ("1.250,50", "EUR"), ("nan", "EUR")])
def test_an_amount_with_an_ambiguous_separator_is_refused(typed, currency):
    with pytest.raises(BadInput, match="is not an amount"):
        parse_amount(typed, currency, "amount")
    assert parse_amount("12,50", "EUR", "amount") == parse_amount("12.5", "EUR", "amount") == Money(1250, "EUR")
    assert parse_amount("1.250", "KWD", "amount") == Money(1250, "KWD")
