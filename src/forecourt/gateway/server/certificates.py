"""A charger's own certificate, as presented in the TLS handshake. Its signature was verified there; here: is it this charger's, and is
it valid now?"""

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from forecourt.kernel import ChargerId

_Subject = tuple[tuple[tuple[str, str], ...], ...]


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    names: tuple[str, ...]  # CN
    organisations: tuple[str, ...]  # O
    begins: datetime
    ends: datetime
    der: bytes = field(repr=False)
    context: ssl.SSLContext = field(repr=False)  # the context whose authorities verified it


def shown_certificate(link: ssl.SSLObject | None) -> ShownCertificate | None:
    """None if the charger presented none, or none was requested."""
    found = link.getpeercert() if link is not None else None
    if link is None or not found:
        return None
    subject = [one for parts in cast(_Subject, found.get("subject", ())) for one in parts]
    return ShownCertificate(
        names=tuple(value for name, value in subject if name == "commonName"),
        organisations=tuple(value for name, value in subject if name == "organizationName"),
        begins=_instant(found["notBefore"]),
        ends=_instant(found["notAfter"]),
        der=link.getpeercert(binary_form=True) or b"",
        context=link.context,
    )


def why_not_admitted(shown: ShownCertificate, charger_id: ChargerId, serial: str, organisation: str, at: datetime) -> str:
    """Why the certificate does not admit the charger, in words for the operator; empty: it does.

    serial: the name the charger uses besides its identity. organisation: whose certificate it must be; empty = anyone's.
    """
    if len(shown.names) != 1 or shown.names[0] not in {charger_id, serial or charger_id}:
        return f"is issued to {' and '.join(shown.names) or 'no one'}"[:120]
    if organisation and shown.organisations != (organisation,):
        return f"is from {' and '.join(shown.organisations) or 'no organisation'}, not from {organisation}"[:200]
    if at < shown.begins:
        return f"is not valid before {shown.begins:%Y-%m-%d %H:%M} UTC"
    return ended(shown, at)


def ended(shown: ShownCertificate, at: datetime) -> str:
    return f"expired on {shown.ends:%Y-%m-%d %H:%M} UTC" if at >= shown.ends else ""


def _instant(text: object) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(text)), UTC)
