"""Memory of a process: settings of its C library, and what the garbage collector skips."""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # from glibc's malloc.h
_TRIM_BYTES = 1024 * 1024
# Larger blocks are mapped separately. A typesetter requests many smaller ones each time: mapping those took a tenth of its time.
_MAPPED_BYTES = 4 * 1024 * 1024


@contextmanager
def frozen_imports() -> Iterator[None]:
    """Imported objects stay for good: exempt them from garbage collection, during the imports (a fifth of the start-up time) and
    afterwards."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def limit_heaps(heaps: int = 2) -> bool:
    """Let all threads share this many heaps, and return freed memory early. Returns whether the C library can do so: glibc only.

    Otherwise each thread that typesets has a heap of its own, whose freed memory no other can use, and large blocks are kept for later.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    options = ((_M_ARENA_MAX, heaps), (_M_TRIM_THRESHOLD, _TRIM_BYTES), (_M_MMAP_THRESHOLD, _MAPPED_BYTES))
    return all(mallopt(name, value) for name, value in options)
