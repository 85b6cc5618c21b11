"""Store charger messages before they are acknowledged, and decide the answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from forecourt.drivers import DebtStatus, Token, TokenKind, decide, group_of, token_uid
from forecourt.flows.bookings.turns import RECENT_START, is_reserved_for_another, may_start
from forecourt.flows.charging.closed_sites import why_not_served
from forecourt.flows.charging.refusal_notices import notify_closed, notify_refused
from forecourt.flows.paying.fleet_limits import limit_reached, notify_limit
from forecourt.flows.paying.funds import has_funds
from forecourt.flows.paying.pending_starts import Start, beginnings
from forecourt.flows.ports.store import Store
from forecourt.flows.power.admission import can_begin_at_charger, can_begin_charge
from forecourt.flows.roaming.tokens import effective_token
from forecourt.kernel import BadInput, DriverId
from forecourt.stations import (
    Acknowledgement,
    Approval,
    CardPresented,
    ChargerBooted,
    InboxItem,
    Message,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    Verdict,
)

_PLAIN = Acknowledgement()
_STRANGER = Acknowledgement(stranger=True)
_MAY_NAME_CARD, _ALWAYS_NOTABLE = (TransactionUpdated, TransactionEnded), (TransactionStarted, ChargerBooted)


def accept(store: Store, items: Sequence[InboxItem]) -> list[Acknowledgement]:
    """Answer a batch and store its messages; the caller commits, then answers the chargers.

    A start without a transaction id (OCPP 1.6) is given one. A message that was stored before gets its first
    acknowledgement again. Nothing schema-valid is refused here: doubtful content is dealt with when it is applied.
    Not stored are questions about cards, and boots of chargers that no longer have access where they say they stand.
    """
    notable = [place for place, one in enumerate(items) if _is_notable(one)]  # a few among many readings
    store.inbox.prefetch([items[place] for place in notable])
    answers = [_PLAIN] * len(items)
    cards = {place: _card_of(store, items[place]) for place in notable}
    batch = _Batch()
    for index in sorted(notable, key=lambda place: card.driver_id.int if (card := cards[place]) else 0):  # so two batches lock alike
        answers[index] = _answer(store, items[index], cards[index], batch)
    strangers = {place for place in notable if answers[place].stranger}
    accepted = {place: one for place, one in enumerate(items) if isinstance(one, Message) and place not in strangers}
    _number(store, accepted, answers, notable)
    for index, answer in zip(accepted, store.inbox.add(list(accepted.values()), [answers[place] for place in accepted]), strict=True):
        answers[index] = answer
    if batch.notices:
        again = {(one.charger_id, one.dedupe_key) for place, one in accepted.items() if answers[place].repeated}
        for message, send_notice in batch.notices:
            if (message.charger_id, message.dedupe_key) not in again:  # a message sent again was reported when it was new
                send_notice()
    return answers


def _is_notable(one: InboxItem) -> bool:
    """Whether the answer needs more than that the message is stored."""
    if isinstance(one, CardPresented):
        return True
    fact = one.fact
    return fact.token is not None if isinstance(fact, _MAY_NAME_CARD) else isinstance(fact, _ALWAYS_NOTABLE)


@dataclass(frozen=True, slots=True)
class _Batch:
    """begun: starts admitted so far in this batch, by driver. notices: to drivers whose starts were refused."""

    begun: dict[DriverId, list[Message]] = field(default_factory=dict)
    notices: list[tuple[Message, Callable[[], None]]] = field(default_factory=list)


def _answer(store: Store, one: InboxItem, card: Token | None, batch: _Batch) -> Acknowledgement:
    if isinstance(one, CardPresented):
        return Acknowledgement(verdict=_verdict_shown(store, one, card), group=_group(card))
    match one.fact:
        case TransactionStarted(transaction=transaction, token=None | ""):
            return Acknowledgement(transaction or None)
        case TransactionStarted() | TransactionUpdated() as shown:
            assigned_transaction = shown.transaction or None if isinstance(shown, TransactionStarted) else None
            verdict = _verdict_on_message(store, one, shown, card, batch)
            if card is not None and verdict is Verdict.ACCEPTED:
                batch.begun.setdefault(card.driver_id, []).append(one)
            return Acknowledgement(assigned_transaction, verdict, _group(card))
        case TransactionEnded():
            return Acknowledgement(verdict=_verdict_on(store, card, one.received_at))
        case _:
            return _STRANGER if _is_stranger(store, one) else _PLAIN


def _number(store: Store, accepted: dict[int, Message], answers: list[Acknowledgement], notable: Sequence[int]) -> None:
    """Number the starts without a transaction id; done last, so that while judging none can belong to an open charge."""
    starts = {place: fact for place in notable if place in accepted and isinstance(fact := accepted[place].fact, TransactionStarted)}
    waiting = {place: fact for place, fact in starts.items() if not fact.transaction}
    numbers = store.inbox.next_transactions(len(waiting)) if waiting else ()
    for (index, fact), transaction in zip(waiting.items(), numbers, strict=True):
        accepted[index] = replace(accepted[index], fact=replace(fact, transaction=transaction))
        answers[index] = replace(answers[index], transaction=transaction)


def _is_stranger(store: Store, message: Message) -> bool:
    charger = store.stations.charger(message.charger_id)
    if charger is None or charger.approval is not Approval.APPROVED:
        return True
    return (charger.operator_id, charger.site_id) != (message.operator_id, message.site_id)


def _verdict_on_message(
    store: Store, message: Message, started: TransactionStarted | TransactionUpdated, known: Token | None, batch: _Batch
) -> Verdict:
    """For a card shown for a start, also check that there is money behind it, the socket is the driver's now, and there is
    room if the socket is untested or nothing holds back a charge.

    A charge that began long ago is not stopped: it could not be billed. Tokens of apps and guests are only sent by us, after these
    checks.
    """
    judged = _verdict_on(store, known, message.received_at)
    if known is not None and judged is Verdict.EXPIRED and _is_charging(store, message, started.transaction, known):
        return Verdict.ACCEPTED  # some chargers name the card in every message; the charge it was valid for has begun
    if (
        known is None
        or judged not in (Verdict.ACCEPTED, Verdict.NO_CREDIT)
        or known.kind in (TokenKind.APP, TokenKind.GUEST)
        or started.offline
        or abs(message.received_at - started.at) > RECENT_START
    ):
        return judged
    begun = store.sessions.open_for(message.charger_id, started.transaction) if started.transaction else None
    evse = store.stations.evse_at(message.charger_id, started.evse_number) if started.evse_number else None
    if (begun is not None and begun.token is not None) or evse is None:
        return judged
    if evse.retired_at is not None:
        return Verdict.INVALID
    site = store.stations.site(evse.site_id)
    if judged is Verdict.NO_CREDIT or not has_funds(store, known, True, message.received_at, site.currency):
        batch.notices.append((message, partial(notify_refused, store, known, message.received_at, site)))
        return Verdict.NO_CREDIT
    if (limit := limit_reached(store, known, message.received_at, Start(evse, message, batch.begun.get(known.driver_id, ())))) is not None:
        batch.notices.append((message, partial(notify_limit, store, known, limit, site.id, message.received_at)))
        return Verdict.NO_CREDIT
    if why_not_served(store, evse, known.driver_id, message.received_at) is not None:
        batch.notices.append((message, partial(notify_closed, store, known, evse, message.received_at)))
        return Verdict.NOT_NOW
    may_use_socket = may_start(store, evse, known.driver_id, message.received_at) and not is_reserved_for_another(
        store, evse, known.driver_id
    )
    if not may_use_socket:
        return Verdict.NOT_NOW
    return judged if can_begin_charge(store, evse, message.received_at) else Verdict.NO_ROOM


def _is_charging(store: Store, message: Message, transaction: str | None, known: Token) -> bool:
    begun = store.sessions.open_for(message.charger_id, transaction) if transaction else None
    return begun is not None and begun.token == known.uid and begun.driver_id is not None


def _verdict_shown(store: Store, shown: CardPresented, known: Token | None) -> Verdict:
    """The answer to a charger that asks about a card, for a start or an end. To end a charge there, no card of its driver is
    refused; a start is judged again when it comes."""
    judged, limit = _verdict_on(store, known, shown.asked_at), None
    if known is None:
        return judged
    site = store.stations.site(shown.site_id)
    if judged is Verdict.ACCEPTED and has_funds(store, known, False, shown.asked_at, site.currency):
        limit = limit_reached(store, known, shown.asked_at)
        if limit is None:
            has_room = can_begin_at_charger(store, shown.charger_id, shown.site_id, shown.asked_at) or _charges_or_begins(
                store, shown, known
            )
            return judged if has_room else Verdict.NO_ROOM
    if _charges_or_begins(store, shown, known):
        return Verdict.ACCEPTED
    if limit is not None:
        notify_limit(store, known, limit, site.id, shown.asked_at)
    elif judged in (Verdict.ACCEPTED, Verdict.NO_CREDIT):
        notify_refused(store, known, shown.asked_at, site)
    else:
        return judged
    return Verdict.NO_CREDIT


def _charges_or_begins(store: Store, shown: CardPresented, known: Token) -> bool:
    """Whether the driver is charging, or was admitted to start, at that charger: the card may be shown to end or to confirm that."""
    begins = beginnings(store, shown.operator_id, known.driver_id, None, shown.asked_at)
    charger_ids = (*(one.charger_id for one in store.sessions.open_of(known.driver_id)), *(one.evse.charger_id for one in begins))
    return shown.charger_id in charger_ids


def card_verdict(store: Store, card: Token, at: datetime) -> Verdict:
    """What a start with this card would be answered now at a socket free for everybody; has no effects."""
    judged = _verdict_on(store, card, at)
    begins = judged is not Verdict.ACCEPTED or (has_funds(store, card, True, at) and limit_reached(store, card, at) is None)
    return judged if begins else Verdict.NO_CREDIT


def _card_of(store: Store, one: InboxItem) -> Token | None:
    """The operator's token that is shown; None if there is none, or the text cannot be one."""
    token = one.token if isinstance(one, CardPresented) else getattr(one.fact, "token", None)
    if not token:
        return None
    try:
        known = store.drivers.token(one.operator_id, token_uid(token))
    except BadInput:
        return None
    if known is not None and not isinstance(one, CardPresented) and isinstance(one.fact, TransactionStarted):
        known = known.held_at(one.fact.at)
    return effective_token(store, known) if known else None


def _group(known: Token | None) -> str:
    """The driver's group: a socket reserved for one of their tokens, or a charge begun with it, also accepts every other one."""
    return group_of(known.driver_id) if known else ""


def _verdict_on(store: Store, known: Token | None, at: datetime) -> Verdict:
    """Whether a token may charge, judged only by its own state and its driver's debt."""
    return decide(known, store.payments.debt_status(known.driver_id) if known else DebtStatus(), at)
