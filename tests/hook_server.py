"""A system of an operator's that webhooks call: a real HTTP server."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Hooks(ThreadingHTTPServer):
    """Answers what it is told to, and keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.code, self.location = 204, ""
        self.text, self.stated_length, self.broken, self.silent = b"", 0, "", ""
        self.answering = threading.Event()  # until then, the silent address does not answer
        self.calls: list[tuple[dict[str, str], bytes]] = []


class _Handler(BaseHTTPRequestHandler):
    server: Hooks

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.calls.append((dict(self.headers) | {"path": self.path}, body))
        if self.path == self.server.silent:
            self.server.answering.wait()
        self.send_response(500 if self.path == self.server.broken else self.server.code)
        if self.server.location:
            self.send_header("location", self.server.location)
        if self.server.text:
            self.send_header("content-length", str(self.server.stated_length or len(self.server.text)))
        self.end_headers()
        self.wfile.write(self.server.text)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(name="hooks")
def called_system() -> Iterator[Hooks]:
    with Hooks() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()
