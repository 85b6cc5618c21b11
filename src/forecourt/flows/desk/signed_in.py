"""What outlasts a sign-in is made by one that stands."""

from uuid import UUID

from forecourt.flows.ports.store import Store
from forecourt.kernel import Forbidden


def lock_signed_in(store: Store, account_id: UUID, here: bytes) -> None:
    """The account is kept from others until the unit of work ends: whoever ends its sign-ins in this moment ends what is made by them, too.

    here: the digest of the sign-in by which it is asked for. Raises Forbidden where that has ended.
    """
    if store.drivers.lock_account(account_id) is None or store.drivers.sign_in(here) is None:
        raise Forbidden("sign_in", "You are not signed in.", "Sign in first.")
