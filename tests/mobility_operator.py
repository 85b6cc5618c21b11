"""A mobility operator: a root, who signs under it, contracts in cars, and what its responder says of them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
CONTRACT = "DE-8AA-CA2B3C4D5"
Key = ec.EllipticCurvePrivateKey
Signer = tuple[x509.Certificate, Key]


class MobilityOperator:
    """responder: where its certificates say they are asked about. statuses: by serial number, where it is not good."""

    def __init__(self, name: str = "MO", responder: str = "http://ocsp.example") -> None:
        self.responder, self.statuses = responder, dict[int, ocsp.OCSPCertStatus]()
        self.root_key, self.key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.root = self.made(f"{name} Root", self.root_key, None, signs=True)
        self.sub = self.made(f"{name} Sub CA", self.key, (self.root, self.root_key), signs=True)

    def made(
        self,
        name: str,
        key: Key,
        by: Signer | None = None,
        signs: bool = False,
        begins: datetime = NOW - DAY,
        ends: datetime = NOW + 90 * DAY,
        length: int | None = None,
        answers: bool = False,
    ) -> x509.Certificate:
        """A certificate for a key. by: certificate and key of who signs; None: itself."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer, signer = (by[0].subject, by[1]) if by else (subject, key)
        built = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number(), begins, ends)
        built = built.add_extension(x509.BasicConstraints(ca=signs, path_length=length), critical=True)
        if answers:
            built = built.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        place = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(self.responder))
        return built.add_extension(x509.AuthorityInformationAccess([place]), critical=False).sign(signer, SHA256())

    def contract(self, name: str = CONTRACT, **changes: Any) -> x509.Certificate:
        return self.made(name, ec.generate_private_key(ec.SECP256R1()), (self.sub, self.key), **changes)

    def answer(self, asked: bytes, signer: Signer | None = None) -> bytes:
        """By whoever signed the certificate that is asked about. signer: certificate and key of somebody else."""
        request = ocsp.load_der_ocsp_request(asked)
        issuer, key = next(
            one for one in ((self.root, self.root_key), (self.sub, self.key)) if _key_hash(one[0]) == request.issuer_key_hash
        )
        status = self.statuses.get(request.serial_number, ocsp.OCSPCertStatus.GOOD)
        since, revoked = NOW - timedelta(hours=1), ocsp.OCSPCertStatus.REVOKED
        by, key = signer or (issuer, key)
        built = ocsp.OCSPResponseBuilder().responder_id(ocsp.OCSPResponderEncoding.NAME, by).certificates([by]).add_response_by_hash(
            request.issuer_name_hash, request.issuer_key_hash, request.serial_number, SHA256(), status, since, NOW + DAY,
            since if status is revoked else None, None,
        )  # fmt: skip
        return built.sign(key, SHA256()).public_bytes(Encoding.DER)


@contextmanager
def responding() -> Iterator[MobilityOperator]:
    """With a responder of its own, whose address is in its certificates."""
    asked: list[MobilityOperator] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = asked[0].answer(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    asked.append(MobilityOperator(responder=f"http://127.0.0.1:{server.server_port}"))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield asked[0]
    server.shutdown()
    thread.join()
    server.server_close()


def _key_hash(certificate: x509.Certificate) -> bytes:
    return ocsp.OCSPRequestBuilder().add_certificate(certificate, certificate, SHA256()).build().issuer_key_hash


def pem(*certificates: x509.Certificate) -> str:
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


def described(certificate: x509.Certificate, issuer: x509.Certificate, responder: str) -> dict[str, str]:
    """As a charger describes it (OCSPRequestData)."""
    asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, SHA256()).build()
    hashes = {"issuerNameHash": asked.issuer_name_hash.hex(), "issuerKeyHash": asked.issuer_key_hash.hex()}
    return {"hashAlgorithm": "SHA256", **hashes, "serialNumber": f"{asked.serial_number:x}", "responderURL": responder}
