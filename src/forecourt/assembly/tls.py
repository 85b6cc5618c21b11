"""TLS at the chargers' port."""

import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog
from cryptography.x509 import load_pem_x509_certificates

from forecourt.assembly.settings import TlsFiles
from forecourt.flows.chargers import RENEW_BEFORE
from forecourt.jobs import PollingLoop
from forecourt.kernel import BadInput, Clock
from forecourt.stations import ChargerAuthority, Revocations, revocations_in, signed_by_one_of

_LOOK_S = 300.0
_WARN_AGAIN = timedelta(days=1)
# OCPP's suites with forward secrecy, for RSA and for ECDSA keys; TLS 1.3 has its own.
_SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20"
# The only two OCPP suites of older chargers. Recorded traffic can be decrypted once the key is known.
_OLD_SUITES = "AES128-GCM-SHA256:AES256-GCM-SHA384"
# X509_V_FLAG_NO_CHECK_TIME: the gateway checks the validity period of a charger's certificate, because it knows whose it is and can say so.
_ANY_TIME = 0x200000
_log = structlog.get_logger("forecourt.gateway")


class ChargerTls:
    """The certificates shown to chargers: one, or one of RSA and one of ECDSA. Renewed files are used from the next look on.

    If the authorities that sign chargers' own certificates are known, chargers are asked for one; those without log in by password.
    Those authorities may change as well, and so may the revocations. Raises BadInput if the files cannot be used.
    """

    def __init__(self, files: TlsFiles, clock: Clock) -> None:
        self._files = files
        self._clock = clock
        self._warned_at: datetime | None = None
        self._overdue_at: datetime | None = None
        self.context = self._made()
        self._current, self._revoked = self.context, Revocations()
        self._load()
        self.context.sni_callback = self._shake  # called for each handshake, even without a server name
        self.beat = PollingLoop("certificates", self._check_files, _LOOK_S)

    def why_invalid(self, certificate: bytes, context: ssl.SSLContext) -> str:
        """certificate: a charger's own, DER. context: the one that accepted it.

        If an authority is no longer trusted, only certificates plainly issued by a remaining one are still valid; for those issued through
        an intermediate certificate, a new handshake decides.
        """
        if self._revoked.have(certificate):
            return "was revoked by whoever signed it"
        trusted = self._current.get_ca_certs(binary_form=True)
        if context is self._current or set(context.get_ca_certs(binary_form=True)) <= set(trusted):
            return ""
        return "" if signed_by_one_of(certificate, trusted) else "is by somebody who is trusted no more"

    def _made(self) -> ssl.SSLContext:
        """Made from the files as they are now: authorities no longer in them are no longer trusted."""
        files, context = self._files, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(f"{_SUITES}:{_OLD_SUITES}" if files.old_suites else _SUITES)
        for certificate, key in files.pairs:
            try:
                context.load_cert_chain(certificate, key)
            except OSError as error:  # an SSLError is one
                raise BadInput("ocpp_tls", f"{certificate} and {key} cannot be used: {error.strerror or error}.") from error
        if files.chargers_ca is not None:
            context.verify_mode = ssl.CERT_OPTIONAL
            context.verify_flags |= _ANY_TIME
            context.sslobject_class = _Handshake
            context.num_tickets = 0  # chargers already admitted are checked again
            _trust(context, files.chargers_ca)
        return context

    def _shake(self, link: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        link.context = self._current

    def _load(self) -> None:
        seen = self._stamps()
        context, revoked = self._made(), self._revocations()
        self._current, self._revoked, self._seen = context, revoked, seen

    def _revocations(self) -> Revocations:
        files = self._files
        if files.revoked is None or files.chargers_ca is None:
            return Revocations()
        try:
            return revocations_in(files.revoked.read_bytes(), files.chargers_ca.read_bytes())
        except OSError as error:
            raise BadInput("ocpp_tls", f"{error.filename} cannot be read: {error.strerror}.") from error

    def _stamps(self) -> tuple[int, ...]:
        paths = [path for pair in self._files.pairs for path in pair]
        return tuple(path.stat().st_mtime_ns for path in (*paths, self._files.chargers_ca, self._files.revoked) if path is not None)

    async def _check_files(self) -> bool:
        """While only one of two files has been renewed they do not match, and the old ones stay in use."""
        if self._stamps() != self._seen:
            self._load()
            _log.info("certificates_renewed", files=[str(certificate) for certificate, _ in self._files.pairs])
        self._warn(self._clock.now())
        return False

    def _warn(self, now: datetime) -> None:
        """Once a day: unnoticed, the expiry would one day leave the operator without chargers."""
        ends = tls_expires_at(self._files)
        if ends is not None and ends - now <= RENEW_BEFORE and (self._warned_at is None or now - self._warned_at >= _WARN_AGAIN):
            self._warned_at = now
            _log.warning("certificate_ends", at=ends.isoformat(timespec="minutes"))
        due = self._revoked.due
        if due is not None and due <= now and (self._overdue_at is None or now - self._overdue_at >= _WARN_AGAIN):
            self._overdue_at = now  # it stays in force: revoked certificates remain refused
            _log.warning("revocations_overdue", since=due.isoformat(timespec="minutes"))


def tls_expires_at(files: TlsFiles | None) -> datetime | None:
    """When the first of the certificates shown to chargers expires. None if there is none, or while one is being written."""
    try:
        shown = [load_pem_x509_certificates(path.read_bytes())[0] for path, _ in files.pairs] if files else []
    except (OSError, ValueError):
        return None
    return min((one.not_valid_after_utc for one in shown), default=None)


def authorities_of(files: TlsFiles | None) -> Callable[[], ChargerAuthority | None]:
    """A function that returns the signing authority of chargers' certificates. Raises BadInput, as does the function, if files cannot be
    used."""
    authority_of(files)
    return partial(authority_of, files)


def authority_of(files: TlsFiles | None) -> ChargerAuthority | None:
    """The authority that signs chargers' own certificates. Raises BadInput if the files cannot be used."""
    if files is None or files.chargers_ca is None:
        return None
    try:
        key = files.chargers_ca_key.read_bytes() if files.chargers_ca_key else None
        return ChargerAuthority(files.chargers_ca.read_bytes(), key, files.organisation)
    except OSError as error:
        raise BadInput("ocpp_tls", f"{error.filename} cannot be read: {error.strerror}.") from error


class _Handshake(ssl.SSLObject):
    """A certificate that no known authority has signed ends the handshake before its bearer is identified: log a line."""

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except ssl.SSLCertVerificationError as error:
            _log.warning("charger_certificate_refused", why=error.verify_message)
            raise


def _trust(context: ssl.SSLContext, authorities: Path) -> None:
    try:
        context.load_verify_locations(authorities)
    except OSError as error:
        raise BadInput("ocpp_tls", f"{authorities} holds no certificates: {error.strerror or error}.") from error
