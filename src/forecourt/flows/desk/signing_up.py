"""Drivers sign up by email: the response does not reveal whether an account existed, only the email does."""

from datetime import datetime, timedelta

from forecourt.drivers import Account
from forecourt.flows.desk.driver_accounts import DriverAccountRequest, create_driver_account, normalise_email
from forecourt.flows.desk.notifying import notify_account
from forecourt.flows.ports.outbox import ForgetUnused, OutboxItem
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, instant_text
from forecourt.notices import NoticeContent, NoticeKind

SIGN_UP_LIFETIME = timedelta(days=1)


def sign_up(store: Store, request: DriverAccountRequest, at: datetime, until: datetime, ids: Ids) -> None:
    """Email a link to choose a first password, valid until an instant of real time; if there is an account, the email says so.

    The account cannot be used before that, so nobody chooses a password for someone else's address. If its link is never used,
    the account is deleted. Raises BadInput.
    """
    email = normalise_email(request.email)
    known = store.drivers.account_by_email(email)
    account = store.drivers.lock_account(known.id) if known else None
    if account is None or account.email != email:  # there was none, or it is being deleted right now
        account = create_driver_account(store, request, at, ids)
        _forget_at(store, account, at + SIGN_UP_LIFETIME, at, ids)
    else:
        extend_unused_account(store, account, at + SIGN_UP_LIFETIME, at, ids)
    kind = NoticeKind.SIGN_UP_KNOWN if account.password_hash else NoticeKind.SIGN_UP
    notify_account(store, account, kind, NoticeContent(until=until), at, ids)


def extend_unused_account(store: Store, account: Account, due_at: datetime, at: datetime, ids: Ids) -> None:
    """Another link to a first password is sent: an account that would be deleted is kept until that link expires, too."""
    if any(one.done_at is None for one in store.outbox.history(ForgetUnused(account.id).about)):
        _forget_at(store, account, due_at, at, ids)


def _forget_at(store: Store, account: Account, due_at: datetime, at: datetime, ids: Ids) -> None:
    work = ForgetUnused(account.id)
    key = f"{work.about}/{instant_text(due_at)}"
    store.outbox.put(OutboxItem(ids.new(at), account.operator_id, None, "task", work.about, work, due_at, key))
