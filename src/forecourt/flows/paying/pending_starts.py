"""Charges that were allowed to begin but are not sessions yet: accepted but not applied, or just ordered from a charger."""

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
    """A start to be judged. message: the charger's report of it; before: the driver's starts already allowed in the same batch."""

    evse: Evse
    message: Message | None = None
    before: Sequence[Message] = ()


@dataclass(frozen=True, slots=True)
class Beginning:
    """since: when it was reported, or ordered."""

    token: TokenUid
    evse: Evse
    since: datetime


def beginnings(store: Store, operator_id: OperatorId, driver_id: DriverId, start: Start | None, at: datetime) -> list[Beginning]:
    """The driver's pending starts other than `start`. Read them before the sessions: anything applied in between is then counted twice
    rather than missed."""
    judged, before = (start.message, start.before) if start else (None, ())
    reported = {_charge_of(one): one for one in (*before, *(row.message for row in store.inbox.unapplied_starts(operator_id, driver_id)))}
    running = store.sessions.open_of(driver_id)
    counted = {(one.charger_id, one.transaction) for one in running} | ({_charge_of(judged)} if judged else set())
    own_key = judged and (judged.charger_id, judged.dedupe_key)
    waiting = [one for charge, one in reported.items() if charge not in counted and (one.charger_id, one.dedupe_key) != own_key]
    of_cards = [one for message in waiting if (one := _reported_start(store, message))]
    begun = {one.evse_id for one in running} | {one.evse.id for one in of_cards}
    return of_cards + [one for one in _ordered(store, operator_id, driver_id, at) if one.evse.id not in begun]


def _charge_of(message: Message) -> tuple[ChargerId, str]:
    """A key of the charge: a charger may name the card in every message of it, and in OCPP 1.6 a new one has no transaction number yet."""
    return message.charger_id, getattr(message.fact, "transaction", "") or message.dedupe_key


def _reported_start(store: Store, message: Message) -> Beginning | None:
    fact = message.fact
    number, token = getattr(fact, "evse_number", None), getattr(fact, "token", None)
    evse = store.stations.evse_at(message.charger_id, number) if number else None
    return Beginning(token_uid(token), evse, message.received_at) if evse and token else None


def _ordered(store: Store, operator_id: OperatorId, driver_id: DriverId, at: datetime) -> Iterator[Beginning]:
    """Starts ordered from the app that no charge has followed; within some minutes of the charger's acceptance one still may."""
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
