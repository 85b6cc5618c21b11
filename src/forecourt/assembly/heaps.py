"""How a process keeps memory: what it asks of its C library, and what the collector leaves alone."""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # of glibc's malloc.h
_TRIM_BYTES = 1024 * 1024
# Larger pieces are mapped by themselves. A typesetter asks for many smaller ones each time: mapping those took a tenth of its time.
_MAPPED_BYTES = 4 * 1024 * 1024


@contextmanager
def come_to_stay() -> Iterator[None]:
    """What is imported stays: the collector need not look through it, neither meanwhile, a fifth of a start, nor ever after."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def limit_heaps(heaps: int = 2) -> bool:
    """Let all threads share so many heaps, and give what is freed back soon. Whether the C library can: glibc only.

    Else each thread that typesets gets a heap of its own, what one has freed no other can use, and large pieces are kept for later.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    wishes = ((_M_ARENA_MAX, heaps), (_M_TRIM_THRESHOLD, _TRIM_BYTES), (_M_MMAP_THRESHOLD, _MAPPED_BYTES))
    return all(mallopt(name, value) for name, value in wishes)
