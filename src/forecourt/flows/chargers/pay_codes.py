"""Chargers with a display show a code, a new one each minute, that leads guests to the payment page; or no longer show one."""

from collections.abc import Sequence
from dataclasses import replace

from forecourt.flows.chargers.setup import serving, sockets_of_charger
from forecourt.flows.chargers.socket_codes import give_codes
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.ports.store import Store
from forecourt.kernel import ChargerId, Conflict
from forecourt.stations import (
    PAY_CODE_LENGTH,
    PAY_CODE_VALID_S,
    PAY_CODE_VERSION,
    OrderResult,
    Outcome,
    Protocol,
    WriteSetting,
)

_OWN, _SECRET, _AFTER_RESTART = "WebPaymentsCtrlr", "SharedSecret", "RebootRequired"


def offer_codes(store: Store, by: Staff, charger_id: ChargerId) -> int:
    """Called before the secret is sent; returns its number. The present secret stays valid until the charger has accepted this one.

    Raises Conflict if the charger cannot be reached now."""
    charger = serving(store, by, charger_id)
    if charger.protocol is Protocol.OCPP16:
        raise Conflict("no_codes", f"{charger.id} uses OCPP 1.6, which has no payment codes.", "Print the QR code of its socket.")
    if not charger.connected:
        raise Conflict("no_contact", f"{charger.id} is offline.", "Try again when it is back online; commands are not queued.")
    codes = charger.pay_codes.offering()
    store.stations.put_charger(replace(charger, pay_codes=codes))
    if charger.site_id is not None:
        give_codes(store, by, charger.site_id)
    note(store, by, "charger.pay_codes", charger.id, "switched on")
    return codes.offered


def codes_answered(store: Store, by: Staff, charger_id: ChargerId, number: int, results: Sequence[OrderResult]) -> None:
    """results: its answers for the secret at each display. If it is unknown which secret it uses, both are valid."""
    charger = serving(store, by, charger_id)
    accepted = [one.outcome is Outcome.ACCEPTED and not one.detail for one in results]
    unsure = any(one.outcome is Outcome.UNANSWERED or one.detail == _AFTER_RESTART for one in results) or len(set(accepted)) > 1
    outcome_text = "not confirmed" if unsure else "taken" if accepted and all(accepted) else "refused"
    note(store, by, "charger.answer", charger.id, f"payment codes: {outcome_text}")
    if charger.pay_codes.offered == number and not unsure:
        store.stations.put_charger(replace(charger, pay_codes=charger.pay_codes.after_answer(outcome_text == "taken")))


def end_codes(store: Store, by: Staff, charger_id: ChargerId) -> None:
    """From now on codes on its display lead to no payment, whether or not the charger can be reached."""
    charger = serving(store, by, charger_id)
    store.stations.put_charger(replace(charger, pay_codes=charger.pay_codes.off()))
    note(store, by, "charger.pay_codes", charger.id, "no longer valid")


def codes_shown(address: str, secret: str, evse_number: int = 0) -> tuple[WriteSetting, ...]:
    """The settings to send, the secret last. address: of our pages. evse_number: whose display; 0 = one display for all."""
    template = f"{address.rstrip('/')}/q/{{chargingstationid}}/{{evse}}/{{totp}}/{{version}}"
    values = {
        "TOTPVersion": PAY_CODE_VERSION,
        "ValidityTime": str(PAY_CODE_VALID_S),
        "Length": str(PAY_CODE_LENGTH),
        "URLTemplate": template,
        "Enabled": "true",
        _SECRET: secret,
    }
    return tuple(WriteSetting(f"{_OWN}/{name}", value, evse_number) for name, value in values.items())


def codes_hidden(evse_number: int = 0) -> tuple[WriteSetting, ...]:
    return (WriteSetting(f"{_OWN}/Enabled", "false", evse_number),)


def sockets_with_displays(store: Store, by: Staff, charger_id: ChargerId) -> tuple[int, ...]:
    """The sockets' numbers, if each has a display of its own that is set separately."""
    sockets = sockets_of_charger(store, serving(store, by, charger_id))
    return tuple(sorted(one.number for one in sockets if one.retired_at is None))
