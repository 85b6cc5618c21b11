"""Workers: they apply facts, deliver the outbox, run timed work, and plan power."""

from forecourt.jobs.planner import Planner
from forecourt.jobs.polling import PollingLoop
from forecourt.jobs.ports import Hints, WorkerPorts
from forecourt.jobs.price_reviews import PriceReviews
from forecourt.jobs.worker import Worker

__all__ = ["Hints", "Planner", "PollingLoop", "PriceReviews", "Worker", "WorkerPorts"]
