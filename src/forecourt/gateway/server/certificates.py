"""A charger's own certificate, as it showed it in the handshake of TLS. That it is signed by whom we trust was looked at there; here: is it
this charger's, and does it hold now?"""

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
    context: ssl.SSLContext = field(repr=False)  # by whose trust it was let through


def shown_certificate(link: ssl.SSLObject | None) -> ShownCertificate | None:
    """None where it showed none, or nobody asked."""
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


def why_not(shown: ShownCertificate, charger_id: ChargerId, serial: str, organisation: str, at: datetime) -> str:
    """Why it does not open, in words for the operator; empty: it does.

    serial: what the charger calls itself beside its identity. organisation: whose it has to be; empty = anybody's.
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
