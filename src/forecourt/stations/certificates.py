"""What is known about the certificates a charger holds, and the one it has requested."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RootUse(StrEnum):
    """What a charger trusts a certificate for."""

    SERVER = "SERVER"  # to identify this server
    MAKER = "MAKER"  # to verify firmware


class RequestState(StrEnum):
    WAITING = "WAITING"
    BY_HAND = "BY_HAND"  # a person must have it signed
    SENT = "SENT"
    INSTALLED = "INSTALLED"
    REFUSED = "REFUSED"  # we refused the request, or the charger refused the signed certificate


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """The charger's latest request. csr: PEM. number: identifies it in the answer (OCPP 2.1). why: explains the state if it needs it."""

    csr: str
    requested_at: datetime
    number: int | None = None
    state: RequestState = RequestState.WAITING
    state_at: datetime | None = None
    why: str = ""

    @property
    def open(self) -> bool:
        return self.state in (RequestState.WAITING, RequestState.BY_HAND)


@dataclass(frozen=True, slots=True)
class Certificates:
    """roots: what it trusts, as it last reported: its own description of each, and for what use. renewal_requested_at: when
    it was last asked to request a new certificate of its own."""

    roots: tuple[tuple[str, RootUse], ...] = ()
    request: CertificateRequest | None = None
    renewal_requested_at: datetime | None = None

    def of_use(self, use: RootUse) -> tuple[str, ...]:
        return tuple(root for root, its_use in self.roots if its_use is use)
