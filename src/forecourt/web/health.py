"""What machines ask a process: is it alive, is it ready, how is it doing. Beside the pages, or at a port of its own."""

from collections.abc import Callable, Mapping
from typing import Any

from litestar import Litestar, Router, get
from litestar.response import Response

Ready = Callable[[], Mapping[str, bool]]
Figures = Callable[[], bytes]


def health_routes(ready: Ready, figures: Figures) -> Router:
    """ready: what must answer before traffic may come, by name. figures: the text of the Prometheus exposition."""

    @get("/health/live", sync_to_thread=False)
    def alive() -> dict[str, str]:
        """The process answers."""
        return {"status": "alive"}

    @get("/health/ready", sync_to_thread=True)
    def is_ready() -> Response[Any]:
        """Whether traffic may come: 200, or 503 with the names of what is missing."""
        checks = dict(ready())
        is_ready_now = all(checks.values())
        return Response({"status": "ready" if is_ready_now else "not ready", "checks": checks}, status_code=200 if is_ready_now else 503)

    @get("/metrics", sync_to_thread=False)
    def metrics() -> Response[bytes]:
        """The counters of this process; read where they are counted, on the loop."""
        return Response(figures(), media_type="text/plain; version=0.0.4")

    return Router("/", route_handlers=[alive, is_ready, metrics], include_in_schema=False)


def create_health(ready: Ready, figures: Figures) -> Litestar:
    """These addresses alone, for a process without pages, or a port that no visitor reaches."""
    return Litestar(route_handlers=[health_routes(ready, figures)], openapi_config=None, debug=False)
