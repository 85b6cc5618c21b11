"""Keep charger messages before they are acknowledged."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from forecourt.drivers import Standing, TokenKind, decide, token_uid
from forecourt.flows.ports import Store
from forecourt.flows.turns import JUST_NOW, kept_for_another, may_start
from forecourt.kernel import BadInput, OperatorId
from forecourt.stations import (
    Acknowledgement,
    Approval,
    CardShown,
    ChargerBooted,
    Message,
    Said,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    Verdict,
)

_PLAIN = Acknowledgement()
_STRANGER = Acknowledgement(stranger=True)


def accept(store: Store, said: Sequence[Said]) -> list[Acknowledgement]:
    """Answer a batch and store what is to be kept of it; the caller commits, then answers the chargers.

    A start without a transaction id (OCPP 1.6) is given one. A message that was stored before gets its first
    acknowledgement again. Nothing schema-valid is refused here: what is doubtful is found out when it is applied.
    Not kept are questions about cards, and boots of chargers that are no longer let in where they say they stand.
    """
    store.inbox.expect(said)
    answers, messages, places = [_PLAIN] * len(said), list[Message](), list[int]()
    for place, one in enumerate(said):
        if isinstance(one, CardShown):
            answers[place] = Acknowledgement(verdict=verdict(store, one.operator_id, one.token, one.asked_at))
        elif isinstance(one.fact, ChargerBooted) and _is_stranger(store, one):
            answers[place] = _STRANGER
        else:
            messages.append(one)
            places.append(place)
    for place, answer in zip(places, _keep(store, messages), strict=True):
        answers[place] = answer
    return answers


def _keep(store: Store, messages: list[Message]) -> Sequence[Acknowledgement]:
    """Cards are judged before starts are numbered: a number just allotted cannot belong to an open charge."""
    shown = [place for place, message in enumerate(messages) if getattr(message.fact, "token", None) is not None]  # few
    verdicts = {place: _judge(store, messages[place]) for place in shown}
    starts = [place for place, message in enumerate(messages) if isinstance(message.fact, TransactionStarted)]
    _number(store, messages, starts)
    acks = [_PLAIN] * len(messages)
    for place in {*shown, *starts}:
        acks[place] = _acknowledgement(messages[place], verdicts.get(place))
    return store.inbox.add(messages, acks)


def _is_stranger(store: Store, message: Message) -> bool:
    charger = store.stations.charger(message.charger_id)
    if charger is None or charger.approval is not Approval.APPROVED:
        return True
    return (charger.operator_id, charger.site_id) != (message.operator_id, message.site_id)


def _number(store: Store, messages: list[Message], starts: Sequence[int]) -> None:
    """Give the starts that have no transaction id yet one each."""
    waiting = [(place, fact) for place in starts if isinstance(fact := messages[place].fact, TransactionStarted) and not fact.transaction]
    numbers = store.inbox.next_transactions(len(waiting)) if waiting else ()
    for (place, fact), transaction in zip(waiting, numbers, strict=True):
        messages[place] = replace(messages[place], fact=replace(fact, transaction=transaction))


def _judge(store: Store, message: Message) -> Verdict | None:
    """The verdict on the card that the message shows, if it shows one."""
    match message.fact:
        case TransactionStarted(token=str(token)) as started:
            return _verdict_here(store, message, started, token) if token else None
        case TransactionUpdated(token=str(token)) as shown:
            return _verdict_here(store, message, shown, token)
        case TransactionEnded(token=str(token)):
            return verdict(store, message.operator_id, token, message.received_at)
        case _:
            return None


def _acknowledgement(message: Message, judged: Verdict | None) -> Acknowledgement:
    transaction = message.fact.transaction if isinstance(message.fact, TransactionStarted) else None
    return Acknowledgement(transaction, judged) if transaction or judged else _PLAIN


def _verdict_here(store: Store, message: Message, started: TransactionStarted | TransactionUpdated, token: str) -> Verdict:
    """Where a card is shown for a start: also whether the socket is the driver's now.

    What has long begun is not stopped, it could not be billed. An app's or a guest's token is shown by us alone, once that was
    looked at.
    """
    judged = verdict(store, message.operator_id, token, message.received_at)
    known = store.drivers.token(message.operator_id, token_uid(token)) if judged is Verdict.ACCEPTED else None
    if (
        known is None
        or known.kind in (TokenKind.APP, TokenKind.GUEST)
        or started.offline
        or abs(message.received_at - started.at) > JUST_NOW
    ):
        return judged
    begun = store.sessions.open_for(message.charger_id, started.transaction) if started.transaction else None
    evse = store.stations.evse_at(message.charger_id, started.evse_number) if started.evse_number else None
    if (begun is not None and begun.token is not None) or evse is None:
        return judged
    theirs = may_start(store, evse, known.driver_id, message.received_at) and not kept_for_another(store, evse, known.driver_id)
    return judged if theirs else Verdict.NOT_NOW


def verdict(store: Store, operator_id: OperatorId, token: str, at: datetime) -> Verdict:
    """Whether a token may charge, as far as its own state goes (debt included)."""
    try:
        uid = token_uid(token)
    except BadInput:
        return Verdict.INVALID
    known = store.drivers.token(operator_id, uid)
    owed = store.payments.standing(known.driver_id) if known else Standing()
    return decide(known, owed, at)
