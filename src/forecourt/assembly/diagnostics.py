"""What is still running in this process, as text for its log."""

import asyncio
import sys
import threading
from collections.abc import Iterator
from types import FrameType

MAX_TASKS = 30


def busy_tasks(loop: asyncio.AbstractEventLoop) -> list[str]:
    """Tasks of a loop that have not ended, by name; callable from any thread."""
    return sorted(task.get_name() for task in asyncio.all_tasks(loop))[:MAX_TASKS]


def busy_threads() -> list[str]:
    """Threads that are executing Forecourt code, and where; those that wait for work are left out."""
    frames = sys._current_frames()
    busy = []
    for thread in threading.enumerate():
        place = next(_own_calls(frames.get(thread.ident or 0)), "")
        if place and thread is not threading.current_thread():
            busy.append(f"{thread.name}: {place}")
    return busy


def _own_calls(frame: FrameType | None) -> Iterator[str]:
    """Our calls, from the innermost outwards."""
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if module.startswith("forecourt."):
            yield f"{module}.{frame.f_code.co_name}, line {frame.f_lineno}"
        frame = frame.f_back
