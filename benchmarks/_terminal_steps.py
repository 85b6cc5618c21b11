"""The events of cards presented at chargers' own terminals in the small world of money: they end as guests' charges do."""

from collections.abc import Callable
from uuid import UUID

from _guest_steps import GuestSteps
from _money_world import World

from forecourt.drivers import terminal_token
from forecourt.flows.guests import terminal_held, terminal_lookup
from forecourt.flows.ports import Store
from forecourt.kernel import ChargerId, DocumentId, EvseId, OperatorId, SiteId
from forecourt.payments import terminal_payment_id
from forecourt.simulation.provider import Intent, Refusal
from forecourt.stations import Approval, CardPresented, Charger, ConnectorState, Evse, Protocol, Socket, Terminal

OPERATOR, SITE = OperatorId(UUID(int=1)), SiteId(UUID(int=2))
CHARGERS = 2


class TerminalSteps:
    """Two chargers with terminals that are let in. Some settle by themselves, or let go, though they were told to leave that to us."""

    def __init__(self, world: World, guests: GuestSteps) -> None:
        self._world, self._guests = world, guests
        self.references: list[str] = []
        self.steps: tuple[Callable[[], None], ...] = (self.tap, self.tap, self.whole, self.whole, self.settle, self.increase)

    def build(self, store: Store) -> None:
        for number in range(CHARGERS):
            charger, evse_id = ChargerId(f"TP{number}"), EvseId(UUID(int=950 + number))
            made = Charger(charger, Approval.APPROVED, OPERATOR, SITE, Protocol.OCPP21, connected=True, terminal=Terminal(True))
            store.stations.put_charger(made)
            store.stations.put_evse(Evse(evse_id, OPERATOR, SITE, charger, 1, f"T{number}", "IEC_62196_T2", "T2", ("L1",), 230, 32))
            store.stations.put_socket(Socket(evse_id, ConnectorState.AVAILABLE, at=self._world.at))

    def tap(self) -> None:
        """The charger asks once or twice, perhaps of a gateway that dies; without a yes the terminal gives the hold back."""
        world = self._world
        intent = world.bank.tap(world.random.randrange(1, 40_000), world.currency)
        charger = ChargerId(f"TP{world.random.randrange(CHARGERS)}")
        card = CardPresented(charger, OPERATOR, SITE, terminal_token(intent.id), world.at, intent.id)
        try:
            for _ in range(1 + world.random.randrange(2)):
                world.within(lambda store: self._ask(store, card))
        finally:
            self._answered(intent)

    def _answered(self, intent: Intent) -> None:
        world = self._world
        with world.transactions.begin() as store:
            payment = store.payments.payment(terminal_payment_id(OPERATOR, intent.id))
        if payment is None:
            world.bank.release(intent.id)
            world.counted["_terminals refused"] += 1
        else:
            self.references.append(intent.id)
            world.counted["_terminals taken over"] += 1
            world.guest_drivers.append(payment.driver_id)

    def whole(self) -> None:
        self.tap()
        self._guests.charge_as_guest()

    def settle(self) -> None:
        """Against its setting a terminal takes what it thinks right, or gives all of it back."""
        world = self._world
        if self.references:
            reference = world.random.choice(self.references)
            try:
                if world.random.random() < 0.3:
                    world.bank.release(reference)
                else:
                    world.bank.capture(reference, world.random.randrange(1, world.bank.get(reference).held + 2))
                world.counted["_terminals settled by themselves"] += 1
            except Refusal:
                world.counted["_refused"] += 1

    def increase(self) -> None:
        world = self._world
        if self.references:
            try:
                world.bank.increase(world.random.choice(self.references), world.random.randrange(1, 90_000))
            except Refusal:
                world.counted["_refused"] += 1

    def took(self, store: Store, document_id: DocumentId) -> int:
        """What was taken at terminals for a document: one that settles by itself takes what it likes, and whenever it likes."""
        ours = {terminal_payment_id(OPERATOR, one) for one in self.references}
        return sum(one.taken.minor for one in store.payments.of_document(document_id) if one.id in ours)

    def _ask(self, store: Store, card: CardPresented) -> None:
        world, wanted = self._world, terminal_lookup(store, card)
        if wanted is not None:
            found = world.provider.adopt(wanted)
            terminal_held(store, card, found, wanted.payment_id.bytes * 2, world.at, world.ids)
