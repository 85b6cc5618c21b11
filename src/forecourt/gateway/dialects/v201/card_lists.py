"""Orders about the charger's local list of cards."""

from typing import Any

from msgspec import json

from forecourt.gateway.dialects.instants import write_instant
from forecourt.gateway.dialects.model import EMPTY, OutgoingCall
from forecourt.gateway.dialects.outcomes import number_reader, status_reader
from forecourt.gateway.dialects.v201.authorise import group_token, id_token
from forecourt.stations import ListedCard, ReadCards, SendCards

_SENT, _VERSION = status_reader(), number_reader("versionNumber")


def read_cards(_order: ReadCards) -> OutgoingCall:
    return OutgoingCall("GetLocalListVersion", EMPTY, _VERSION)


def send_cards(order: SendCards) -> OutgoingCall:
    """An empty list is omitted from the message: the charger then deletes the cards it has."""
    wanted: dict[str, Any] = {"versionNumber": order.version, "updateType": "Full" if order.whole else "Differential"}
    list_fields = {"localAuthorizationList": [_entry(card) for card in order.cards]} if order.cards else {}
    return OutgoingCall("SendLocalList", json.encode(wanted | list_fields), _SENT)


def _entry(card: ListedCard) -> dict[str, Any]:
    info: dict[str, Any] = {"status": "Accepted"}
    if card.group:
        info["groupIdToken"] = group_token(card.group)
    if card.until:
        info["cacheExpiryDateTime"] = write_instant(card.until)
    return {"idToken": id_token(card.uid), "idTokenInfo": info}
