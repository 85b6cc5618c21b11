"""An operator's own system that hears what drivers are told: signed calls, taken once each.

    FORECOURT_HOOK_SECRET=… python examples/hear_messages.py 8090

The address and the secret are from *Messages* in the console. Put it behind a web server with TLS: only public https addresses are
called. Needs nothing but Python.
"""

import hmac
import json
import os
import sys
import time
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GOOD_FOR_S = 300
MAX_BYTES = 1_000_000


def is_ours(signature: str, body: bytes, secret: str, now_s: float) -> bool:
    """Whether the header Forecourt-Signature ("t=<unix seconds>,v1=<hex>") is of this body, and of the last five minutes. While the secret
    is being replaced it has two v1, of which one is enough."""
    parts = [part.partition("=") for part in signature.split(",")]
    at = next((value for name, _, value in parts if name == "t"), "")
    if not (at.isascii() and at.isdigit()) or abs(now_s - int(at)) > GOOD_FOR_S:
        return False
    wanted = hmac.new(secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    return any(hmac.compare_digest(wanted.encode(), value.encode()) for name, _, value in parts if name == "v1")


class Hearing(ThreadingHTTPServer):
    """heard: the ids of what was taken. A call whose answer was lost comes again; yours belong in a database."""

    def __init__(self, port: int, secret: str) -> None:
        super().__init__(("127.0.0.1", port), _Call)
        self.secret = secret
        self.heard: set[str] = set()


class _Call(BaseHTTPRequestHandler):
    server: Hearing

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or int(length) > MAX_BYTES:
            self._answer(400)
            return
        body = self.rfile.read(int(length))
        if not is_ours(self.headers.get("Forecourt-Signature", ""), body, self.server.secret, time.time()):
            self._answer(401)
            return
        told = json.loads(body)
        if told["id"] not in self.server.heard:
            print(f"{told['made_at']} {told['event']} {told['path']}", flush=True)
            self.server.heard.add(told["id"])
        self._answer(204)  # only now: what is not answered with 2xx is sent again

    def _answer(self, code: int) -> None:
        self.send_response(code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing but what was heard is printed."""


if __name__ == "__main__":
    with Hearing(int(sys.argv[1]), os.environ["FORECOURT_HOOK_SECRET"]) as hearing:
        hearing.serve_forever()
