"""Logs: business events, one line each, on standard error; libraries speak only when something is wrong."""

import logging
import sys

import structlog

LIBRARIES = ("httpx", "httpcore", "picows", "uvicorn", "uvicorn.error", "websockets", "nats", "litestar", "psycopg.pool", "alembic")


def set_up_logs() -> None:
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    coloured = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(colors=True) if coloured else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
