"""The event loop and sockets of production: uvloop and TLS."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
import uvloop
from websockets.asyncio.client import connect

from forecourt.gateway import GatewaySettings, serve
from gateway.fakes import MemoryInbox, MemoryNetwork, ports


async def one_charger(server: ssl.SSLContext | None, client: ssl.SSLContext | None) -> str:
    network, inbox = MemoryNetwork(), MemoryInbox()
    network.add("CP1")
    gateway_ports = ports(network, inbox)
    gateway = await serve(GatewaySettings(port=0, tls=server), gateway_ports)
    scheme = "wss" if client else "ws"
    async with connect(f"{scheme}://localhost:{gateway.port}/ocpp/CP1", subprotocols=["ocpp1.6"], compression=None, ssl=client) as socket:
        await socket.send(['[2,"1",', '"Heartbeat",{}]'])
        answer = await socket.recv()
    await gateway.stop()
    await gateway_ports.inbox.stop()
    return str(answer)


def test_a_charger_is_served_on_uvloop() -> None:
    assert uvloop.run(one_charger(None, None)).startswith('[3,"1"')


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
def test_a_charger_is_served_over_tls(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    assert uvloop.run(one_charger(server, ssl.create_default_context(cafile=certificate))).startswith('[3,"1"')
