"""Somebody who signs certificates: small keys, quickly made."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from forecourt.stations import ChargerAuthority

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


class Authority:
    """Its own certificate lies in `folder` as NAME.crt, its key as NAME.key; what it signs lies beside it."""

    def __init__(self, folder: Path, name: str = "ca", under: "Authority | None" = None) -> None:
        self.folder = folder
        self.subject = _named(name)
        self.key = ec.generate_private_key(ec.SECP256R1())
        above = under or self
        built = _building(self.subject, above.subject, self.key, NOW - DAY, NOW + 365 * DAY)
        built = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.certificate, _ = _written(folder, name, built.sign(above.key, SHA256()), self.key)

    def issue(
        self, name: str, organisation: str = "", begins: datetime = NOW - DAY, ends: datetime = NOW + 90 * DAY, file: str = ""
    ) -> tuple[Path, Path]:
        """A certificate made out to a name, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        built = _building(_named(name, organisation), self.subject, key, begins, ends)
        return _written(self.folder, file or name, built.sign(self.key, SHA256()), key)

    def revoke(self, *certificates: Path, due: datetime = NOW + 30 * DAY) -> Path:
        """Its list of revoked certificates, NAME.crl: these alone."""
        built = x509.CertificateRevocationListBuilder().issuer_name(self.subject).last_update(NOW - DAY).next_update(due)
        for one in certificates:
            serial = x509.load_pem_x509_certificate(one.read_bytes()).serial_number
            built = built.add_revoked_certificate(x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW - DAY).build())
        path = self.certificate.with_suffix(".crl")
        path.write_bytes(built.sign(self.key, SHA256()).public_bytes(Encoding.PEM))
        return path

    def written(self, name: str, chain: str, key: ec.EllipticCurvePrivateKey) -> tuple[Path, Path]:
        return _written(self.folder, name, x509.load_pem_x509_certificate(chain.encode()), key)

    def as_kept(self, organisation: str = "") -> ChargerAuthority:
        """As the operator would give it to a forecourt, with its key."""
        return ChargerAuthority(self.certificate.read_bytes(), self.certificate.with_suffix(".key").read_bytes(), organisation)


def _named(name: str, organisation: str = "") -> x509.Name:
    parts = [x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]
    return x509.Name([*parts, x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, organisation)] if organisation else parts)


def _building(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    built = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    return built.serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(ends)


def _written(folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> tuple[Path, Path]:
    paths = folder / f"{name}.crt", folder / f"{name}.key"
    paths[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths


def request_for(name: str, organisation: str = "", key: object = None) -> tuple[str, ec.EllipticCurvePrivateKey]:
    """What a charger sends to have its key signed (PEM), and that key."""
    own = key or ec.generate_private_key(ec.SECP256R1())
    built = x509.CertificateSigningRequestBuilder().subject_name(_named(name, organisation)).sign(own, SHA256())  # type: ignore[arg-type]
    return built.public_bytes(Encoding.PEM).decode(), own  # type: ignore[return-value]
