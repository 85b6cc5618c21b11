"""Both directions of one socket: what was called, what is still open, what is due."""

from collections import deque
from typing import NamedTuple

from forecourt.gateway.wire.frames import Answered, Called, Event, Failed, Stray, WholeCalls, read_frame, write_call

# For an answer that never came so far, or that is only good to know: what waits behind it is not held up for long.
_BRIEF_S = 5.0


class _Waiting(NamedTuple):
    id: str
    action: str
    payload: bytes
    brief: bool


class Conversation:
    """Bookkeeping of one socket's calls. At most one call of ours is open; the others wait in line, as the standard asks, those that are
    brief behind all others.

    now: seconds of any clock that only goes forward. whole_calls: see `read_frame`. mute: actions that this charger did not answer, though
    it answered what came after; outlives the socket.
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
        self._line: deque[_Waiting] = deque()
        self._brief: deque[_Waiting] = deque()
        self._open: _Waiting | None = None
        self._late: dict[str, str] = {}  # calls that were not answered in time, since the last that was: id by action
        self._mute = set() if mute is None else mute
        self._due = 0.0
        self._known: set[str] = set()  # actions that it has answered here
        self.silent_calls = 0  # in a row, of actions that it has answered before: some never answer what they do not know

    @property
    def open_id(self) -> str | None:
        """Our call that was sent and has no answer yet."""
        return self._open.id if self._open else None

    @property
    def mute(self) -> tuple[str, ...]:
        return tuple(sorted(self._mute))

    @property
    def crowded(self) -> bool:
        return len(self._line) + len(self._brief) >= self._max_waiting

    def receive(self, frame: bytes) -> Event:
        """What a frame means. An answer counts only for the call that is open: a late or foreign one is Stray."""
        event = read_frame(frame, self._whole_calls)
        if type(event) is Called:
            return event
        if isinstance(event, (Answered, Failed)):
            return event if self._is_due(event.id) else Stray("answer_foreign")
        return event

    def _is_due(self, call_id: str) -> bool:
        """Whether that call is open. An answer to a later one says of those before that they were heard, and not understood."""
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

    def ask(self, action: str, payload: bytes, brief: bool = False) -> str:
        """Put a call in line; its id. What may go out now is what `next_frame` gives. brief: its answer is only good to know."""
        self._count += 1
        call_id = f"{self._prefix}-{self._count}"
        (self._brief if brief else self._line).append(_Waiting(call_id, action, payload, brief))
        return call_id

    def next_frame(self, now: float) -> bytes | None:
        """The next call's frame, if none is open."""
        line = self._line or self._brief
        if self._open is not None or not line:
            return None
        self._open = line.popleft()
        short = self._open.brief or self._open.action in self._mute
        self._due = now + (min(_BRIEF_S, self._timeout_s) if short else self._timeout_s)
        return write_call(self._open.id, self._open.action, self._open.payload)

    def expire(self, now: float) -> str | None:
        """The id of the open call if its time is over; it is open no more."""
        if self._open is None or now < self._due:
            return None
        late, self._open = self._open, None
        self._late[late.action] = late.id
        self.silent_calls += late.action in self._known
        return late.id

    def abandon(self) -> tuple[str | None, tuple[str, ...]]:
        """The socket is gone: (the call that was sent, those never sent). Nothing is open any more."""
        sent, unsent = self.open_id, tuple(waiting.id for waiting in (*self._line, *self._brief))
        self._open = None
        self._line.clear()
        self._brief.clear()
        return sent, unsent
