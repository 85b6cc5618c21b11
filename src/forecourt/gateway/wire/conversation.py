"""Both directions of one socket: which calls were made, which are still open, which are overdue."""

from collections import deque
from typing import NamedTuple

from forecourt.gateway.wire.frames import Call, CallError, CallResult, Event, Stray, WholeCalls, read_frame, write_call

# For calls this charger has never answered, or whose answer is optional: calls queued behind them are not held up for long.
_BRIEF_S = 5.0


class _Waiting(NamedTuple):
    id: str
    action: str
    payload: bytes
    brief: bool


class Conversation:
    """Bookkeeping of one socket's calls. At most one call of ours is open, as the standard requires; the others are queued, brief ones
    behind all others.

    now: seconds of any clock that only goes forward. whole_calls: see `read_frame`. mute: actions that this charger did not answer,
    although it answered later calls; outlives the socket.
    """

    def __init__(
        self,
        prefix: str,
        timeout_s: float = 30.0,
        max_waiting: int = 64,
        whole_calls: WholeCalls | None = None,
        mute: set[str] | None = None,
    ) -> None:
        self._prefix = prefix
        self._whole_calls = whole_calls or {}
        self._timeout_s = timeout_s
        self._max_waiting = max_waiting
        self._count = 0
        self._queue: deque[_Waiting] = deque()
        self._brief: deque[_Waiting] = deque()
        self._open: _Waiting | None = None
        self._late: dict[str, str] = {}  # calls that timed out since the last answered call: id to action
        self._mute = set() if mute is None else mute
        self._due = 0.0
        self._known: set[str] = set()  # actions that it has answered on this socket
        self.silent_calls = 0  # in a row, of actions that it has answered before: some chargers never answer what they do not know

    @property
    def open_id(self) -> str | None:
        """The call of ours that was sent and has no answer yet."""
        return self._open.id if self._open else None

    @property
    def mute(self) -> tuple[str, ...]:
        return tuple(sorted(self._mute))

    @property
    def is_full(self) -> bool:
        return len(self._queue) + len(self._brief) >= self._max_waiting

    def receive(self, frame: bytes) -> Event:
        """Interpret a frame. An answer counts only for the open call: a late or foreign one is Stray."""
        event = read_frame(frame, self._whole_calls)
        if type(event) is Call:
            return event
        if isinstance(event, (CallResult, CallError)):
            return event if self._is_due(event.id) else Stray("answer_foreign")
        return event

    def _is_due(self, call_id: str) -> bool:
        """Whether this call is open. An answer to a later call shows that earlier ones arrived and were not understood."""
        slow = [action for action, late_id in self._late.items() if late_id == call_id]
        for action in slow:
            del self._late[action]
            self._mute.discard(action)
        if self._open is None or call_id != self._open.id:
            return False
        self._mute.update(self._late.keys() - self._known)
        self._late.clear()
        self._mute.discard(self._open.action)
        self._known.add(self._open.action)
        self._open, self.silent_calls = None, 0
        return True

    def queue_call(self, action: str, payload: bytes, brief: bool = False) -> str:
        """Queue a call and return its id. `next_frame` returns what may be sent now. brief: its answer is optional."""
        self._count += 1
        call_id = f"{self._prefix}-{self._count}"
        (self._brief if brief else self._queue).append(_Waiting(call_id, action, payload, brief))
        return call_id

    def next_frame(self, now: float) -> bytes | None:
        """The frame of the next call, if none is open."""
        line = self._queue or self._brief
        if self._open is not None or not line:
            return None
        self._open = line.popleft()
        short = self._open.brief or self._open.action in self._mute
        self._due = now + (min(_BRIEF_S, self._timeout_s) if short else self._timeout_s)
        return write_call(self._open.id, self._open.action, self._open.payload)

    def expire(self, now: float) -> str | None:
        """The id of the open call if it has timed out; it is then no longer open."""
        if self._open is None or now < self._due:
            return None
        expired, self._open = self._open, None
        self._late[expired.action] = expired.id
        self.silent_calls += expired.action in self._known
        return expired.id

    def abandon(self) -> tuple[str | None, tuple[str, ...]]:
        """The socket is closed: (the call that was sent, those never sent). Nothing is open any more."""
        sent, unsent = self.open_id, tuple(waiting.id for waiting in (*self._queue, *self._brief))
        self._open = None
        self._queue.clear()
        self._brief.clear()
        return sent, unsent
