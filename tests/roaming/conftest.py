"""The roaming edge behind a real HTTP server, and a provider (eMSP) that speaks OCPI on another."""

import json
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import uvicorn

from forecourt.messengers import HttpRequester
from forecourt.roaming import RoamingPorts, create_roaming
from roaming_world import PARTNER, digest_of, invited
from web.conftest import HARBOUR, MARKET, Scene

SECRETS = (f"token-c-{number}" for number in range(1, 1_000_000))
# Both are dear to make (certificates are read), and nothing of a test stays in them: each request is a connection of its own.
OUR_POST = HttpRequester(lambda _: True, secure_only=False)
THEIR_CLIENT = httpx.Client(verify=False, limits=httpx.Limits(max_keepalive_connections=0))


class Provider(ThreadingHTTPServer):
    """An eMSP of the tests: it answers what `pages` has under an address (data, or what works it out from the body; and where the next page
    is), and keeps what it was asked. delay_s: how long it thinks."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)
        self.base = f"http://127.0.0.1:{self.server_port}/ocpi"
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.delay_s = 0.0
        endpoints = [
            ("credentials", "SENDER"),
            ("tokens", "SENDER"),
            ("chargingprofiles", "SENDER"),
            *((name, "RECEIVER") for name in ("locations", "tariffs", "sessions", "cdrs")),
        ]
        self.pages: dict[str, tuple[Any, ...]] = {"/ocpi/versions": (200, [self.at(one) for one in ("2.2.1", "2.3.0")])}
        for version in ("2.2.1", "2.3.0"):
            listed = [{"identifier": name, "role": role, "url": f"{self.base}/{version}/{name}"} for name, role in endpoints]
            self.pages[f"/ocpi/{version}"] = (200, {"version": version, "endpoints": listed})
            self.pages[f"/ocpi/{version}/tokens"] = (200, [])

    def at(self, version: str) -> dict[str, str]:
        return {"version": version, "url": f"{self.base}/{version}"}

    @property
    def credentials(self) -> dict[str, Any]:
        role = {"role": "EMSP", "country_code": "NL", "party_id": "TNM", "business_details": {"name": "The New Motion"}}
        return {"token": "token-b", "url": f"{self.base}/versions", "roles": [role]}


class _Pages(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        time.sleep(self.server.delay_s)
        page = self.path if self.path in self.server.pages else self.path.partition("?")[0]
        status, data, *link = self.server.pages.get(page, (404, None))
        data = data(body) if callable(data) else data
        said = (
            data
            if isinstance(data, bytes)
            else json.dumps({"data": data, "status_code": 1000, "timestamp": "2026-06-01T12:00:00Z"}).encode()
        )
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("location", f"{self.server.base}/versions")
        for one in link:
            self.send_header("link", f'<{one}>; rel="next"')
        self.send_header("content-length", str(len(said)))
        with suppress(BrokenPipeError):  # who asked waits no longer
            self.end_headers()
            self.wfile.write(said)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - as its base class calls them

    def log_message(self, *_: object) -> None: ...


@contextmanager
def serving() -> Iterator[Provider]:
    with Provider() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as server:
        yield server


@dataclass
class Desk:
    """Our side as a partner sees it. token: the credentials token it comes with; None: none."""

    scene: Scene
    address: str
    token: str | None = "token-a"
    heads: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, content: Any = None, **heads: str) -> httpx.Response:
        """content: bytes as they are, anything else as JSON."""
        sent = {"content-type": "application/json", **self.heads, **heads}
        if self.token is not None:
            sent.setdefault("authorization", f"Token {b64encode(self.token.encode()).decode()}")
        body = content if isinstance(content, bytes | None) else json.dumps(content).encode()
        return THEIR_CLIENT.request(method, f"{self.address}{path}", content=body, headers=sent)

    def data(self, path: str) -> Any:
        answer = self.ask("GET", path)
        assert (answer.status_code, answer.json()["status_code"]) == (200, 1000), answer.text
        return answer.json()["data"]

    def partner(self) -> Any:
        with self.scene.transactions.begin() as store:
            return store.roaming.partner(PARTNER)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with desk_of(Scene()) as opened:
        yield opened


def ports_of(scene: Scene, post: HttpRequester) -> RoamingPorts:
    return RoamingPorts(
        scene.transactions, scene.clock, scene.ids, post, lambda text: f"sealed {text}", lambda text: text[7:], lambda: next(SECRETS)
    )


@contextmanager
def desk_of(scene: Scene) -> Iterator[Desk]:
    scene.build()
    with scene.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(scene.operator_id), party_id="FCT"))
        store.roaming.put_partner(invited(scene.operator_id))
    ports = ports_of(scene, OUR_POST)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_roaming(ports), log_level="error", lifespan="off", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield Desk(scene, f"http://127.0.0.1:{listening.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def joined(desk: Desk, provider: Provider) -> Desk:
    """The same, once the partner has registered for 2.2.1."""
    return join(desk, provider)


def join(desk: Desk, provider: Provider) -> Desk:
    answer = desk.ask("POST", "/ocpi/2.2.1/credentials", provider.credentials).json()
    desk.token = answer["data"]["token"]
    assert desk.token is not None and desk.partner().digest == digest_of(desk.token)
    return desk


@pytest.fixture
def told(joined: Desk) -> Desk:
    """Both sites have what partners must be told."""
    with joined.scene.transactions.begin() as store:
        for site_id, street in ((MARKET, "Market Square 1"), (HARBOUR, "Quay 7")):
            site = store.stations.site(site_id)
            store.stations.put_site(replace(site, address=f"{street}, 10115 Berlin", latitude=Decimal("52.5"), longitude=Decimal("13.4")))
    return joined
