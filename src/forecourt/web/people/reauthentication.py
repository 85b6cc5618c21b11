"""Re-authentication: the password and, with a second factor, a code, before something irreversible."""

from collections.abc import Callable

from msgspec import Struct

from forecourt.drivers import Account
from forecourt.flows.desk import verify_code
from forecourt.flows.ports import Store
from forecourt.kernel import Text
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.people.login import password_matches
from forecourt.web.people.passwords import WRONG_PASSWORD, ProofFailure
from forecourt.web.people.sign_in import entered_code, sign_in_attempt, sign_in_limits, too_many_text

WRONG_CODE = Text("That code is wrong or was already used. Wait for the next one.")


class ProofForm(Struct):
    password: str = ""
    code: str = ""


def reauthenticate(request: WebRequest, proof: ProofForm, action: Callable[[Store, Account], None]) -> ProofFailure | None:
    """Runs `do` in the unit of work that uses up the code; otherwise returns what is wrong. Limited like sign-ins."""
    account, limits = visitor_of(request).require_account(), sign_in_limits(request)
    attempt = sign_in_attempt(request, account.email)
    if wait_s := limits.code_wait_s(account, attempt):
        return ProofFailure(too_many_text(wait_s), wait_s)
    if not password_matches(request, account, proof.password):
        limits.failed(attempt)
        return ProofFailure(WRONG_PASSWORD)
    with ports_of(request).transactions.begin() as store:
        is_right = verify_code(store, account, entered_code(request, proof.code))
        if is_right:
            action(store, account)
    if is_right:
        limits.passed(account, attempt)
        return None
    limits.code_failed(account, attempt)
    return ProofFailure(WRONG_CODE, field="code")
