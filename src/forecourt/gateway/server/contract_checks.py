"""Judges the certificate of a contract that a car presents before the contract itself (OCPP 2.x, C07)."""

import asyncio
import logging
from functools import partial

from msgspec.structs import replace

from forecourt.drivers import CertificateVerdict, ContractRoots, PresentedContract
from forecourt.gateway.server.ports import AskCard, CertificateStatuses, OnResult
from forecourt.kernel import Clock
from forecourt.stations import Acknowledgement, CardPresented, Verdict

_CANCELLED = (Verdict.BLOCKED, Verdict.EXPIRED, Verdict.INVALID)
_log = logging.getLogger(__name__)


class ContractChecks:
    """ask: judges the contract once its certificate is valid. roots: None = no certificate is trusted."""

    def __init__(self, statuses: CertificateStatuses, clock: Clock, roots: ContractRoots | None) -> None:
        self._statuses, self._clock, self._roots = statuses, clock, roots
        self._judging: set[asyncio.Task[CertificateVerdict]] = set()

    def judge(self, shown: PresentedContract, card: CardPresented, check_card: AskCard, on_result: OnResult) -> None:
        """Returns immediately. The answer covers the certificate and the contract; if the certificate is bad, the contract is not looked
        up."""
        task = asyncio.create_task(self._verdict(shown))
        self._judging.add(task)
        task.add_done_callback(partial(self._judged, card, check_card, on_result))

    def _judged(self, card: CardPresented, check_card: AskCard, on_result: OnResult, task: "asyncio.Task[CertificateVerdict]") -> None:
        self._judging.discard(task)
        if task.cancelled():
            on_result(asyncio.CancelledError())
            return
        error = task.exception()
        if error is not None:
            _log.error("certificate_not_judged", exc_info=error)
        found = CertificateVerdict.BROKEN if error is not None else task.result()
        if found is CertificateVerdict.ACCEPTED:
            check_card(card, partial(_with_contract, on_result))
        else:
            verdict = Verdict.EXPIRED if found is CertificateVerdict.EXPIRED else Verdict.INVALID
            on_result(Acknowledgement(verdict=verdict, certificate=found.value))

    async def _verdict(self, shown: PresentedContract) -> CertificateVerdict:
        """The worst of several counts."""
        if not shown.readable or self._roots is None:
            return CertificateVerdict.BROKEN
        if not shown.chain:
            statuses = await asyncio.gather(*(self._statuses.of(one) for one in shown.questions))
            now = self._clock.now()
            return _worst([self._roots.verdict(asked, answer, now) for asked, answer in zip(shown.questions, statuses, strict=True)])
        verdict, links = self._roots.judge(shown, self._clock.now())
        if verdict is not CertificateVerdict.ACCEPTED:
            return verdict
        answers = await asyncio.gather(*(self._statuses.of(one.question(shown.questions)) for one in links))
        now = self._clock.now()
        return _worst([link.verdict(answer, now) for link, answer in zip(links, answers, strict=True)])


def _worst(found: list[CertificateVerdict]) -> CertificateVerdict:
    for one in (CertificateVerdict.REVOKED, CertificateVerdict.BROKEN):
        if one in found:
            return one
    return CertificateVerdict.ACCEPTED if found else CertificateVerdict.BROKEN


def _with_contract(on_result: OnResult, result: Acknowledgement | BaseException) -> None:
    """The certificate is valid: the contract decides about the charge."""
    if isinstance(result, Acknowledgement):
        bad = result.verdict in _CANCELLED
        result = replace(result, certificate=(CertificateVerdict.OTHERS if bad else CertificateVerdict.ACCEPTED).value)
    on_result(result)
