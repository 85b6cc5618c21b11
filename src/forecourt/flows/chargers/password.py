"""Changing a charger's password over its own connection: it can always log in with the one it has, however far the change came."""

from forecourt.flows.chargers.commands import answer_words
from forecourt.flows.chargers.setup import serving
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.ports.store import Store
from forecourt.kernel import ChargerId, Conflict
from forecourt.stations import Charger, OrderResult, Outcome, Protocol, WriteSetting

# How often it may be unknown whether a password arrived before one must be entered by hand.
MAX_OFFERED = 6


def password_forms(charger: Charger, password: str) -> tuple[str, ...]:
    """The forms in which the charger may present a password it was sent, the correct one first.

    OCPP 1.6 sends the bytes as hexadecimal digits, and some chargers take the digits themselves for the password.
    """
    return (password, password.encode().hex()) if charger.protocol is Protocol.OCPP16 else (password,)


def password_setting(charger: Charger, password: str) -> WriteSetting:
    if charger.protocol is Protocol.OCPP16:
        return WriteSetting("AuthorizationKey", password.encode().hex())
    return WriteSetting("SecurityCtrlr/BasicAuthPassword", password)


def password_changeable(store: Store, by: Staff, charger_id: ChargerId) -> Charger:
    """Raises Conflict if the charger's password cannot be changed now."""
    charger = serving(store, by, charger_id)
    if store.stations.secret_hash(charger.id) is None:
        raise Conflict("no_password", f"{charger.id} has no password to change.", "Set one and enter it at the charger.")
    if not charger.connected:
        raise Conflict("no_contact", f"{charger.id} is offline.", "Change it when it is back online, or renew it and enter it by hand.")
    if len(store.stations.offered_hashes(charger.id)) >= MAX_OFFERED:
        raise Conflict("unconfirmed", f"{charger.id} did not answer the last changes.", "Renew the password and enter it by hand.")
    return charger


def offer_password(store: Store, by: Staff, charger_id: ChargerId, hashes: tuple[str, ...]) -> None:
    """Before it is sent: from now on the old password and these are valid. hashes: one for each of its `password_forms`."""
    charger = password_changeable(store, by, charger_id)
    offered = store.stations.offered_hashes(charger.id)
    store.stations.put_secret_hash(charger.id, _held(store, charger), (*offered, *hashes))
    note(store, by, "charger.password", charger.id, "sent to the charger")


def password_answered(store: Store, by: Staff, charger_id: ChargerId, hashes: tuple[str, ...], result: OrderResult) -> None:
    """Accepted: only the new one is valid. Refused: the old one stays. Unknown: both are, until the charger uses one of these."""
    charger = serving(store, by, charger_id)
    note(store, by, "charger.answer", charger.id, f"new password: {answer_words(result)}"[:300])
    offered = store.stations.offered_hashes(charger.id)
    if hashes[0] not in offered:
        return  # it has already used it
    if result.outcome is Outcome.ACCEPTED and not result.detail:
        store.stations.put_secret_hash(charger.id, hashes[0], hashes[1:])
    elif result.outcome in (Outcome.REJECTED, Outcome.UNSUPPORTED, Outcome.UNREACHABLE):
        store.stations.put_secret_hash(charger.id, _held(store, charger), tuple(one for one in offered if one not in hashes))


def password_taken(store: Store, charger_id: ChargerId, secret_hash: str) -> None:
    """The charger has used a password it was sent: from now on only that one is valid."""
    if secret_hash in store.stations.offered_hashes(charger_id):
        store.stations.put_secret_hash(charger_id, secret_hash)


def _held(store: Store, charger: Charger) -> str:
    held = store.stations.secret_hash(charger.id)
    assert held is not None  # noqa: S101 - who has none is not told another
    return held
