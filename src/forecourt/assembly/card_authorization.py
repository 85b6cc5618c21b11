"""Authorizes cards at the gateway that need a request to another system: a refused card is looked up at a roaming partner that may vouch
for it, a payment at the charger's own terminal at the processor; then it is checked again."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog
from msgspec.structs import replace

from forecourt.assembly.parts import Parts
from forecourt.assembly.roaming_partners import partner_line
from forecourt.assembly.terminal_payments import WAIT_S as TERMINAL_WAIT_S
from forecourt.assembly.terminal_payments import TerminalPayments
from forecourt.flows.ports import PartnerClient, PartnerResponse, PartnerUnreachable, StoreUnavailable, Transactions
from forecourt.flows.roaming import apply_authorization, authorization_question
from forecourt.gateway import GroupCommitWriter
from forecourt.kernel import Clock
from forecourt.stations import Acknowledgement, CardPresented, Verdict

# Somebody is standing at the charger: this is the maximum wait, whatever a partner's system or its name server does.
WAIT_S = 2.0
_REFUSED = (Verdict.INVALID, Verdict.EXPIRED)
_THREADS = 8
_OnResult = Callable[[Acknowledgement | BaseException], None]
_log = structlog.get_logger("forecourt.gateway")


class CardAuthorizer:
    """Checks cards before the writer does. Only a refused card waits, and only that one. terminals: None = no processor is asked."""

    def __init__(
        self,
        writer: GroupCommitWriter,
        transactions: Transactions,
        clock: Clock,
        line: PartnerClient,
        terminals: TerminalPayments | None = None,
    ) -> None:
        self._writer, self._transactions, self._clock, self._line, self._terminals = writer, transactions, clock, line, terminals
        self._threads = ThreadPoolExecutor(_THREADS, "partners")
        self._tasks: set[asyncio.Task[bool]] = set()

    def authorize(self, card: CardPresented, on_result: _OnResult) -> None:
        self._writer.add(card, partial(self._first_result, card, on_result))

    def _first_result(self, card: CardPresented, on_result: _OnResult, result: Acknowledgement | BaseException) -> None:
        on_result = partial(self._add_link, card, on_result)
        if not isinstance(result, Acknowledgement) or result.verdict not in _REFUSED:
            on_result(result)
            return
        task = asyncio.create_task(self._is_authorized(card))
        self._tasks.add(task)
        task.add_done_callback(partial(self._finished, card, on_result, result))

    def _add_link(self, card: CardPresented, on_result: _OnResult, result: Acknowledgement | BaseException) -> None:
        """Show a payer at a terminal the link to their charge."""
        if isinstance(result, Acknowledgement) and result.verdict is Verdict.ACCEPTED and card.reference and self._terminals:
            result = replace(result, link=self._terminals.link(card))
        on_result(result)

    def _finished(self, card: CardPresented, on_result: _OnResult, refused: Acknowledgement, task: "asyncio.Task[bool]") -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, TimeoutError | StoreUnavailable):
            _log.error("partner_not_asked", exc_info=error)
        if task.cancelled() or error is not None or not task.result():
            on_result(refused)
        else:
            self._writer.add(card, on_result)

    async def _is_authorized(self, card: CardPresented) -> bool:
        async with asyncio.timeout(TERMINAL_WAIT_S if card.reference else WAIT_S):
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, card)

    def _ask(self, card: CardPresented) -> bool:
        """No unit of work is open while waiting for the partner."""
        if card.reference:
            return self._terminals is not None and self._terminals.is_authorized(card)
        with self._transactions.begin() as store:
            question = authorization_question(store, card, self._clock.now())
        if question is None or question.call is None:
            return question is not None
        reply: PartnerResponse | None
        try:
            reply = self._line.call(question.call)
        except PartnerUnreachable as error:
            _log.info("partner_unreachable", partner=question.call.partner.name, error=str(error))
            reply = None
        with self._transactions.begin() as store:
            return apply_authorization(store, question, reply, self._clock.now())


def card_authorizer(writer: GroupCommitWriter, parts: Parts) -> CardAuthorizer:
    link = (parts.secret, parts.settings.public_url or f"http://{parts.settings.http}")
    terminals = TerminalPayments(parts.transactions, parts.clock, parts.ids, parts.processor, link)
    return CardAuthorizer(writer, parts.transactions, parts.clock, partner_line(parts), terminals)
