"""What is known of the certificates a charger holds, and the one it asks for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RootUse(StrEnum):
    """What a charger trusts a certificate for."""

    SERVER = "SERVER"  # to know this server by
    MAKER = "MAKER"  # to know firmware by


class RequestState(StrEnum):
    WAITING = "WAITING"
    BY_HAND = "BY_HAND"  # a person has to have it signed
    SENT = "SENT"
    INSTALLED = "INSTALLED"
    REFUSED = "REFUSED"  # by us, or what was signed by the charger


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """The last it asked for. csr: PEM. number: by which it knows the answer (OCPP 2.1). why: of its state, where that needs saying."""

    csr: str
    asked_at: datetime
    number: int | None = None
    state: RequestState = RequestState.WAITING
    state_at: datetime | None = None
    why: str = ""

    @property
    def open(self) -> bool:
        return self.state in (RequestState.WAITING, RequestState.BY_HAND)


@dataclass(frozen=True, slots=True)
class Certificates:
    """roots: what it trusts, as it last told: its own description of each (`root_words`), and for what. renewal_asked_at: when it was
    last told to ask for another of its own."""

    roots: tuple[tuple[str, RootUse], ...] = ()
    request: CertificateRequest | None = None
    renewal_asked_at: datetime | None = None

    def of_use(self, use: RootUse) -> tuple[str, ...]:
        return tuple(root for root, its_use in self.roots if its_use is use)
