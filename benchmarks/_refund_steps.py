"""Refunds that fail in the small world of money, and the transfers that replace them."""

from collections import Counter
from collections.abc import Callable

from _money_place import OPERATOR
from _money_world import World

from forecourt.flows.billing import CreditRequest, issue_credit_note, retry_card_refund
from forecourt.flows.paying import barred_reasons, cancel_payback, mark_paid_back, mark_payback_returned
from forecourt.flows.ports import Store
from forecourt.kernel import Money
from forecourt.payments import DisputeState, Payback
from forecourt.settlement import Mismatch, finding_id
from forecourt.simulation.provider import Refusal


class RefundSteps:
    """A payer's bank sends refunds back; a person transfers what waits, tries the card again, or takes off what its payer has."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.steps: tuple[Callable[[], None], ...] = (
            self.whole, self.whole, self.bounce, self.bounce, self.transfer_back, self.transfer_back, self.transfer_returned,
            self.try_card, self.take_off,
        )  # fmt: skip

    def whole(self) -> None:
        """A bill is credited, in part as often as not, and the refund comes back."""
        world, invoice = self._world, self._world.some_invoice()
        if invoice is not None and invoice.due.minor > 0:
            with world.transactions.begin() as store:
                seen = len(store.documents.credit_notes_of(invoice.id))
            part = Money(world.random.randrange(1, invoice.due.minor + 1), world.currency) if world.random.random() < 0.5 else None
            world.within(lambda store: issue_credit_note(store, world.staff(), CreditRequest(invoice.id, seen, "wrong", amount=part)))
            for step in (world.deliver, world.deliver, self.bounce, world.webhook, world.deliver):
                step()

    def bounce(self) -> None:
        world = self._world
        given = [(one.id, back.amount) for one in world.bank.intents() for back in one.refunds if not back.failed]
        if given:
            try:
                world.bank.bounce(*world.random.choice(given))
            except Refusal:
                world.counted["_refused"] += 1

    def transfer_back(self) -> None:
        """What may go; two people at once as often as not."""
        if one := self._some(lambda one: one.open, barred=False):
            world = self._world
            for _ in range(1 + world.random.randrange(2)):
                world.within(lambda store: mark_paid_back(store, world.staff(), one.id, world.at.date(), "back"))

    def transfer_returned(self) -> None:
        if one := self._some(lambda one: not one.open):
            world = self._world
            world.within(lambda store: mark_payback_returned(store, world.staff(), one.id, "returned"))

    def try_card(self) -> None:
        if one := self._some(lambda one: one.open):
            world = self._world
            world.within(lambda store: retry_card_refund(store, world.staff(), one.id))

    def take_off(self) -> None:
        if one := self._some(lambda one: one.open, barred=True):
            world = self._world
            world.within(lambda store: cancel_payback(store, world.staff(), one.id))

    def check(self, store: Store) -> None:
        """Nobody has more back than they paid for an invoice, by card, transfer and their bank together, that no finding tells of."""
        for document in store.documents.recent(OPERATOR, 100_000):
            payments = store.payments.of_document(document.id)
            back = sum(one.returned.minor for one in payments)
            back += sum(each.amount.minor for one in payments for each in store.paybacks.of_payment(one.id) if not each.open)
            disputes = [each for one in payments for each in store.disputes.of_payment(one.id)]
            back += sum(each.amount.minor for each in disputes if each.state is DisputeState.LOST)
            found = store.clearing.lock_finding(finding_id(f"{document.id}/twice"))
            told = found is not None and found.open and found.doubt.kind is Mismatch.TWICE
            assert told is (back > sum(one.taken.minor for one in payments)), f"{document.number}: {back} back, found: {told}"
        self._world.counted["_refunds bounced"] += sum(back.failed for one in self._world.bank.intents() for back in one.refunds)
        self._world.counted.update(Counter(f"_paybacks {'open' if one.open else 'paid'}" for one in self._all(store)))

    def transferred(self, store: Store) -> int:
        """What went back by transfer."""
        return sum(one.amount.minor for one in self._all(store) if not one.open)

    def _some(self, fits: Callable[[Payback], bool], barred: bool | None = None) -> Payback | None:
        with self._world.transactions.begin() as store:
            found = [one for one in self._all(store) if fits(one)]
            held = barred_reasons(store, found) if barred is not None else {}
        found = [one for one in found if barred is None or (one.id in held) is barred]
        return self._world.random.choice(found) if found else None

    def _all(self, store: Store) -> list[Payback]:
        payments = [one for driver_id in self._world.everybody for one in store.payments.of_driver(driver_id, 100_000)]
        return [each for one in payments for each in store.paybacks.of_payment(one.id)]
