"""Sends orders: hands each to whichever process holds the charger's socket."""

from collections.abc import Awaitable, Callable

from forecourt.gateway.orders_codec import decode_result, encode_order
from forecourt.kernel import BadInput, ChargerId
from forecourt.stations import Order, OrderResult, Outcome

SendRequest = Callable[[str, bytes, float], Awaitable[bytes]]


class OrderCourier:
    """Turns a bus that carries bytes into one that carries orders.

    request: (charger id, order, seconds to wait) -> result. unreachable: the errors it raises when nothing was delivered;
    unanswered: the errors it raises when the order's fate is unknown.
    """

    def __init__(
        self,
        request: SendRequest,
        unreachable: tuple[type[Exception], ...] = (),
        unanswered: tuple[type[Exception], ...] = (),
        timeout_s: float = 40.0,
    ) -> None:
        self._request = request
        self._unreachable = unreachable
        self._unanswered = unanswered
        self._timeout_s = timeout_s

    async def send_order(self, charger_id: ChargerId, order: Order, order_id: str = "") -> OrderResult:
        """Send an order and return how it ended. The two kinds of errors become results; they are not raised.

        order_id: by which the holder of the socket knows an order that was sent before; empty: it is not sent again.
        """
        try:
            return decode_result(await self._request(charger_id, encode_order(order, order_id), self._timeout_s))
        except self._unreachable:
            return OrderResult(Outcome.UNREACHABLE)
        except self._unanswered:
            return OrderResult(Outcome.UNANSWERED)
        except BadInput as error:
            return OrderResult(Outcome.UNANSWERED, error.text)
