"""Protection against trying one card after another at a charger: limits how many of them are looked up."""

import asyncio
import logging
from collections import Counter, OrderedDict
from functools import partial

from forecourt.drivers import PresentedContract
from forecourt.gateway.server.contract_checks import ContractChecks
from forecourt.gateway.server.ports import GatewayPorts, OnResult
from forecourt.kernel import ChargerId, OperatorId
from forecourt.stations import Acknowledgement, CardPresented, Message, TransactionStarted, Verdict

_WINDOW_S = 600.0
_MAX_GOOD = 50_000
# How many refused cards are remembered per charger, and how many of those are looked up after all.
_MAX_REFUSED, _MAX_REPEATED = 100, 5
# A reader may report one card twice.
_READ_TWICE_S = 3.0
_REFUSED = Acknowledgement(verdict=Verdict.INVALID)
_log = logging.getLogger(__name__)


class GuessingGuard:
    """Counts the different unknown cards at each charger in the last ten minutes, and remembers cards that were valid. Time is an argument.

    Above the limit, cards are refused without a lookup. One refused this way is looked up if it is shown again: people do that, whereas
    someone guessing shows another. This is allowed only a few times in ten minutes; cards that turn out to be valid do not count.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._unknown: dict[ChargerId, OrderedDict[str, float]] = {}
        self._refused: dict[ChargerId, OrderedDict[str, float]] = {}
        self._again: dict[ChargerId, OrderedDict[str, float]] = {}
        self._good: OrderedDict[tuple[OperatorId, str], None] = OrderedDict()

    def refuses(self, charger_id: ChargerId, operator_id: OperatorId, token: str, now: float) -> bool:
        """Whether to refuse the card unasked: the limit is reached, the card was never valid, and it gets no second try."""
        tried = self._unknown.get(charger_id)
        if tried is None:
            return False
        _forget(tried, now)
        card = _folded(token)
        if len(tried) < self._most or (operator_id, card) in self._good:
            return False
        return card in tried or not self._may_try_again(charger_id, card, now)

    def _may_try_again(self, charger_id: ChargerId, card: str, now: float) -> bool:
        refused, again = (known.setdefault(charger_id, OrderedDict()) for known in (self._refused, self._again))
        _forget(refused, now)
        _forget(again, now)
        first = refused.setdefault(card, now)
        if len(refused) > _MAX_REFUSED:
            refused.popitem(last=False)
        if now - first < _READ_TWICE_S or len(again) >= _MAX_REPEATED:
            return False
        again[card] = now
        return True

    def record_verdict(self, charger_id: ChargerId, operator_id: OperatorId, token: str, verdict: Verdict, now: float) -> bool:
        """True if this unknown card exceeds the limit, and the operator should be notified."""
        card = _folded(token)
        if verdict is not Verdict.INVALID:
            self._good[operator_id, card] = None
            self._again.get(charger_id, OrderedDict()).pop(card, None)
            self._good.move_to_end((operator_id, card))
            if len(self._good) > _MAX_GOOD:
                self._good.popitem(last=False)
            return False
        tried = self._unknown.setdefault(charger_id, OrderedDict())
        _forget(tried, now)
        is_new = card not in tried
        tried[card] = now
        tried.move_to_end(card)
        if len(tried) > self._most:
            tried.popitem(last=False)
            return False
        return is_new and len(tried) == self._most


class CardChecks:
    """Everything that comes with a card passes through here. Above the limit, a question is refused without a lookup. A start is always
    stored and judged, because the charge may have happened, but it counts towards the limit."""

    def __init__(self, ports: GatewayPorts, most: int, notes: Counter[str]) -> None:
        self._store, self._ask = ports.inbox.add, ports.ask_card or ports.inbox.add
        self._admission, self._clock, self._notes = ports.admission, ports.clock, notes
        self._contracts = ContractChecks(ports.statuses, ports.clock, ports.contract_roots)
        self._guard = GuessingGuard(most)
        self._loop = asyncio.get_running_loop()
        self._notifying: set[asyncio.Task[None]] = set()

    def authorize(self, card: CardPresented, on_result: OnResult, contract: PresentedContract | None = None) -> None:
        """contract: the certificate presented with the card, which must be valid first."""
        if contract is not None:
            self._contracts.judge(contract, card, self.authorize, on_result)
        elif card.reference:
            self._ask(card, on_result)  # not typed in by anyone: it comes from the terminal, and is looked up at the processor
        elif self._guard.refuses(card.charger_id, card.operator_id, card.token, self._loop.time()):
            self._notes["card_guessed"] += 1
            on_result(_REFUSED)
        else:
            self._ask(card, partial(self._judged, card, card.token, on_result))

    def begin(self, message: Message, on_result: OnResult) -> None:
        started = message.fact
        if isinstance(started, TransactionStarted) and started.token and not started.offline:
            on_result = partial(self._judged, message, started.token, on_result)
        self._store(message, on_result)

    def _judged(self, item: CardPresented | Message, token: str, on_result: OnResult, result: Acknowledgement | BaseException) -> None:
        on_result(result)
        if not isinstance(result, Acknowledgement) or result.verdict is None:
            return
        if self._guard.record_verdict(item.charger_id, item.operator_id, token, result.verdict, self._loop.time()):
            task = asyncio.create_task(self._admission.cards_guessed(item.charger_id, self._clock.now()))
            self._notifying.add(task)
            task.add_done_callback(self._notified)

    def _notified(self, task: "asyncio.Task[None]") -> None:
        self._notifying.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("nobody could be told of guessed cards", exc_info=error)


def _forget(tried: OrderedDict[str, float], now: float) -> None:
    while tried and next(iter(tried.values())) <= now - _WINDOW_S:
        tried.popitem(last=False)


def _folded(token: str) -> str:
    return token.strip().upper()
