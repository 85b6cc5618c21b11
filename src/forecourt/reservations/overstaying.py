"""How long after the promised end this driver is likely to leave, judged by earlier stays."""

from collections.abc import Sequence
from datetime import timedelta

# Fewer charges than this prove nothing.
MIN_HISTORY = 3
MAX_EXTENSION = timedelta(hours=3)
_COVERED = 8, 10  # eight of ten stays end within the buffer
_ROUND = timedelta(minutes=5)


def expected_overstay(late: Sequence[timedelta]) -> timedelta:
    """The buffer for a driver who left this much after (or, negative, before) the promised end of earlier stays.

    The time that covers eight of ten of them, rounded up to 5 minutes, at most three hours (see benchmarks/waiting.py): beyond that,
    the site's own rules and fees are the remedy, not the other drivers' sockets.
    """
    if len(late) < MIN_HISTORY:
        return timedelta()
    covered = sorted(late)[-(-len(late) * _COVERED[0] // _COVERED[1]) - 1]
    return min(MAX_EXTENSION, _ROUND * max(0, -(-covered // _ROUND)))
