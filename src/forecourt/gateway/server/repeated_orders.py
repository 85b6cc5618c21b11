"""Orders that are sent twice, because the worker that sent them first was killed, reach the charger once."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from forecourt.stations import OrderResult, Outcome

# More are not under way to one charger, or answered within seconds, when a worker is killed.
MAX_REMEMBERED: Final = 16
_NOT_ANSWERED = (Outcome.UNREACHABLE, Outcome.UNANSWERED)


class RepeatedOrders:
    """The results of a charger's last orders, by their ids, and those under way.

    What got no answer is forgotten: sent again, it goes to the charger again.
    """

    def __init__(self) -> None:
        self._results: dict[str, asyncio.Task[OrderResult]] = {}

    async def once(self, order_id: str, carry_out: Callable[[], Coroutine[Any, Any, OrderResult]]) -> OrderResult:
        """The result of the order with this id, which is carried out unless it is known. Empty id: it is always carried out."""
        if not order_id:
            return await carry_out()
        task = self._results.get(order_id)
        if task is None:
            self._results[order_id] = task = asyncio.create_task(carry_out(), name=f"order {order_id}")
            task.add_done_callback(lambda done: self._ended(order_id, done))
        return await asyncio.shield(task)

    def forget_answers(self) -> None:
        """The charger has restarted: what it accepted before may be lost."""
        self._results = {order_id: task for order_id, task in self._results.items() if not task.done()}

    def _ended(self, order_id: str, task: "asyncio.Task[OrderResult]") -> None:
        if self._results.get(order_id) is not task:
            return
        if task.cancelled() or task.exception() is not None or task.result().outcome in _NOT_ANSWERED:
            del self._results[order_id]
            return
        answered = [one for one, known in self._results.items() if known.done()]
        for one in answered[: max(0, len(answered) - MAX_REMEMBERED)]:
            del self._results[one]
