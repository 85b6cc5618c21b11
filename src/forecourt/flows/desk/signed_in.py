"""Whatever outlasts a sign-in can only be made by one that is valid."""

from uuid import UUID

from forecourt.flows.ports.store import Store
from forecourt.kernel import Forbidden


def lock_signed_in_account(store: Store, account_id: UUID, session_digest: bytes) -> None:
    """Lock the account until the unit of work ends: if its sign-ins are ended meanwhile, what they made is ended too.

    session_digest: the digest of the sign-in that makes the request. Raises Forbidden if it has ended.
    """
    if store.drivers.lock_account(account_id) is None or store.drivers.sign_in(session_digest) is None:
        raise Forbidden("sign_in", "You are not signed in.", "Sign in first.")
