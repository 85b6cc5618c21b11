"""Keep charger messages before they are acknowledged."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from forecourt.drivers import Standing, TokenKind, decide, token_uid
from forecourt.flows.ports import Store
from forecourt.flows.turns import JUST_NOW, kept_for_another, may_start
from forecourt.kernel import BadInput, OperatorId, TokenUid
from forecourt.stations import (
    Acknowledgement,
    Message,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    Verdict,
)

_PLAIN = Acknowledgement()


def accept(store: Store, messages: Sequence[Message]) -> list[Acknowledgement]:
    """Store a batch; the caller commits, then answers the chargers.

    A start without a transaction id (OCPP 1.6) is given one. A message that was stored before gets its first
    acknowledgement again. Nothing schema-valid is refused here: what is doubtful is found out when it is applied.
    """
    store.inbox.expect(messages)
    verdicts = [_judge(store, message) for message in messages]
    numbered = _number(store, messages)
    acks = [_acknowledgement(message, verdict) for message, verdict in zip(numbered, verdicts, strict=True)]
    return list(store.inbox.add(numbered, acks))


def verdict(store: Store, operator_id: OperatorId, token: str, at: datetime) -> Verdict:
    """Whether a token may charge, as far as its own state goes (debt included)."""
    uid = _uid(token)
    if uid is None:
        return Verdict.INVALID
    known = store.drivers.token(operator_id, uid)
    owed = store.payments.standing(known.driver_id) if known else Standing()
    return decide(known, owed, at)


def verdicts(store: Store, asked: Sequence[tuple[OperatorId, str]], at: datetime) -> list[Verdict]:
    """The same for many at once."""
    store.inbox.expect_tokens({(operator_id, uid) for operator_id, token in asked if (uid := _uid(token)) is not None})
    return [verdict(store, operator_id, token, at) for operator_id, token in asked]


def _number(store: Store, messages: Sequence[Message]) -> list[Message]:
    waiting = [
        index for index, message in enumerate(messages) if isinstance(message.fact, TransactionStarted) and not message.fact.transaction
    ]
    numbered = list(messages)
    for index, transaction in zip(waiting, store.inbox.next_transactions(len(waiting)) if waiting else (), strict=True):
        message = messages[index]
        assert isinstance(message.fact, TransactionStarted)  # noqa: S101 - narrows the type
        numbered[index] = replace(message, fact=replace(message.fact, transaction=transaction))
    return numbered


def _uid(token: str) -> TokenUid | None:
    try:
        return token_uid(token)
    except BadInput:
        return None


def _judge(store: Store, message: Message) -> Verdict | None:
    """The verdict on the card that the message shows, if it shows one."""
    if getattr(message.fact, "token", None) is None:  # nearly all
        return None
    match message.fact:
        case TransactionStarted(token=str(token)) as started:
            return _verdict_here(store, message, started, token) if token else None
        case TransactionUpdated(token=str(token)) as shown:
            return _verdict_here(store, message, shown, token)
        case TransactionEnded(token=str(token)):
            return _verdict_on(store, message, token)
        case _:
            return None


def _acknowledgement(message: Message, verdict: Verdict | None) -> Acknowledgement:
    transaction = message.fact.transaction if isinstance(message.fact, TransactionStarted) else None
    return Acknowledgement(transaction, verdict) if transaction or verdict else _PLAIN


def _verdict_here(store: Store, message: Message, started: TransactionStarted | TransactionUpdated, token: str) -> Verdict:
    """Where a card is shown for a start: also whether the socket is the driver's now.

    What has long begun is not stopped, it could not be billed. An app's or a guest's token is shown by us alone, once that was
    looked at.
    """
    judged = _verdict_on(store, message, token)
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


def _verdict_on(store: Store, message: Message, token: str) -> Verdict:
    return verdict(store, message.operator_id, token, message.received_at)
