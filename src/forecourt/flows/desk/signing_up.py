"""A driver signs up by mail: what is answered does not tell whether there was an account, the letter does."""

from datetime import datetime, timedelta

from forecourt.flows.desk.joining import JoinRequest, email_of, join
from forecourt.flows.desk.telling import tell_account
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids
from forecourt.notices import NoticeKind, Says

SIGN_UP_FOR = timedelta(days=1)


def sign_up(store: Store, request: JoinRequest, at: datetime, until: datetime, ids: Ids) -> None:
    """A letter with a link to a first password, good until an instant of real time; to who has an account, one that says so.

    The account cannot be signed in to before: nobody chooses a password for an address that is not theirs. Raises BadInput.
    """
    known = store.drivers.account_by_email(email_of(request.email))
    account = known or join(store, request, at, ids)
    kind = NoticeKind.SIGN_UP_KNOWN if account.password_hash else NoticeKind.SIGN_UP
    tell_account(store, account, kind, Says(until=until), at, ids)
