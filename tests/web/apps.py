"""Apps for tests. Putting one together takes longer than most tests: it is used again when its test is over, with nothing remembered."""

from litestar import Litestar

from forecourt.web import WebPorts, create_app
from forecourt.web.app import fresh_state

_free: list[Litestar] = []
_lent: list[Litestar] = []


def app_of(ports: WebPorts) -> Litestar:
    """An app on those ports, until the end of the test."""
    app = _free.pop() if _free else create_app(ports)
    app.state.update(fresh_state(ports))
    _lent.append(app)
    return app


def take_back() -> None:
    _free.extend(_lent)
    _lent.clear()
