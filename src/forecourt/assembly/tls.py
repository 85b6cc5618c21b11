"""TLS at the chargers' port."""

import ssl
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from cryptography.x509 import load_pem_x509_certificates

from forecourt.assembly.settings import TlsFiles
from forecourt.flows.charging import RENEW_BEFORE
from forecourt.jobs import Beat
from forecourt.kernel import BadInput, Clock
from forecourt.stations import ChargerAuthority

_LOOK_S = 300.0
_WARN_AGAIN = timedelta(days=1)
# Those of OCPP with forward secrecy, for RSA and for ECDSA keys; TLS 1.3 has its own.
_SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20"
# The two of OCPP that older chargers have alone. Whoever records their traffic reads it once the key is known.
_OLD_SUITES = "AES128-GCM-SHA256:AES256-GCM-SHA384"
# X509_V_FLAG_NO_CHECK_TIME: when a charger's certificate holds is looked at by the gateway, which then knows whose it is and can say so.
_ANY_TIME = 0x200000
_log = structlog.get_logger("forecourt.gateway")


class DoorTls:
    """What chargers are shown: one certificate, or one of RSA and one of ECDSA. Files that are renewed are used from the next look on.

    Where it is known who signs chargers' own certificates, they are asked for one; who has none comes in by its password.
    Raises BadInput where the files cannot be used.
    """

    def __init__(self, files: TlsFiles, clock: Clock) -> None:
        self._files = files
        self._clock = clock
        self._warned_at: datetime | None = None
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_ciphers(f"{_SUITES}:{_OLD_SUITES}" if files.old_suites else _SUITES)
        if files.chargers_ca is not None:
            self.context.verify_mode = ssl.CERT_OPTIONAL
            self.context.verify_flags |= _ANY_TIME
            self.context.sslobject_class = _Handshake
        self._load()
        self.beat = Beat("certificates", self._look, _LOOK_S)

    def _load(self) -> None:
        """Tried elsewhere first: a context that has been given a certificate and not its key shakes no hand any more."""
        for context in (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self.context):
            for certificate, key in self._files.pairs:
                try:
                    context.load_cert_chain(certificate, key)
                except OSError as error:  # an SSLError is one
                    raise BadInput("ocpp_tls", f"{certificate} and {key} cannot be used: {error.strerror or error}.") from error
            if self._files.chargers_ca is not None:
                _trust(context, self._files.chargers_ca)
        self._seen = self._stamps()

    def _stamps(self) -> tuple[int, ...]:
        paths = [path for pair in self._files.pairs for path in pair]
        return tuple(path.stat().st_mtime_ns for path in [*paths, *([self._files.chargers_ca] if self._files.chargers_ca else [])])

    async def _look(self) -> bool:
        """While only one of two files has been renewed they do not fit, and the old ones go on."""
        if self._stamps() != self._seen:
            self._load()
            _log.info("certificates_renewed", files=[str(certificate) for certificate, _ in self._files.pairs])
        self._warn(self._clock.now())
        return False

    def _warn(self, now: datetime) -> None:
        """Once a day: who does not know it ends is without chargers one morning."""
        ends = door_ends(self._files)
        if ends is not None and ends - now <= RENEW_BEFORE and (self._warned_at is None or now - self._warned_at >= _WARN_AGAIN):
            self._warned_at = now
            _log.warning("certificate_ends", at=ends.isoformat(timespec="minutes"))


def door_ends(files: TlsFiles | None) -> datetime | None:
    """When the first of the certificates that chargers are shown ends. None where there is none, or while one is being written."""
    try:
        shown = [load_pem_x509_certificates(path.read_bytes())[0] for path, _ in files.pairs] if files else []
    except (OSError, ValueError):
        return None
    return min((one.not_valid_after_utc for one in shown), default=None)


def authority_of(files: TlsFiles | None) -> ChargerAuthority | None:
    """Who signs chargers' own certificates. Raises BadInput where the files cannot be used."""
    if files is None or files.chargers_ca is None:
        return None
    try:
        key = files.chargers_ca_key.read_bytes() if files.chargers_ca_key else None
        return ChargerAuthority(files.chargers_ca.read_bytes(), key, files.organisation)
    except OSError as error:
        raise BadInput("ocpp_tls", f"{error.filename} cannot be read: {error.strerror}.") from error


class _Handshake(ssl.SSLObject):
    """A certificate that nobody we know has signed ends the handshake before its bearer has said who it is: it leaves a line."""

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except ssl.SSLCertVerificationError as error:
            _log.warning("charger_certificate_refused", why=error.verify_message)
            raise


def _trust(context: ssl.SSLContext, authorities: Path) -> None:
    """What was trusted once is trusted until the next start."""
    try:
        context.load_verify_locations(authorities)
    except OSError as error:
        raise BadInput("ocpp_tls", f"{authorities} holds no certificates: {error.strerror or error}.") from error
