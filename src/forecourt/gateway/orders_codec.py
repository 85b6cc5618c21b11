"""Orders and their results as bytes, for sending between processes."""

from typing import get_args

import msgspec
from msgspec import Raw

from forecourt.kernel import BadInput
from forecourt.stations import Order, OrderResult

_DECODERS = {kind.__name__: msgspec.json.Decoder(kind) for kind in get_args(Order)}
_ENVELOPE = msgspec.json.Decoder(tuple[str, Raw, str])
_RESULT = msgspec.json.Decoder(OrderResult)


def encode_order(order: Order, order_id: str = "") -> bytes:
    """The order's kind, its fields and its id, as a JSON list of three. order_id: the same each time it is sent; empty: it is sent once."""
    return msgspec.json.encode((type(order).__name__, order, order_id))


def decode_order(data: bytes) -> tuple[Order, str]:
    """The order and its id. Raises BadInput for anything not written by `encode_order`."""
    try:
        kind, body, order_id = _ENVELOPE.decode(data)
        order: Order = _DECODERS[kind].decode(body)
    except (msgspec.MsgspecError, KeyError) as error:
        raise BadInput("order", "This is not an order to a charger.") from error
    return order, order_id


def encode_result(result: OrderResult) -> bytes:
    return msgspec.json.encode(result)


def decode_result(data: bytes) -> OrderResult:
    """Raises BadInput for anything not written by `encode_result`."""
    try:
        return _RESULT.decode(data)
    except msgspec.MsgspecError as error:
        raise BadInput("order_result", "This is not the result of an order.") from error
