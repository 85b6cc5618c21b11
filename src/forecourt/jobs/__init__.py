"""Workers: facts applied, outbox delivered, clock's wheels turned, power planned."""

from forecourt.jobs.planner import Planner
from forecourt.jobs.ports import Hints, WorkerPorts
from forecourt.jobs.worker import Worker

__all__ = ["Hints", "Planner", "Worker", "WorkerPorts"]
