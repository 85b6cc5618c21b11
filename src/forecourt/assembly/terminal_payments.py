"""Payments at chargers' own card terminals, at the gateway: the hold is looked up at the processor while the payer waits."""

from hashlib import sha256
from time import monotonic

from forecourt.drivers import terminal_secret
from forecourt.flows.guests import terminal_held, terminal_lookup
from forecourt.flows.ports import Processor, Transactions
from forecourt.kernel import Clock, Ids
from forecourt.payments import terminal_payment_id
from forecourt.stations import CardPresented

# The charger waits at most this long: after that its terminal releases the hold, so no charge may start from it.
WAIT_S = 8.0


class TerminalPayments:
    """Blocking, and thread-safe. key: the installation's own secret. address: the address of our pages."""

    def __init__(self, transactions: Transactions, clock: Clock, ids: Ids, processor: Processor, link: tuple[bytes, str]) -> None:
        self._transactions, self._clock, self._ids, self._processor = transactions, clock, ids, processor
        self._key, self._address = link[0], link[1].rstrip("/")

    def is_authorized(self, card: CardPresented) -> bool:
        """No unit of work is open while waiting for the processor."""
        begun = monotonic()
        with self._transactions.begin() as store:
            wanted = terminal_lookup(store, card)
        if wanted is None:
            return False
        found = self._processor.adopt(wanted)
        if monotonic() - begun > WAIT_S:
            return False
        digest = sha256(self._secret(card).encode()).digest()
        with self._transactions.begin() as store:
            return terminal_held(store, card, found, digest, self._clock.now(), self._ids)

    def link(self, card: CardPresented) -> str:
        """A link to the page of the charge that the payment is for; always the same for one payment."""
        return f"{self._address}/c/{self._secret(card)}"

    def _secret(self, card: CardPresented) -> str:
        return terminal_secret(self._key, terminal_payment_id(card.operator_id, card.reference))
