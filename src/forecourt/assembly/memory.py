"""How a process asks its C library to keep memory."""

import ctypes

_M_TRIM_THRESHOLD, _M_ARENA_MAX = -1, -8  # of glibc's malloc.h
_TRIM_BYTES = 128 * 1024


def keep_little(heaps: int = 2) -> bool:
    """Let all threads share so many heaps, and give what is freed back at once. Whether the C library can: glibc only.

    Else each thread that typesets gets a heap of its own, what one has freed no other can use, and large pieces are kept for later.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(_M_ARENA_MAX, heaps)) and bool(mallopt(_M_TRIM_THRESHOLD, _TRIM_BYTES))
