"""Independent pieces of work, none of which may hold up the others."""

from collections.abc import Callable
from typing import TypeVar

import structlog

from forecourt.flows.ports import StoreUnavailable

_log = structlog.get_logger("forecourt.jobs")
_T = TypeVar("_T")


def run_isolated(name: str, work: Callable[[], _T], otherwise: _T) -> _T:
    """The results of the work; a piece that fails is logged, and the others continue.

    Raises only if the database or another server is unavailable: then the others would fail as well.
    """
    try:
        return work()
    except (StoreUnavailable, ConnectionError):
        raise
    except Exception as error:  # noqa: BLE001 - a fault of this program at one site must not stop what is done for all others
        _log.error("work_failed", work=name, error=f"{type(error).__name__}: {error}")
        return otherwise
