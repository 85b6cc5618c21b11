"""docs/running.md lists the metrics of a process, and its alerts use only these."""

import re
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from forecourt.assembly.clock import SystemClock
from forecourt.assembly.metrics import Metrics
from forecourt.gateway import GatewayFigures
from forecourt.jobs import Planner, WorkerPorts
from forecourt.store import MemoryTransactions
from sequential_ids import SequentialIds

PAGE = (Path(__file__).parents[2] / "docs" / "running.md").read_text("utf-8")
COUNTS = {"a": 1}


class NoHints:
    """Nothing runs here."""


def figures() -> GatewayFigures:
    return GatewayFigures(1, 0, 9, 0, 0, 0, 0, 0, 0, True, COUNTS, COUNTS, COUNTS, COUNTS)


def test_the_page_lists_exactly_the_metrics_that_exist() -> None:
    metrics = Metrics()
    metrics.observe_gateway(figures)
    metrics.observe_charger_certificate(lambda: datetime(2027, 1, 1, tzinfo=UTC))
    metrics.observe_planner(Planner(WorkerPorts(MemoryTransactions(), SystemClock(), SequentialIds(), NoHints(), None, None)))
    families = {one.name for one in text_string_to_metric_families(metrics.exposition().decode())}
    given = {name for name in families if name.startswith("forecourt_") and not name.endswith("_created")}
    rows = {name for row in re.findall(r"^\| (`forecourt_.*?) \|", PAGE, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert rows == given
    asked = {name.removesuffix("_total") for alert in re.findall(r"expr: (.*)", PAGE) for name in re.findall(r"forecourt_\w+", alert)}
    assert asked <= given
