"""A payment provider in the test's own process: its bank, with orders going in and events coming out by hand."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from forecourt.flows.answers import apply_payment_answer, receive_payment_event
from forecourt.flows.billing import invoice_no_show
from forecourt.flows.paying import collect_payment, maintain_holds
from forecourt.kernel import PaymentId
from forecourt.payments import (
    Accepted,
    Adopt,
    Answer,
    Capture,
    Charge,
    OpenCharge,
    Opened,
    OpenHold,
    PaymentOrder,
    PlaceHold,
    ProcessorEvent,
    ProcessorRecord,
    QueryPayment,
    Rejected,
    Release,
    Unanswered,
)
from forecourt.processors.provider_json import PaymentJson, record_of
from forecourt.simulation.provider.bank import Bank
from forecourt.simulation.provider.model import Faults, Intent, PaymentOptions, Refusal


@dataclass
class OwnBank:
    """at: the instant it lives in. events: what it told since the last `tell`."""

    at: datetime
    faults: Faults = field(default_factory=Faults)
    events: list[ProcessorEvent] = field(default_factory=list)
    bank: Bank = field(init=False)

    def __post_init__(self) -> None:
        self.bank = Bank(self._now, self.faults, self._told)

    def carry_out(self, order: PaymentOrder) -> Answer | ProcessorRecord:
        try:
            if isinstance(order, OpenHold | OpenCharge):
                how = PaymentOptions(True, order.keep_card) if isinstance(order, OpenCharge) else None
                intent = self.bank.ask(str(order.payment_id), order.amount.minor, order.amount.currency, options=how)
                return Opened(intent.id, self.at, f"https://provider.example/pay/{intent.id}?key={intent.secret}")
            if isinstance(order, PlaceHold | Charge):
                how = (order.method, isinstance(order, PlaceHold))
                intent = self.bank.create(str(order.payment_id), order.amount.minor, order.amount.currency, *how)
                return Accepted(intent.id, self.at, self.record(intent).expires_at)
            if isinstance(order, QueryPayment):
                return self.record(self.bank.find(str(order.payment_id)))
            if isinstance(order, Capture):
                self.bank.capture(order.reference, order.amount.minor)
            if isinstance(order, Release):
                self.bank.release(order.reference)
        except Refusal as refusal:
            if refusal.code == "reference_taken":  # asked for again, without an answer to the first time
                return self.record(self.bank.find(str(order.payment_id)))
            if isinstance(order, Release) and refusal.status == 400:
                return self.record(self.bank.find(str(order.payment_id)))
            return Rejected(refusal.code) if refusal.status == 402 else Unanswered(refusal.code)
        return Accepted(order.reference, self.at)

    def adopt(self, wanted: Adopt) -> ProcessorRecord | Rejected:
        try:
            return self.record(self.bank.adopt(wanted.reference, str(wanted.payment_id)))
        except Refusal as refusal:
            return Rejected(refusal.code)

    def pays(self, payment_id: object, card: str = "4242424242424242") -> Intent:
        intent = self.bank.find(str(payment_id))
        return self.bank.pay(intent.id, intent.secret, card)

    def says(self, payment_id: object, passed: bool) -> Intent:
        intent = self.bank.find(str(payment_id))
        return self.bank.challenged(intent.id, intent.secret, passed)

    def deliver(self, transactions, ids) -> int:
        """Every due payment order, and what is told meanwhile, until nothing moves."""
        count = 0
        while True:
            with transactions.begin() as store:
                items = store.outbox.claim("payment", self.at, 100, 60.0)
            for item in items:
                answer = self.carry_out(item.work)
                with transactions.begin() as store:
                    apply_payment_answer(store, item, answer, self.at, ids)
            told, self.events[:] = list(self.events), []
            for event in told:
                with transactions.begin() as store:
                    receive_payment_event(store, event, self.at, ids)
            count += len(items)
            if not items and not told:
                return count

    def later(self, **by: float) -> datetime:
        self.at += timedelta(**by)
        return self.at

    def _now(self) -> float:
        return self.at.timestamp()

    @staticmethod
    def record(intent: Intent) -> ProcessorRecord:
        return record_of(msgspec.convert(intent.answer(), PaymentJson))

    def _told(self, name: str, intent: Intent) -> None:
        if not intent.reference:
            return
        event = ProcessorEvent(
            f"evt_{name}_{intent.id}_{intent.changed_at}", name, PaymentId(UUID(intent.reference)), self.at.astimezone(UTC)
        )
        self.events.append(event)


def works(place, bank: OwnBank, *clockwork) -> None:
    """What a worker does at the bank's instant: the clock's steps at the site, then the fees and payments they ask for."""
    for step in clockwork:
        with place.transactions.begin() as store:
            step(store, place.site_id, bank.at, place.ids)
    with place.transactions.begin() as store:
        maintain_holds(store, place.operator_id, bank.at, place.ids)
        for item in store.outbox.claim("task", bank.at, 10, 60):
            made = invoice_no_show(store, item.work.booking_id, bank.at, place.ids) if hasattr(item.work, "booking_id") else None
            store.outbox.done(item.id, bank.at, "done")
            if made is not None:
                collect_payment(store, made.id, bank.at, place.ids)
    bank.deliver(place.transactions, place.ids)
