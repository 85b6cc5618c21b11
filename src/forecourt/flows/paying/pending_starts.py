"""Charges that a driver was let begin and that are no sessions yet: answered and not applied, or asked of a charger a moment ago."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from forecourt.drivers import TokenKind, token_uid
from forecourt.flows.bookings.turns import STARTS_WITHIN
from forecourt.flows.ports.outbox import ChargerOrder
from forecourt.flows.ports.sessions import ChargeSearch
from forecourt.flows.ports.store import Store
from forecourt.kernel import ChargerId, DriverId, OperatorId, TokenUid
from forecourt.stations import Evse, Message, StartCharge


@dataclass(frozen=True, slots=True)
class Start:
    """One that is judged. message: of a charger that tells of it; before: of the driver's, those let begin before it in the same batch."""

    evse: Evse
    message: Message | None = None
    before: Sequence[Message] = ()


@dataclass(frozen=True, slots=True)
class Beginning:
    """since: when it was told of, or asked for."""

    token: TokenUid
    evse: Evse
    since: datetime


def beginnings(store: Store, operator_id: OperatorId, driver_id: DriverId, start: Start | None, at: datetime) -> list[Beginning]:
    """The driver's others than `start`. Ask for them before the sessions: what is applied meanwhile is counted twice then, and never
    missed."""
    judged, before = (start.message, start.before) if start else (None, ())
    told = {_charge_of(one): one for one in (*before, *(row.message for row in store.inbox.begun(operator_id, driver_id)))}
    running = store.sessions.open_of(driver_id)
    counted = {(one.charger_id, one.transaction) for one in running} | ({_charge_of(judged)} if judged else set())
    itself = judged and (judged.charger_id, judged.dedupe_key)
    waiting = [one for charge, one in told.items() if charge not in counted and (one.charger_id, one.dedupe_key) != itself]
    of_cards = [one for message in waiting if (one := _told(store, message))]
    begun = {one.evse_id for one in running} | {one.evse.id for one in of_cards}
    return of_cards + [one for one in _ordered(store, operator_id, driver_id, at) if one.evse.id not in begun]


def _charge_of(message: Message) -> tuple[ChargerId, str]:
    """A charger may name the card with every message of a charge; one of OCPP 1.6 in this batch has no number yet."""
    return message.charger_id, getattr(message.fact, "transaction", "") or message.dedupe_key


def _told(store: Store, message: Message) -> Beginning | None:
    fact = message.fact
    number, token = getattr(fact, "evse_number", None), getattr(fact, "token", None)
    evse = store.stations.evse_at(message.charger_id, number) if number else None
    return Beginning(token_uid(token), evse, message.received_at) if evse and token else None


def _ordered(store: Store, operator_id: OperatorId, driver_id: DriverId, at: datetime) -> Iterator[Beginning]:
    """Those from the app that no charge has followed yet; from a charger's yes on one may for some minutes."""
    for token in store.drivers.tokens_of(driver_id):
        for item in store.outbox.starts(operator_id, token.uid, at - STARTS_WITHIN) if token.kind is TokenKind.APP else ():
            match item.work:
                case ChargerOrder(charger_id=charger_id, order=StartCharge(evse_number=number)):
                    evse = store.stations.evse_at(charger_id, number)
                    if evse is not None and not _charged(store, driver_id, evse, item.due_at):
                        yield Beginning(token.uid, evse, item.due_at)


def _charged(store: Store, driver_id: DriverId, evse: Evse, since: datetime) -> bool:
    ended = store.sessions.page(evse.operator_id, ChargeSearch(driver_id=driver_id, since=since)).rows
    return any(one.evse_id == evse.id for one in ended)
