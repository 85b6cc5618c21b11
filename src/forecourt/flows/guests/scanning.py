"""A guest scanned the code on a charger's display, so is in front of it: the charger is told that they pay and starts nothing else."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forecourt.drivers import GuestVisit
from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.guests.visits import open_visit
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, ChargerId, Conflict, Ids, NotFound, TariffVersionId
from forecourt.stations import PAY_CODE_VERSION, NotifyWebPayment, code_secret, turn_of

# How long the price may be read before the form is sent. The charger's reader then waits this long at most for the payer.
READ_FOR = timedelta(minutes=10)
PAYS_WITHIN_S = 300


@dataclass(frozen=True, slots=True)
class Scanned:
    """A code that was shown on a charger. code: the one printed at the same socket, which leads to its price."""

    charger_id: ChargerId
    evse_number: int
    turn: int
    code: str


def scanned(store: Store, key: bytes, shown: tuple[str, str, str, str], at: datetime) -> Scanned:
    """shown: charger, EVSE, code and version, as in the address. key: the installation's own secret.

    Raises NotFound, without saying why, for anything that is not shown there now."""
    charger_id, number, code, version = shown
    charger = store.stations.charger(ChargerId(charger_id))
    not_shown = NotFound("pay_code", "This code is no longer shown.", "Scan the code on the charger's display again.")
    if charger is None or version != PAY_CODE_VERSION or not (number.isascii() and number.isdecimal() and len(number) < 4):
        raise not_shown
    code_turn = turn_of([code_secret(key, charger.id, one) for one in charger.pay_codes.numbers], code, at)
    evse = store.stations.evse_at(charger.id, int(number))
    printed = store.guests.code_of(evse.id) if evse else None
    if code_turn is None or printed is None:
        raise not_shown
    return Scanned(charger.id, int(number), code_turn, printed.code)


def open_scanned(store: Store, scan: Scanned, digest: bytes, seen: TariffVersionId, at: datetime, ids: Ids) -> GuestVisit:
    """Someone at the charger has seen the price and pays, so tell the charger. A code starts one payment only."""
    known = store.guests.by_digest(digest)
    if known is not None:
        return known
    evse = store.stations.evse_at(scan.charger_id, scan.evse_number)
    if evse is not None:
        store.bookings.lock_pool(evse.site_id, evse.kind)  # if two have scanned the same code, one is first
    charger = store.stations.charger(scan.charger_id)
    if charger is None or not charger.pay_codes.shown or scan.turn <= charger.pay_codes.used_up_to(scan.evse_number):
        raise Conflict(
            "pay_code_used", "Someone has already started to pay with this code.", "Scan the code on the charger's display again."
        )
    visit = open_visit(store, scan.code, digest, seen, at, ids)
    store.stations.put_charger(replace(charger, pay_codes=charger.pay_codes.using(scan.evse_number, scan.turn)))
    enqueue_order(store, charger.id, NotifyWebPayment(scan.evse_number, PAYS_WITHIN_S), at, ids, f"paying/{visit.id}")
    return visit


def scan_as_text(scan: Scanned, at: datetime) -> str:
    """Text to be signed and given to the person who scanned it."""
    return "/".join((scan.code, str(scan.evse_number), str(scan.turn), str(int((at + READ_FOR).timestamp())), scan.charger_id))


def scan_of_text(text: str | None, code: str, at: datetime) -> Scanned:
    """Restore what was signed; None: the signature is not ours. code: of the page it was sent from. Raises BadInput if that differs, or
    the text is too old."""
    printed, number, code_turn, until, charger_id = text.split("/", 4) if text else ("", "0", "0", "0", "")
    if printed != code or at.timestamp() > int(until):
        raise BadInput("pay_code_old", "It has been too long since you scanned the code.", "Scan the code on the charger's display again.")
    return Scanned(ChargerId(charger_id), int(number), int(code_turn), printed)
