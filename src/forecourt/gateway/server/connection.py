"""One socket of one charger, from the handshake to the close."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any

from forecourt.gateway.dialects import Boot, CallContext, CardQuery, CertificateStatusQuery, ContractQuery, Denied, Reply, Report, TimeQuery
from forecourt.gateway.server.certificate_recheck import RECONNECT, RECONNECTING, CertificateRecheck
from forecourt.gateway.server.context import GatewayContext
from forecourt.gateway.server.flow_control import FlowControl
from forecourt.gateway.server.handshakes import Admitted
from forecourt.gateway.server.liveness import Liveness
from forecourt.gateway.server.messages import message_of
from forecourt.gateway.server.orders import OrderExecutor
from forecourt.gateway.server.ports import TAKEOVER_REQUEST, ChargerAccess
from forecourt.gateway.server.rate_limits import TokenBucket
from forecourt.gateway.server.registry import ChargerState
from forecourt.gateway.server.socket import BAD_TEXT, GOING_AWAY, NORMAL, POLICY, TOO_BIG, Socket
from forecourt.gateway.wire import Call, CallError, CallResult, Conversation, Fault, Refusal, write_error, write_result
from forecourt.stations import (
    Acknowledgement,
    Approval,
    CardPresented,
    ChargerBooted,
    QuirkKind,
    TransactionStarted,
    Verdict,
    has_quirk,
)

_MAX_SILENT_CALLS = 3
_MAX_HELD = 200
_RETRY_S = 5.0
_STRANGERS = "strangers"
_STRANGER = Acknowledgement(stranger=True)
_log = logging.getLogger(__name__)


class ChargerConnection:
    """Reads, stores, answers and asks; none of the four waits for another.

    A frame is handled as it arrives; facts go to the inbox and are answered when they are durable; orders are calls of ours
    with a queue of their own. Once a newer socket of the same identity replaces it, in this process or another, nothing it sends
    counts any more; the newer one's calls wait for that moment.
    """

    def __init__(self, context: GatewayContext, admitted: Admitted, socket: Socket) -> None:
        self.charger_id = admitted.charger_id
        self.epoch = context.registry.next_epoch()
        self.flapping = False
        self._context = context
        self._tally, self._clock = context.tally, context.clock
        self._max_in_flight, self._max_in_flight_in_all = context.settings.in_flight_per_charger, context.settings.in_flight
        self._dialect = admitted.dialect
        self._connection_info = admitted.connection
        self._set_access(admitted.access)
        self._socket = socket
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        charger_state = (
            context.registry.charger_state(self.charger_id, admitted.access) if self.approved else ChargerState()
        )  # strangers leave no trace
        self._record_boot = charger_state.booted
        whole = self._dialect.whole_calls
        self._conversation = Conversation(f"{self.epoch:x}", context.settings.call_timeout_s, whole_calls=whole, mute=charger_state.mute)
        self._orders = OrderExecutor(self._dialect, self._conversation, socket.send, charger_state.plans, context.tally.orders)
        self._certificate_recheck = CertificateRecheck(context.settings, context.clock, admitted.certificate, now)
        self._liveness = Liveness(context.settings, now)
        self._in_flight = 0
        self._flow = FlowControl(socket, TokenBucket(context.settings.messages_per_s, context.settings.messages_burst, now))
        self._booting = False
        self._taking_over = False
        self._held: list[Call] = []
        self._ended = False
        self._moved = False  # another process now holds the charger

    def _set_access(self, access: ChargerAccess) -> None:
        self._access, self.approved = access, access.approval is Approval.APPROVED
        self._zone = access.zone if access.local_times else UTC

    def _apply_boot(self, fact: ChargerBooted) -> None:  # the known quirks of its make apply once it has booted
        local = has_quirk(QuirkKind.LOCAL_TIME, fact.vendor, fact.model, fact.firmware)
        self._zone = self._access.zone if local else UTC
        self._record_boot(fact.firmware)
        self._orders.repeated.forget_answers()

    def begin(self) -> None:
        """The socket is open: take over the charger and its orders."""
        self._context.registry.enter(self, self._loop.time())
        if self.approved:
            self._take_orders()

    def frame_received(self, frame: bytes) -> None:
        """A text frame arrived."""
        if self._ended:
            return
        now = self._loop.time()
        self._liveness.last_frame_at = now
        self._tally.frames += 1
        self._flow.count(now, len(frame))
        event = self._conversation.receive(frame)
        if isinstance(event, Call):
            self._called(event)
        elif isinstance(event, (CallResult, CallError)):
            self._orders.answered(event)
        elif isinstance(event, Refusal):
            self._refuse(event)
        else:
            self._context.tally.notes[event.reason] += 1

    def other_frame_received(self) -> None:
        """Mainly by a ping: an endless stream of them would keep the server from serving others."""
        self._flow.count(self._loop.time())

    def pong_received(self) -> None:
        self._liveness.pong_received(self._loop.time())

    def replaced(self) -> None:
        """A newer socket of this identity has authenticated."""
        self._context.tally.notes["replaced"] += 1
        self._end()
        self._socket.ping()
        self._socket.close(POLICY, "a newer connection has taken over")

    def close(self) -> None:
        """The server is shutting down."""
        self._socket.close(GOING_AWAY, "the server is stopping")

    def socket_closed(self) -> None:
        """The socket is closed."""
        self._end()
        if self._context.registry.leave(self) and not self._moved:
            self._leave_orders()

    def tick(self, now: float) -> None:
        """Runs once a second: handle whatever is overdue."""
        self._orders.expire(now)
        self._resume_if_calm()
        if self._liveness.is_silent(now):
            self._drop("silence")
        elif reason := self._certificate_recheck.why_invalid(now):
            self._evict(reason)
        elif self._liveness.has_missed_pong(now):
            self._drop("no_pong")
        elif self._conversation.silent_calls >= _MAX_SILENT_CALLS:
            self._drop("no_answers")
        elif self._liveness.reads_slowly(self._socket.unsent_bytes, now):
            self._drop("slow_reader")
        elif self._liveness.is_ping_due(now):
            self._liveness.ping_sent(now)
            self._socket.ping()

    def _called(self, call: Call) -> None:
        if self._booting or self._taking_over:
            if len(self._held) < _MAX_HELD:
                self._held.append(call)
            else:
                self._deny(call.id, Fault.INTERNAL, "booting")
            return
        if not self.approved and not self._dialect.pending_may_report and call.action != "BootNotification":
            self._deny(call.id, Fault.SECURITY, "pending")
            return
        received_at = self._clock.now()
        inbound = self._dialect.parse_call(call.action, call.payload, CallContext(received_at, call.id, call.message, self._zone))
        if isinstance(inbound, Report):
            self._report(call, inbound, received_at)
        elif isinstance(inbound, TimeQuery):
            self._answer(call.id, inbound.answer(self._context.clock.now()))
        elif isinstance(inbound, Boot):
            self._booted(call, inbound, received_at)
        elif isinstance(inbound, Denied):
            self._deny(call.id, inbound.fault, f"{call.action}:{inbound.fault.name.lower()}", inbound.where)
        elif isinstance(inbound, CardQuery):
            self._card_shown(call, inbound, received_at)
        elif isinstance(inbound, CertificateStatusQuery | ContractQuery):
            self._spawn(self._context.look_up(inbound, partial(self._answer, call.id), partial(self._deny, call.id)), call.id)
        else:
            self._note(call, inbound)

    def _note(self, call: Call, reply: Reply) -> None:
        self._context.tally.notes[reply.note] += 1
        self._answer(call.id, reply.payload)

    def _report(self, call: Call, report: Report, received_at: datetime) -> None:
        if not self.approved:
            self._report_unowned(call, report)
            return
        self._in_flight += 1
        self._tally.in_flight += 1
        if self._in_flight >= self._max_in_flight or self._tally.in_flight >= self._max_in_flight_in_all:
            self._flow.pause("in_flight")
        store_message = self._context.cards.begin if isinstance(report.fact, TransactionStarted) else self._context.inbox.add
        message = message_of(self.charger_id, self._access, call, report, received_at, self.flapping)
        store_message(message, partial(self._stored, call.id, report))

    def _report_unowned(self, call: Call, report: Report) -> None:
        """There is no operator yet whose inbox could take it, but a transaction message must not be lost. If strangers send many, they
        are not acknowledged: a genuine charger sends it again, and no one can fill the disk."""
        now = self._loop.time()
        if not report.transactional:
            self._answer(call.id, report.answer(_STRANGER))
        elif self._context.unowned.reached(_STRANGERS, now):
            self._deny(call.id, Fault.INTERNAL, "unknown_crowd")
        else:
            self._context.unowned.count(_STRANGERS, now)
            self._spawn(self._store_unowned(call, report), call.id)

    async def _store_unowned(self, call: Call, report: Report) -> None:
        await self._context.admission.store_unowned(self.charger_id, call.action, call.payload, self._context.clock.now())
        self._context.tally.notes["set_aside"] += 1
        self._answer(call.id, report.answer(Acknowledgement(verdict=Verdict.INVALID)))

    def _stored(self, call_id: str, report: Report, acknowledgement: Acknowledgement | BaseException) -> None:
        self._in_flight -= 1
        tally = self._tally
        tally.in_flight -= 1
        if self._flow.paused_by:
            self._resume_if_calm()
        if isinstance(acknowledgement, BaseException):
            self._not_stored(call_id, acknowledgement)
            return
        if acknowledgement.repeated:
            tally.facts_repeated += 1
        if self._orders.caps:
            acknowledgement = self._orders.with_cap(report.fact, acknowledgement)
        self._answer(call_id, report.answer(acknowledgement))
        tally.acknowledged += 1

    def _not_stored(self, call_id: str, error: BaseException) -> None:
        """If the gateway is stopping, leave it to the charger to send it again."""
        if not isinstance(error, asyncio.CancelledError):
            self._deny(call_id, Fault.INTERNAL, "not_kept")

    def _resume_if_calm(self) -> None:
        if (
            "in_flight" in self._flow.paused_by
            and self._in_flight < self._max_in_flight
            and self._tally.in_flight < self._max_in_flight_in_all
        ):
            self._flow.resume("in_flight")

    def _booted(self, call: Call, boot: Boot, received_at: datetime) -> None:
        """Store the fact, then answer. Later calls wait in a queue."""
        self._booting = True
        if self.approved:
            self._store_boot(call, boot, received_at)
        else:
            self._spawn(self._boot_unapproved(call, boot), call.id)

    def _store_boot(self, call: Call, boot: Boot, received_at: datetime) -> None:
        message = message_of(self.charger_id, self._access, call, boot, received_at, self.flapping)
        self._context.inbox.add(message, partial(self._boot_stored, call, boot))

    def _boot_stored(self, call: Call, boot: Boot, acknowledgement: Acknowledgement | BaseException) -> None:
        if isinstance(acknowledgement, BaseException):
            self._not_stored(call.id, acknowledgement)
        elif acknowledgement.stranger:
            self._spawn(self._boot_unapproved(call, boot), call.id)
            return
        else:
            context = self._context
            self._apply_boot(boot.fact)
            self._answer(call.id, boot.answer(Approval.APPROVED, context.clock.now(), context.settings.heartbeat_s))
            context.tally.acknowledged += 1
        self._end_boot()

    async def _boot_unapproved(self, call: Call, boot: Boot) -> None:
        """Look the charger up again: since it connected, it may have been approved, moved or rejected."""
        context, was_approved = self._context, self.approved
        try:
            self._set_access(await context.admission.find(self.charger_id) or ChargerAccess(Approval.PENDING))
            if not self.approved:
                approval = await context.admission.list_unknown(self.charger_id, boot.fact, context.clock.now())
                answer = Approval.REFUSED if approval.turned_away else Approval.PENDING
                self._answer(call.id, boot.answer(answer, context.clock.now(), context.settings.pending_s))
        except BaseException:
            self._end_boot()
            raise
        if not self.approved:
            self._end_boot()
            return
        if not was_approved and not self._ended:
            self._take_orders()
        self._store_boot(call, boot, context.clock.now())

    def _end_boot(self) -> None:
        self._booting = False
        self._handle_held()

    def _handle_held(self) -> None:
        """Handle the calls that had to wait; any that still have to are queued again."""
        waiting_calls, self._held = self._held, []
        for waiting in waiting_calls:
            self._called(waiting)

    def _card_shown(self, call: Call, question: CardQuery, received_at: datetime) -> None:
        access = self._access
        if access.operator_id is None or access.site_id is None or not self.approved:
            self._answer(call.id, question.answer(Acknowledgement()))
        else:
            card = CardPresented(self.charger_id, access.operator_id, access.site_id, question.token, received_at, question.reference)
            self._context.cards.authorize(card, partial(self._judged, call.id, question), question.contract)

    def _judged(self, call_id: str, question: CardQuery, acknowledgement: Acknowledgement | BaseException) -> None:
        if isinstance(acknowledgement, BaseException):
            self._not_stored(call_id, acknowledgement)
        else:
            self._answer(call_id, question.answer(acknowledgement))

    def _refuse(self, refusal: Refusal) -> None:
        self._context.tally.rejects[refusal.reason] += 1
        self._socket.send(write_error(refusal.id, refusal.fault, self._dialect.spelling))
        if refusal.reason == "size":
            self._socket.close(TOO_BIG, "the message is too big")
        elif refusal.reason == "utf8":
            self._socket.close(BAD_TEXT, "the message is not UTF-8")

    def _deny(self, call_id: str, fault: Fault, reason: str, where: str = "") -> None:
        self._context.tally.rejects[reason] += 1
        if not self._ended:
            self._socket.send(write_error(call_id, fault, self._dialect.spelling, where))

    def _answer(self, call_id: str, payload: bytes) -> None:
        if not self._ended:
            self._socket.send(write_result(call_id, payload))

    def _evict(self, reason: str) -> None:
        """Its page shows the reason until it reconnects."""
        _log.warning("%s is turned out: its certificate %s", self.charger_id, reason)
        self._spawn(self._context.admission.certificate_refused(self.charger_id, reason, self._context.clock.now()))
        self._drop("certificate")

    def _drop(self, reason: str) -> None:
        self._context.tally.notes[reason] += 1
        self._socket.close(NORMAL, reason)

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._orders.abandon()

    def _take_orders(self) -> None:
        if not self._ended:
            self._taking_over = True
            self._spawn(self._take_over(), retry=self._take_orders)

    async def _take_over(self) -> None:
        try:
            if await self._context.bus.take_over(self.charger_id):
                self._context.registry.record_takeover(self, self._loop.time())
        finally:
            self._taking_over = False
            self._handle_held()
        if not self._ended:
            await self._context.bus.serve_orders(self.charger_id, self._take_order, self._connection_info)

    async def _take_order(self, order: bytes) -> bytes:
        if order.startswith(RECONNECT):
            self._loop.call_soon(self._drop, "sent_out")  # once the answer has been sent
            return RECONNECTING
        return self._yield_to_newer() if order == TAKEOVER_REQUEST else await self._orders.handle(order)

    def _yield_to_newer(self) -> bytes:
        """A newer socket of this identity has authenticated in another process. Empty if this one had already ended."""
        if self._ended:
            return b""
        self._moved = True
        self._context.registry.record_takeover(self, self._loop.time())
        self._spawn(self._context.bus.unserve_orders(self.charger_id, moved=True))
        self.replaced()
        return TAKEOVER_REQUEST

    def _leave_orders(self) -> None:
        """Unless a newer socket has connected in the meantime."""
        if self._context.registry.of(self.charger_id) is None:
            self._spawn(self._context.bus.unserve_orders(self.charger_id), retry=self._leave_orders)

    def _spawn(self, work: Coroutine[Any, Any, None], call_id: str | None = None, retry: Callable[[], None] | None = None) -> None:
        """call_id: the call that this work answers. again: how to retry once if it fails."""
        task = asyncio.create_task(work, name=f"visit {self.charger_id}")
        self._context.tasks.add(task)
        task.add_done_callback(partial(self._finished, call_id, retry))

    def _finished(self, call_id: str | None, retry: Callable[[], None] | None, task: "asyncio.Task[None]") -> None:
        """Work that fails (the database is down) must not leave a call unanswered or a charger unreachable."""
        self._context.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is None:
            return
        _log.error("%s failed", task.get_name(), exc_info=error)
        if call_id is not None:
            self._deny(call_id, Fault.INTERNAL, "failed")
        if retry is not None:
            self._loop.call_later(_RETRY_S, retry)
