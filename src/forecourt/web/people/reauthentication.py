"""Re-authentication: the password and, with a second factor, a code, before something irreversible."""

from collections.abc import Callable

from msgspec import Struct

from forecourt.drivers import Account
from forecourt.flows.desk import show_code
from forecourt.flows.ports import Store
from forecourt.kernel import Text
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.people.doors import doors_of, shown, too_many, trier_of
from forecourt.web.people.passwords import WRONG_PASSWORD, Doubt
from forecourt.web.people.signing import fits

WRONG_CODE = Text("That code is wrong or was already used. Wait for the next one.")


class ProofForm(Struct):
    password: str = ""
    code: str = ""


def unproved(request: WebRequest, proof: ProofForm, do: Callable[[Store, Account], None]) -> Doubt | None:
    """Runs `do` in the unit of work that uses up the code; otherwise returns what is wrong. Limited like sign-ins."""
    account, doors = visitor_of(request).require_account(), doors_of(request)
    trier = trier_of(request, account.email)
    if wait_s := doors.code_wait_s(account, trier):
        return Doubt(too_many(wait_s), wait_s)
    if not fits(request, account, proof.password):
        doors.failed(trier)
        return Doubt(WRONG_PASSWORD)
    with ports_of(request).transactions.begin() as store:
        right = show_code(store, account, shown(request, proof.code))
        if right:
            do(store, account)
    if right:
        doors.passed(account, trier)
        return None
    doors.code_failed(account, trier)
    return Doubt(WRONG_CODE, field="code")
