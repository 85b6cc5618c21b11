"""The actions of guests and cardholders' banks in the small world of money, and the checks at the end."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from _money_world import World

from forecourt.flows.billing import CreditRequest, issue_credit_note, rate_and_invoice
from forecourt.flows.guests import open_visit
from forecourt.flows.paying import abandon_payment, request_more_hold
from forecourt.flows.ports import PageRequest, Store
from forecourt.kernel import ChargerId, EvseId, Money, OperatorId, SessionId, SiteId, TariffVersionId, TokenUid
from forecourt.ledger import DISPUTED
from forecourt.payments import PAYER_PRESENT, BlockRule, DisputeState, Held, Payment
from forecourt.sessions import ChargeRecord
from forecourt.simulation.provider import Intent, Refusal
from forecourt.stations import Approval, Charger, ConnectorState, Evse, EvseCode, Socket, StopReason
from forecourt.tariffs import Phase, PhaseState

OPERATOR, SITE, VERSION = OperatorId(UUID(int=1)), SiteId(UUID(int=2)), TariffVersionId(UUID(int=7))
CARDS = ("4242424242424242", "4242424242424242", "4000002500003155", "4000000000000002", "wallet")
SOCKETS = 3


class GuestSteps:
    """Guests at three sockets with codes; banks that take payments of anybody back."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._visits: list[bytes] = []
        self.steps: tuple[Callable[[], None], ...] = (
            self.scan, self.scan, self.put_up, self.put_up, self.put_up, self.whole, self.whole, self.charge_as_guest, self.add,
            self.go_away, self.dispute, self.dispute, self.dispute, self.decide, self.decide, self.decide, self.credit_part,
        )  # fmt: skip

    def build(self, store: Store) -> None:
        for number in range(SOCKETS):
            charger, evse_id = ChargerId(f"GP{number}"), self._evse(number)
            store.stations.put_charger(Charger(charger, Approval.APPROVED, OPERATOR, SITE, connected=True))
            store.stations.put_evse(Evse(evse_id, OPERATOR, SITE, charger, 1, f"G{number}", "IEC_62196_T2", "T2", ("L1",), 230, 32))
            store.stations.put_socket(Socket(evse_id, ConnectorState.AVAILABLE, at=self._world.at))
            store.guests.put_code(EvseCode(f"{number:010d}", OPERATOR, SITE, evse_id, self._world.at))
        store.disputes.put_rule(OPERATOR, self._world.random.choice(list(BlockRule)))

    def scan(self) -> None:
        """The form is sent twice as often as not; two phones stand before one socket."""
        world, digest, code = self._world, self._world.random.randbytes(32), f"{self._world.random.randrange(SOCKETS):010d}"
        for _ in range(1 + world.random.randrange(2)):
            world.within(lambda store: open_visit(store, code, digest, VERSION, world.at, world.ids))
        with world.transactions.begin() as store:
            visit = store.guests.by_digest(digest)
            if visit is not None:
                self._visits.append(digest)
                self._world.guest_drivers.append(visit.driver_id)

    def put_up(self) -> None:
        """A payer at the provider's page: a card, a refused one, the bank's question passed, refused or left open for long."""
        world = self._world
        waiting = [one for one in self._intents() if one.status == "requested"]
        if waiting:
            intent = world.random.choice(waiting)
            if intent.challenged_at is not None:
                world.bank.challenged(intent.id, intent.secret, world.random.random() < 0.7)
            else:
                world.bank.pay(intent.id, intent.secret, world.random.choice(CARDS))

    def charge_as_guest(self) -> None:
        """A guest whose hold stands charges once, now and then for more than is held, and is billed by two workers."""
        world, ready = self._world, [one for one in self._payments() if isinstance(one.state, Held) and one.session_id is None]
        if not ready:
            return
        payment = world.random.choice(ready)
        with world.transactions.begin() as store:
            if store.sessions.records_of(payment.driver_id) or payment.evse_id is None:
                return
            wh, session_id, start = (
                world.random.randrange(0, 90_000),
                SessionId(world.ids.new(world.at)),
                world.at - timedelta(minutes=30),
            )
            phase = Phase(PhaseState.CHARGING, start, world.at, wh)
            store.sessions.end(
                ChargeRecord(
                    session_id=session_id,
                    operator_id=OPERATOR,
                    site_id=SITE,
                    evse_id=payment.evse_id,
                    charger_id=store.stations.evse(payment.evse_id).charger_id,
                    transaction=str(session_id),
                    started_at=start,
                    ended_at=world.at,
                    token=TokenUid("GUEST"),
                    driver_id=payment.driver_id,
                    tariff_version_id=VERSION,
                    booking_id=None,
                    meter_start_wh=0,
                    meter_stop_wh=wh,
                    energy_wh=wh,
                    phases=(phase,),
                    reason=StopReason.DRIVER,
                )
            )
        world.records.append(session_id)
        for _ in range(1 + world.random.randrange(2)):
            world.within(lambda store: rate_and_invoice(store, session_id, world.at, world.ids))

    def whole(self) -> None:
        """Within a minute or two, as most guests do it: scanned, put up, heard of, charged."""
        world = self._world
        self.scan()
        for step in (world.deliver, self.put_up, self.put_up, world.webhook, world.deliver):
            step()
        self.charge_as_guest()

    def add(self) -> None:
        if self._visits:
            world, digest = self._world, self._world.random.choice(self._visits)
            world.within(lambda store: request_more_hold(store, store.guests.by_digest(digest), world.at, world.ids))  # type: ignore[arg-type]

    def go_away(self) -> None:
        if self._visits:
            world, digest = self._world, self._world.random.choice(self._visits)
            world.within(lambda store: abandon_payment(store, store.guests.by_digest(digest), world.at, world.ids))  # type: ignore[arg-type]

    def dispute(self) -> None:
        """Anybody's card payment, also one that was refunded in part, or is being refunded now."""
        self._at_bank(lambda intent: intent.status == "captured", self._world.bank.dispute)

    def decide(self) -> None:
        verdict = self._world.random.choice(("UNDER_REVIEW", "WON", "LOST"))
        self._at_bank(lambda intent: intent.claim is not None, lambda intent_id: self._world.bank.decide(intent_id, verdict))

    def credit_part(self) -> None:
        """Two operators at once, by an amount that is too much as often as not, or by a line."""
        world, invoice = self._world, self._world.some_invoice()
        if invoice is None or invoice.due.minor <= 0:
            return
        with world.transactions.begin() as store:
            seen = len(store.documents.credit_notes_of(invoice.id))
        part = Money(world.random.randrange(1, invoice.due.minor * 2 + 1), world.currency)
        lines = (world.random.randrange(len(invoice.content.lines)),) if world.random.random() < 0.3 else ()
        asked = CreditRequest(invoice.id, seen, "asked", lines, None if lines else part)
        for _ in range(2):
            world.within(lambda store: issue_credit_note(store, world.staff(), asked))

    def check(self, store: Store) -> None:
        """What is parked is what is open; every dispute at the provider is known, in its state; no guest holds anything."""
        known = store.disputes.page(OPERATOR, PageRequest(limit=100_000)).rows
        parked = store.ledger.balance(OPERATOR, DISPUTED, self._world.currency)
        assert parked == self._sum(store, DisputeState.NEEDS_ANSWER, DisputeState.UNDER_REVIEW), "what is disputed is not what is parked"
        told = {one.claim.id: (one.claim.status, one.claim.amount) for one in self._intents() if one.claim}
        assert told == {one.id: (one.state.value, one.amount.minor) for one in known}, "disputes differ from the provider's"
        assert not [one for one in self._of(store) if one.open], "a guest is still being asked, or held"
        self._world.counted["_disputes"] += len(known)
        self._world.counted["_guests"] += len(self._visits)
        self._world.counted["_guests charged"] += sum(1 for one in self._world.guest_drivers if store.sessions.records_of(one))

    def lost(self, store: Store) -> int:
        """What was written off because a dispute was lost: nobody owes less for it."""
        return self._sum(store, DisputeState.LOST)

    @staticmethod
    def _sum(store: Store, *states: DisputeState) -> int:
        """Of disputes of charges: a top-up's is taken from its balance."""
        known = [one for one in store.disputes.page(OPERATOR, PageRequest(limit=100_000)).rows if one.state in states]
        payments = [store.payments.payment(one.payment_id) for one in known]
        return sum(one.amount.minor for one, payment in zip(known, payments, strict=True) if payment and not payment.top_up)

    def _at_bank(self, fits: Callable[[Intent], bool], does: Callable[[str], object]) -> None:
        world, found = self._world, [one for one in self._intents() if fits(one)]
        if found and world.random.random() < 0.5:
            try:
                does(world.random.choice(found).id)
            except Refusal:
                world.counted["_refused"] += 1

    def _payments(self) -> Sequence[Payment]:
        with self._world.transactions.begin() as store:
            return self._of(store)

    def _of(self, store: Store) -> list[Payment]:
        return [
            one for driver_id in self._world.guest_drivers for one in store.payments.of_driver(driver_id) if one.method == PAYER_PRESENT
        ]

    def _intents(self) -> list[Intent]:
        return self._world.bank.intents()

    @staticmethod
    def _evse(number: int) -> EvseId:
        return EvseId(UUID(int=900 + number))
