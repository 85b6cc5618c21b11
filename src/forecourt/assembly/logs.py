"""Logs: business events, one line each, on standard error; libraries only log when something is wrong."""

import logging
import sys
from typing import TextIO, cast

import structlog
from structlog.processors import JSONRenderer, TimeStamper, add_log_level, format_exc_info
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

from forecourt.assembly.stderr import Stderr

LIBRARIES = ("httpx", "httpcore", "picows", "uvicorn", "uvicorn.error", "websockets", "nats", "litestar", "psycopg.pool", "alembic")

STANDARD_ERROR = 2


def set_up_logs() -> None:
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    stderr = cast(TextIO, Stderr(STANDARD_ERROR))
    begun: list[Processor] = [add_log_level, TimeStamper(fmt="iso", utc=True)]
    rendered: list[Processor] = [structlog.dev.ConsoleRenderer(colors=True)] if sys.stderr.isatty() else [format_exc_info, JSONRenderer()]
    structlog.configure(
        processors=[*begun, *rendered],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stderr),
        cache_logger_on_first_use=True,
    )
    plain = logging.StreamHandler(stderr)
    plain.setFormatter(ProcessorFormatter(foreign_pre_chain=begun, processors=[ProcessorFormatter.remove_processors_meta, *rendered]))
    logging.basicConfig(handlers=[plain])
