"""TLS at the chargers' port."""

import ssl

import structlog

from forecourt.assembly.settings import TlsFiles
from forecourt.jobs import Beat
from forecourt.kernel import BadInput

_LOOK_S = 300.0
# Those of OCPP with forward secrecy, for RSA and for ECDSA keys; TLS 1.3 has its own.
_SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20"
# The two of OCPP that older chargers have alone. Whoever records their traffic reads it once the key is known.
_OLD_SUITES = "AES128-GCM-SHA256:AES256-GCM-SHA384"
_log = structlog.get_logger("forecourt.gateway")


class DoorTls:
    """What chargers are shown: one certificate, or one of RSA and one of ECDSA. Files that are renewed are used from the next look on.

    Raises BadInput where the files cannot be used.
    """

    def __init__(self, files: TlsFiles) -> None:
        self._pairs = files.pairs
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_ciphers(f"{_SUITES}:{_OLD_SUITES}" if files.old_suites else _SUITES)
        self._load()
        self.beat = Beat("certificates", self._look, _LOOK_S)

    def _load(self) -> None:
        """Tried elsewhere first: a context that has been given a certificate and not its key shakes no hand any more."""
        for context in (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self.context):
            for certificate, key in self._pairs:
                try:
                    context.load_cert_chain(certificate, key)
                except OSError as error:  # an SSLError is one
                    raise BadInput("ocpp_tls", f"{certificate} and {key} cannot be used: {error.strerror or error}.") from error
        self._seen = self._stamps()

    def _stamps(self) -> tuple[int, ...]:
        return tuple(path.stat().st_mtime_ns for pair in self._pairs for path in pair)

    async def _look(self) -> bool:
        """While only one of two files has been renewed they do not fit, and the old ones go on."""
        if self._stamps() != self._seen:
            self._load()
            _log.info("certificates_renewed", files=[str(certificate) for certificate, _ in self._pairs])
        return False
