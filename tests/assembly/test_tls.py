"""TLS of the port for chargers: the cipher suites of OCPP, no older versions, and certificates renewed while it runs."""

import asyncio
import shutil
import socket
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from forecourt.assembly.settings import settings_from
from forecourt.assembly.tls import ChargerTls
from forecourt.kernel import BadInput
from gateway.fakes import WallClock

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
KINDS = {"ecdsa": ("ec", "ec_paramgen_curve:P-256"), "rsa": ("rsa", "rsa_keygen_bits:2048")}
SUITES = {
    "ECDHE-ECDSA-AES128-GCM-SHA256": "new",
    "ECDHE-ECDSA-AES256-GCM-SHA384": "new",
    "ECDHE-RSA-AES128-GCM-SHA256": "new",
    "AES128-GCM-SHA256": "old",
    "AES256-GCM-SHA384": "old",
    "ECDHE-RSA-AES128-SHA": "never",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tls")
    for kind in KINDS:
        certify(made, kind, "charge.example")
    return made


def certify(folder: Path, kind: str, name: str) -> None:
    key, option = KINDS[kind]
    made = ["-newkey", key, "-pkeyopt", option, "-nodes", "-keyout", folder / f"{kind}.key", "-out", folder / f"{kind}.crt"]
    subprocess.run(["openssl", "req", "-x509", *made, "-days", "2", "-subj", f"/CN={name}"], check=True, capture_output=True)


def door(folder: Path, old: bool = False, kinds: tuple[str, ...] = tuple(KINDS)) -> ChargerTls:
    paths = {end: ",".join(str(folder / f"{kind}.{end}") for kind in kinds) for end in ("crt", "key")}
    names = {"FORECOURT_OCPP_TLS_CERT": paths["crt"], "FORECOURT_OCPP_TLS_KEY": paths["key"], "FORECOURT_OCPP_TLS_OLD": "1" if old else ""}
    files = settings_from(names).ocpp_tls
    assert files is not None
    return ChargerTls(files, WallClock())


def shown(server: ChargerTls, client: ssl.SSLContext) -> bytes:
    """The certificate a charger is shown; SSLError where the two do not come together."""
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            server.context.wrap_socket(ours, server_side=True).close()
        except OSError:
            ours.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(theirs) as link:
            return link.getpeercert(binary_form=True) or b""
    finally:
        theirs.close()
        thread.join()


def charger(suite: str = "DEFAULT", version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    context.set_ciphers(f"{suite}:@SECLEVEL=0")
    return context


@pytest.mark.parametrize(("suite", "offered"), SUITES.items())
def test_each_tls_cipher_suite_of_ocpp_is_offered_if_configured(folder: Path, suite: str, offered: str) -> None:
    for old in (False, True):
        if offered == "new" or (offered == "old" and old):
            assert shown(door(folder, old), charger(suite))
        else:
            with pytest.raises(OSError):
                shown(door(folder, old), charger(suite))


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
def test_tls_1_3_is_accepted_and_versions_below_1_2_are_refused(folder: Path) -> None:
    assert shown(door(folder), charger(version=ssl.TLSVersion.TLSv1_3))
    with pytest.raises(OSError):
        shown(door(folder), charger(version=ssl.TLSVersion.TLSv1_1))


def test_renewed_certificate_files_are_loaded_once_key_and_certificate_match(tmp_path: Path) -> None:
    certify(tmp_path, "ecdsa", "charge.example")
    server = door(tmp_path, kinds=("ecdsa",))
    before, key = shown(server, charger()), (tmp_path / "ecdsa.key").read_bytes()
    certify(tmp_path, "ecdsa", "new.example")
    new_key = (tmp_path / "ecdsa.key").read_bytes()
    (tmp_path / "ecdsa.key").write_bytes(key)
    with pytest.raises(BadInput):
        asyncio.run(server.beat._look())
    assert shown(server, charger()) == before
    (tmp_path / "ecdsa.key").write_bytes(new_key)
    asyncio.run(server.beat._look())
    assert b"new.example" in shown(server, charger())


def test_an_expiring_certificate_is_logged_once_a_day(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The test certificates are valid for two days."""
    server = door(folder, kinds=("ecdsa",))
    for _ in range(2):
        asyncio.run(server.beat._look())
    assert capsys.readouterr().out.count("certificate_ends") == 1


def test_unusable_certificate_files_are_refused_at_startup(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be used"):
        door(tmp_path)
    with pytest.raises(BadInput, match="List one key"):
        settings_from({"FORECOURT_OCPP_TLS_CERT": "a.crt"})
