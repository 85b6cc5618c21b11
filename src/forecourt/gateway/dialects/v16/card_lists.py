"""Orders about the charger's local list of cards."""

from typing import Any

from msgspec import json

from forecourt.gateway.dialects.instants import write_instant
from forecourt.gateway.dialects.model import EMPTY, OutgoingCall
from forecourt.gateway.dialects.outcomes import number_reader, status_reader
from forecourt.gateway.dialects.v16.remote import MAX_TOKEN_CHARS
from forecourt.stations import ListedCard, ReadCards, SendCards

_SENT, _VERSION = status_reader(), number_reader("listVersion")


def read_cards(_order: ReadCards) -> OutgoingCall:
    return OutgoingCall("GetLocalListVersion", EMPTY, _VERSION)


def send_cards(order: SendCards) -> OutgoingCall:
    """Cards whose texts are longer than 1.6 allows are left out: no one can present them at this charger."""
    entries = [_entry(card) for card in order.cards if len(card.uid) <= MAX_TOKEN_CHARS]
    wanted = {"listVersion": order.version, "updateType": "Full" if order.whole else "Differential", "localAuthorizationList": entries}
    return OutgoingCall("SendLocalList", json.encode(wanted), _SENT)


def _entry(card: ListedCard) -> dict[str, Any]:
    info = {"status": "Accepted"} | ({"parentIdTag": card.group} if card.group else {})
    return {"idTag": card.uid, "idTagInfo": info | ({"expiryDate": write_instant(card.until)} if card.until else {})}
