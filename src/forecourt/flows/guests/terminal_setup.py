"""Enable a charger's card terminal, with settings to ask us before a start and to leave the charging of money to us; or disable it."""

from collections.abc import Sequence
from dataclasses import replace

from forecourt.flows.chargers.setup import serving, sockets_of_charger
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.guests.visits import price_for_guest
from forecourt.flows.paying.pay import expected_hold
from forecourt.flows.ports.store import Store
from forecourt.kernel import ChargerId, Conflict
from forecourt.stations import ASKS_FIRST, HOLDS, LEAVES_SETTLING, OrderResult, Outcome, Protocol, Terminal, WriteSetting

_AFTER_RESTART = "RebootRequired"


def offer_terminal(store: Store, by: Staff, charger_id: ChargerId) -> tuple[WriteSetting, ...]:
    """The settings to send, in order: the terminal starts nothing until it has accepted the first two. The last is the amount to hold.

    Raises Conflict if the charger cannot be reached now, or has no price that could be shown to payers there."""
    charger = serving(store, by, charger_id)
    if charger.protocol is not Protocol.OCPP21:
        raise Conflict(
            "no_terminal", f"{charger.id} uses {charger.protocol}, which does not support card terminals.", "They need OCPP 2.1."
        )
    if not charger.connected:
        raise Conflict("no_contact", f"{charger.id} is offline.", "Try again when it is back online; commands are not queued.")
    sockets = [one for one in sockets_of_charger(store, charger) if one.retired_at is None]
    if not sockets:
        raise Conflict("no_socket", f"{charger.id} has no socket.", "Add its sockets first.")
    for evse in sockets:
        price_for_guest(store, evse, by.at)
    largest_hold = max(expected_hold(store, None, evse, by.at) for evse in sockets)
    store.stations.put_charger(replace(charger, terminal=Terminal(why="it was sent the settings and has not answered")))
    note(store, by, "charger.terminal", charger.id, "set to ask first and leave settlement to Forecourt")
    return WriteSetting(ASKS_FIRST, "true"), WriteSetting(LEAVES_SETTLING, "true"), WriteSetting(HOLDS, str(largest_hold.amount))


def terminal_answered(store: Store, by: Staff, charger_id: ChargerId, results: Sequence[OrderResult]) -> None:
    """results: for the first two. Only if both were accepted is it enabled; one that needs a restart is sent again after it."""
    charger = serving(store, by, charger_id)
    failure = _why_not(results)
    store.stations.put_charger(replace(charger, terminal=Terminal(not failure, failure)))
    note(store, by, "charger.answer", charger.id, f"card terminal: {failure or 'enabled'}")


def refuse_terminal(store: Store, by: Staff, charger_id: ChargerId) -> None:
    """Disable the terminal: cards shown there start nothing, and their holds are released; running charges go on, and are billed."""
    charger = serving(store, by, charger_id)
    store.stations.put_charger(replace(charger, terminal=Terminal()))
    note(store, by, "charger.terminal", charger.id, "no longer starts charges")


def _why_not(results: Sequence[OrderResult]) -> str:
    for name, result in zip((ASKS_FIRST, LEAVES_SETTLING), results, strict=False):
        if result.outcome is not Outcome.ACCEPTED:
            return f"it answered {name} with {result.outcome.lower()}{f' ({result.detail})' if result.detail else ''}"
        if result.detail == _AFTER_RESTART:
            return f"{name} applies only after a restart: restart the charger, then enable the terminal again"
    return "" if len(results) >= 2 else "not all settings were sent"
