"""An identity provider whose certificate is signed by a private authority."""

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from forecourt.assembly.parts import identity_provider_http_client
from forecourt.assembly.settings import settings_from
from forecourt.flows.ports import HttpRequest, PartnerUnreachable
from forecourt.kernel import BadInput

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", tmp_path / "key", "-out", tmp_path / "ca.pem"]
    named = ["-days", "2", "-subj", "/CN=login.firm.example", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(["openssl", "req", "-x509", *made, *named], check=True, capture_output=True)
    return tmp_path / "ca.pem"


@pytest.fixture
def address(certificate: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.parent / "key")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def asked(address: str, **settings: str) -> int:
    asker = identity_provider_http_client(settings_from({"FORECOURT_SSO_" + name: value for name, value in settings.items()}))
    try:
        return asker.send(HttpRequest("GET", address)).http_status
    finally:
        asker.close()


def test_a_private_certificate_authority_is_trusted_only_if_configured(address: str, certificate: Path) -> None:
    assert asked(address, PRIVATE="1", CA=str(certificate)) == 204
    with pytest.raises(PartnerUnreachable, match="certificate verify failed"):
        asked(address, PRIVATE="1")
    with pytest.raises(PartnerUnreachable, match="not public"):
        asked(address, CA=str(certificate))


def test_an_unreadable_authority_file_is_refused_at_startup(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("no certificate")
    for file in ("empty.pem", "nowhere.pem"):
        with pytest.raises(BadInput, match="FORECOURT_SSO_CA cannot be read"):
            asked("https://127.0.0.1/", CA=str(tmp_path / file))
