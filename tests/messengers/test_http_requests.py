"""Redirects of a partner's server: only to itself, once."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from forecourt.flows.ports import HttpRequest, PartnerUnreachable
from forecourt.messengers import HttpRequester


class Shop(ThreadingHTTPServer):
    """Leads from the addresses in `leads` to others; answers at every other with what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.base = f"http://127.0.0.1:{self.server_port}"
        self.leads: dict[str, str] = {}
        self.asked: list[tuple[str, str, str | None]] = []


class _Handler(BaseHTTPRequestHandler):
    server: Shop

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append((self.command, self.path, self.headers["authorization"]))
        to = self.server.leads.get(self.path)
        self.send_response(200 if to is None else 307)
        self.send_header("location" if to is not None else "x-none", to or "")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def put(shop: Shop, path: str) -> int:
    sent = HttpRequest("PUT", f"{shop.base}{path}", {"Authorization": "Token x"}, b"told")
    answer = HttpRequester(lambda _: True, secure_only=False).send(sent)
    assert answer.http_status == 307 or answer.body == b"told"
    return answer.http_status


@pytest.mark.parametrize("to", ["/cdrs/", "{base}/cdrs/", "cdrs/"])
def test_a_redirect_that_only_adds_a_slash_is_followed(shop: Shop, to: str) -> None:
    shop.leads["/cdrs"] = to.format(base=shop.base)
    assert put(shop, "/cdrs") == 200
    assert shop.asked == [("PUT", "/cdrs", "Token x"), ("PUT", "/cdrs/", "Token x")]


@pytest.mark.parametrize(
    "to", ["http://127.0.0.1:9/cdrs", "https://127.0.0.1/cdrs", "//elsewhere.example/cdrs", "ftp://x/", "http://[", "", "/cdrs"]
)
def test_redirects_to_other_servers_or_in_circles_are_not_followed(shop: Shop, to: str) -> None:
    shop.leads["/cdrs"] = to
    assert put(shop, "/cdrs") == 307
    assert len(shop.asked) == 1


def test_a_second_redirect_is_not_followed(shop: Shop) -> None:
    shop.leads = {"/a": "/b", "/b": "/c"}
    assert put(shop, "/a") == 307
    assert [path for _, path, _ in shop.asked] == ["/a", "/b"]


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_a_response_that_drips_byte_by_byte_times_out(begun: bytes) -> None:
    """A byte now and then would satisfy every timeout of the HTTP client."""
    with socket.create_server(("127.0.0.1", 0)) as shop:

        def drip() -> None:
            with shop.accept()[0] as caller:
                caller.sendall(begun)
                for _ in range(100):
                    time.sleep(0.02)
                    caller.sendall(b"x")

        thread = threading.Thread(target=_until_hung_up, args=(drip,))
        thread.start()
        with pytest.raises(PartnerUnreachable, match=r"ReadTimeout|too long"):
            HttpRequester(lambda _: True, secure_only=False).send(
                HttpRequest("GET", f"http://127.0.0.1:{shop.getsockname()[1]}/", within_s=0.1)
            )
        thread.join()


def _until_hung_up(drip: Callable[[], None]) -> None:
    with suppress(OSError):
        drip()
