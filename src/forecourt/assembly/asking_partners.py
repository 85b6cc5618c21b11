"""Cards of roaming partners at the gateway: a card that was refused is asked about where one vouches for it, then judged once more."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog

from forecourt.flows.ports import PartnerLine, PartnerReply, PartnerUnreachable, StoreUnavailable, Transactions
from forecourt.flows.roaming import ask_about, partner_answered
from forecourt.gateway import GroupCommitWriter
from forecourt.kernel import Clock
from forecourt.stations import Acknowledgement, CardShown, Said, Verdict

# Somebody stands at the charger: so long at most, whatever a partner's system or its name server does.
WAIT_S = 2.0
_REFUSED = (Verdict.INVALID, Verdict.EXPIRED)
_THREADS = 8
_Kept = Callable[[Acknowledgement | BaseException], None]
_log = structlog.get_logger("forecourt.gateway")


class AskingInbox:
    """The gateway's inbox, before the writer. Only a card that was refused waits, and it alone."""

    def __init__(self, writer: GroupCommitWriter, transactions: Transactions, clock: Clock, line: PartnerLine) -> None:
        self._writer, self._transactions, self._clock, self._line = writer, transactions, clock, line
        self._threads = ThreadPoolExecutor(_THREADS, "partners")
        self._asking: set[asyncio.Task[bool]] = set()

    def add(self, said: Said, kept: _Kept) -> None:
        self._writer.add(said, partial(self._answered, said, kept) if isinstance(said, CardShown) else kept)

    def _answered(self, card: CardShown, kept: _Kept, result: Acknowledgement | BaseException) -> None:
        if not isinstance(result, Acknowledgement) or result.verdict not in _REFUSED:
            kept(result)
            return
        task = asyncio.create_task(self._is_good(card))
        self._asking.add(task)
        task.add_done_callback(partial(self._asked, card, kept, result))

    def _asked(self, card: CardShown, kept: _Kept, refused: Acknowledgement, task: "asyncio.Task[bool]") -> None:
        self._asking.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, TimeoutError | StoreUnavailable):
            _log.error("partner_not_asked", exc_info=error)
        if task.cancelled() or error is not None or not task.result():
            kept(refused)
        else:
            self._writer.add(card, kept)

    async def _is_good(self, card: CardShown) -> bool:
        async with asyncio.timeout(WAIT_S):
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, card)

    def _ask(self, card: CardShown) -> bool:
        """No unit of work waits for the partner."""
        with self._transactions.begin() as store:
            question = ask_about(store, card, self._clock.now())
        if question is None or question.call is None:
            return question is not None
        reply: PartnerReply | None
        try:
            reply = self._line.call(question.call)
        except PartnerUnreachable as error:
            _log.info("partner_unreachable", partner=question.call.partner.name, error=str(error))
            reply = None
        with self._transactions.begin() as store:
            return partner_answered(store, question.token, reply, self._clock.now())
