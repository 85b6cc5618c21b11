"""A process's metrics in the Prometheus text format: requests, units of work, sockets, beats."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from forecourt.flows.ports import Store, Transactions

if TYPE_CHECKING:  # each process counts only for its own roles
    from forecourt.gateway import GatewayFigures
    from forecourt.jobs import Planner, PollingLoop

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """One per process. Its roles register the source of their figures; the web answers with `exposition`."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self.requests = Counter("forecourt_http_requests", "Answered requests.", ("method", "status"), registry=self._registry)
        self.answer_s = Histogram(
            "forecourt_http_answer_seconds", "From a request to the head of its answer.", buckets=_SECONDS, registry=self._registry
        )
        self.units = Counter("forecourt_units_of_work", "Transactions the web began.", ("outcome",), registry=self._registry)
        self.loop_late_s = Histogram("forecourt_loop_late_seconds", "How late the loop is.", buckets=_SECONDS, registry=self._registry)
        self.clock_jumps = Counter("forecourt_clock_jumps", "Times the machine's clock was set.", registry=self._registry)
        self._figures: Callable[[], GatewayFigures] | None = None
        self._door_ends: Callable[[], datetime | None] = lambda: None
        self._beats: list[PollingLoop] = []
        self._planner: Planner | None = None
        self._registry.register(self)

    def observe_gateway(self, figures: "Callable[[], GatewayFigures]") -> None:
        self._figures = figures

    def observe_charger_certificate(self, ends: Callable[[], datetime | None]) -> None:
        self._door_ends = ends

    def observe_beats(self, beats: "Sequence[PollingLoop]") -> None:
        self._beats += beats

    def observe_planner(self, planner: "Planner") -> None:
        self._planner = planner
        self.observe_beats((planner.beat,))

    def exposition(self) -> bytes:
        """The text format; called on the loop of the process, where the gateway counts."""
        return generate_latest(self._registry)

    def describe(self) -> list[Metric]:
        """Nothing to check for duplicates: the figures of roles come and go with them."""
        return []

    def collect(self) -> Iterator[Metric]:
        if self._figures is not None:
            yield from _gateway(self._figures())
        if (ends := self._door_ends()) is not None:
            yield GaugeMetricFamily(
                "forecourt_certificate_ends_seconds", "When the certificate at the chargers' port ends.", ends.timestamp()
            )
        if self._planner is not None:
            waits = "The longest that a site with something to do was not looked at."
            yield GaugeMetricFamily("forecourt_plan_waits_seconds", waits, self._planner.waits_s)
            yield _counter_by_label(
                "forecourt_plan_failures", "Looks at one site that brought no plan in time.", "reason", self._planner.failures
            )
        if self._beats:
            looks = CounterMetricFamily("forecourt_looks", "Looks for work of a worker's beats.", labels=("beat",))
            failures = CounterMetricFamily("forecourt_look_failures", "Looks that failed and were repeated.", labels=("beat",))
            for beat in self._beats:
                looks.add_metric((beat.name,), beat.looks)
                failures.add_metric((beat.name,), beat.failures)
            yield from (looks, failures)


class CountedTransactions:
    """Units of work, counted by outcome: committed, or failed (a business refusal commits nothing)."""

    def __init__(self, transactions: Transactions, units: Counter) -> None:
        self._transactions = transactions
        self._units = units

    @contextmanager
    def begin(self) -> Iterator[Store]:
        outcome = "failed"
        try:
            with self._transactions.begin() as store:
                yield store
            outcome = "kept"
        finally:
            self._units.labels(outcome).inc()


class CountedRequests:
    """The ASGI application with every answer counted; live streams count when they open."""

    def __init__(self, app: Any, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()

        async def counted(message: Any) -> None:
            if message["type"] == "http.response.start":
                self._metrics.requests.labels(_method(scope["method"]), str(message["status"])).inc()
                self._metrics.answer_s.observe(time.perf_counter() - begun)
            await send(message)

        await self._app(scope, receive, counted)


def _method(method: str) -> str:
    """Invented methods from strangers must not create endless series."""
    return method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else "other"


def _gateway(figures: "GatewayFigures") -> Iterator[Metric]:
    yield GaugeMetricFamily("forecourt_sockets", "Chargers connected.", figures.sockets)
    yield GaugeMetricFamily("forecourt_sockets_pending", "Of these, waiting for approval.", figures.sockets_pending)
    yield GaugeMetricFamily("forecourt_sockets_free", "Places for sockets that nobody has.", figures.sockets_free)
    yield CounterMetricFamily("forecourt_connections_turned_out", "Closed for want of room.", figures.evicted)
    yield GaugeMetricFamily("forecourt_facts_in_flight", "Facts received and not yet answered.", figures.in_flight)
    yield GaugeMetricFamily("forecourt_inbox_healthy", "1 where the record takes facts.", int(figures.healthy))
    yield GaugeMetricFamily("forecourt_chargers_flapping", "Chargers that come and go all the time.", len(figures.flapping))
    yield CounterMetricFamily("forecourt_frames", "Frames received.", figures.frames)
    yield CounterMetricFamily("forecourt_facts_stored", "Facts stored.", figures.facts_stored)
    yield CounterMetricFamily("forecourt_facts_repeated", "Facts that were stored before.", figures.facts_repeated)
    yield CounterMetricFamily("forecourt_facts_acknowledged", "Facts answered after their commit.", figures.acknowledged)
    yield _counter_by_label("forecourt_frames_rejected", "Frames refused.", "reason", figures.rejects)
    yield _counter_by_label("forecourt_handshakes_refused", "Connections refused.", "reason", figures.refusals)
    yield _counter_by_label("forecourt_notes", "Messages only acknowledged, and odd events.", "kind", figures.notes)
    yield _counter_by_label("forecourt_orders", "Orders to chargers.", "outcome", figures.orders)


def _counter_by_label(name: str, about: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, about, labels=(label,))
    for word, count in counts.items():
        family.add_metric((word,), count)
    return family
