"""Encoding of orders between processes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.gateway import OrderCourier, decode_order, decode_result, encode_order, encode_result
from forecourt.kernel import BadInput, ChargerId
from forecourt.stations import Order, OrderResult, Outcome, Restart
from gateway.test_schema_conformance import orders

results = st.builds(OrderResult, st.sampled_from(Outcome), st.text(), st.lists(st.tuples(st.text(), st.text())).map(tuple))


@given(orders, st.uuids().map(str) | st.just(""))
def test_an_encoded_order_with_its_id_decodes_to_the_same(order: Order, order_id: str) -> None:
    assert decode_order(encode_order(order, order_id)) == (order, order_id)


@given(results)
def test_an_encoded_result_decodes_to_the_same_result(result: OrderResult) -> None:
    assert decode_result(encode_result(result)) == result


@pytest.mark.parametrize("data", [b"", b"{}", b'["FlyToTheMoon",{},""]', b'["Restart",{"hard":5},""]', b'["Restart",{}]', b"\xff"])
def test_anything_but_an_encoded_order_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        decode_order(data)


@pytest.mark.parametrize(("error", "outcome"), [(LookupError, Outcome.UNREACHABLE), (TimeoutError, Outcome.UNANSWERED)])
async def test_errors_of_the_message_bus_become_order_outcomes(error: type[Exception], outcome: Outcome) -> None:
    async def ask(charger_id: str, data: bytes, timeout_s: float) -> bytes:
        raise error

    courier = OrderCourier(ask, unreachable=(LookupError,), unanswered=(TimeoutError,))
    assert (await courier.send_order(ChargerId("CP1"), Restart())).outcome is outcome
