"""What cards held to chargers' own terminals can bring about in the small world of money: they end as guests' charges do."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from forecourt.drivers import terminal_token
from forecourt.flows.guests import ask_terminal, terminal_held
from forecourt.flows.ports import Store
from forecourt.kernel import ChargerId, DocumentId, EvseId, OperatorId, SiteId
from forecourt.payments import terminal_payment_id
from forecourt.simulation.provider import Intent, Refusal
from forecourt.stations import Approval, CardShown, Charger, ConnectorState, Evse, Protocol, Socket, Terminal

if TYPE_CHECKING:
    from _money_machine import Machine

OPERATOR, SITE = OperatorId(UUID(int=1)), SiteId(UUID(int=2))
CHARGERS = 2


class TerminalSteps:
    """Two chargers with terminals that are let in. Some settle by themselves, or let go, though they were told to leave that to us."""

    def __init__(self, machine: "Machine") -> None:
        self._machine = machine
        self.references: list[str] = []
        self.steps: tuple[Callable[[], None], ...] = (self.tap, self.tap, self.whole, self.whole, self.settle, self.increase)

    def build(self, store: Store) -> None:
        for number in range(CHARGERS):
            charger, evse_id = ChargerId(f"TP{number}"), EvseId(UUID(int=950 + number))
            made = Charger(charger, Approval.APPROVED, OPERATOR, SITE, Protocol.OCPP21, connected=True, terminal=Terminal(True))
            store.stations.put_charger(made)
            store.stations.put_evse(Evse(evse_id, OPERATOR, SITE, charger, 1, f"T{number}", "IEC_62196_T2", "T2", ("L1",), 230, 32))
            store.stations.put_socket(Socket(evse_id, ConnectorState.AVAILABLE, at=self._machine.at))

    def tap(self) -> None:
        """The charger asks once or twice, perhaps of a gateway that dies; without a yes the terminal gives the hold back."""
        machine = self._machine
        intent = machine.bank.tap(machine.random.randrange(1, 40_000), machine.currency)
        charger = ChargerId(f"TP{machine.random.randrange(CHARGERS)}")
        card = CardShown(charger, OPERATOR, terminal_token(intent.id), machine.at, intent.id)
        try:
            for _ in range(1 + machine.random.randrange(2)):
                machine.within(lambda store: self._ask(store, card))
        finally:
            self._answered(intent)

    def _answered(self, intent: Intent) -> None:
        machine = self._machine
        with machine.transactions.begin() as store:
            payment = store.payments.payment(terminal_payment_id(OPERATOR, intent.id))
        if payment is None:
            machine.bank.release(intent.id)
            machine.counted["_terminals refused"] += 1
        else:
            self.references.append(intent.id)
            machine.counted["_terminals taken over"] += 1
            machine.guests.drivers.append(payment.driver_id)

    def whole(self) -> None:
        self.tap()
        self._machine.guests.charge_as_guest()

    def settle(self) -> None:
        """Against its setting a terminal takes what it thinks right, or gives all of it back."""
        machine = self._machine
        if self.references:
            reference = machine.random.choice(self.references)
            try:
                if machine.random.random() < 0.3:
                    machine.bank.release(reference)
                else:
                    machine.bank.capture(reference, machine.random.randrange(1, machine.bank.get(reference).held + 2))
                machine.counted["_terminals settled by themselves"] += 1
            except Refusal:
                machine.counted["_refused"] += 1

    def increase(self) -> None:
        machine = self._machine
        if self.references:
            try:
                machine.bank.increase(machine.random.choice(self.references), machine.random.randrange(1, 90_000))
            except Refusal:
                machine.counted["_refused"] += 1

    def took(self, store: Store, document_id: DocumentId) -> int:
        """What was taken at terminals for a document: one that settles by itself takes what it likes, and whenever it likes."""
        ours = {terminal_payment_id(OPERATOR, one) for one in self.references}
        return sum(one.taken.minor for one in store.payments.of_document(document_id) if one.id in ours)

    def _ask(self, store: Store, card: CardShown) -> None:
        machine, wanted = self._machine, ask_terminal(store, card)
        if wanted is not None:
            found = machine.provider.adopt(wanted)
            terminal_held(store, card, found, wanted.payment_id.bytes * 2, machine.at, machine.ids)
