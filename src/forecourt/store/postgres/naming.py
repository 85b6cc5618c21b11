"""What messages of chargers name: cards and transactions."""

from collections.abc import Mapping, Sequence

from forecourt.drivers import token_uid
from forecourt.kernel import BadInput, OperatorId, TokenUid
from forecourt.stations import CardShown, Message, Said

Cards = Mapping[OperatorId, Sequence[TokenUid]]


def transaction_of(message: Message) -> str | None:
    return getattr(message.fact, "transaction", None)


def cards_in(said: Sequence[Said]) -> Cards:
    """Each once, by operator; what can be no card is left out."""
    found: dict[OperatorId, dict[TokenUid, None]] = {}
    for one in said:
        text = one.token if isinstance(one, CardShown) else getattr(one.fact, "token", None)
        try:
            if text:
                found.setdefault(one.operator_id, {})[token_uid(text)] = None
        except BadInput:
            continue
    return {operator_id: list(uids) for operator_id, uids in found.items()}
