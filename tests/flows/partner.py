"""A roaming partner as flows see it: what it is told, and what it asks for."""

import json
from decimal import Decimal

from forecourt.flows.answers import apply_order_result, message_for_partner, record_partner_reply
from forecourt.flows.charging import execute_command
from forecourt.flows.ports import PartnerResult
from forecourt.ocpi import CommandResponse, read_command
from forecourt.stations import OrderResult, Outcome
from roaming_world import PARTNER

from .conftest import Forecourt, at


def said(place: Forecourt, error: str = "") -> list[tuple[str, str, dict]]:
    """What is waiting for the partner, in order, answered so."""
    calls = []
    while True:
        with place.transactions.begin() as store:
            items = store.outbox.claim(f"roaming/{PARTNER}", at(10_000), 1, 60)
            if not items:
                return calls
            telling = message_for_partner(store, items[0].work, at(100))
            if telling:
                call = telling.call
                where = call.address or f"{call.module}/{call.path}"
                calls.append((call.method, where, json.loads(call.body, parse_float=Decimal)))
                record_partner_reply(store, items[0].work, telling, PartnerResult(error), at(100), place.ids)
            store.outbox.done(items[0].id, at(100), "taken")


def token(**fields: str) -> dict[str, str]:
    """Of a driver of the partner's app, never pushed."""
    return {"country_code": "NL", "party_id": "TNM", "uid": "APP-USER-1", "type": "APP_USER", "contract_id": "NL8ACC12E46L90"} | fields


def asks(place: Forecourt, kind: str, minute: int = 0, **fields: object) -> CommandResponse:
    given = {"response_url": "https://emsp.example/r/1", "location_id": str(place.site_id), "evse_uid": str(place.evse_id(1))}
    wanted = read_command(kind, given | {"connector_id": "1", "token": token(), "authorization_reference": "REF1"} | fields)
    with place.transactions.begin() as store:
        partner = store.roaming.partner(PARTNER)
        assert partner is not None
        return execute_command(store, partner, wanted, at(minute), place.ids).response


def answers(place: Forecourt, outcome: Outcome = Outcome.ACCEPTED) -> object:
    """The charger answers what it was asked last."""
    with place.transactions.begin() as store:
        (item,) = [one for one in store.outbox.claim("charger", at(0), 100, 60) if one.idempotency_key.startswith("roaming/")]
        apply_order_result(store, item, item.work, OrderResult(outcome), at(0), place.ids)
        store.outbox.done(item.id, at(0), outcome)
        return item.work.order
