"""Workers: they apply facts, deliver the outbox, run timed work, and plan power."""

from forecourt.jobs.planner import Planner
from forecourt.jobs.polling import Beat
from forecourt.jobs.ports import Hints, WorkerPorts
from forecourt.jobs.price_reviews import Prices
from forecourt.jobs.worker import Worker

__all__ = ["Beat", "Hints", "Planner", "Prices", "Worker", "WorkerPorts"]
