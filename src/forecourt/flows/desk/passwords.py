"""Passwords: chosen by a sealed link, or changed with the old one, which ends sign-ins made with it."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from forecourt.drivers import Account
from forecourt.flows.desk.apps import revoke_app_grants
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.notifying import notify_account
from forecourt.flows.desk.signing_up import extend_unused_account
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, Ids, NotFound
from forecourt.notices import NoticeContent, NoticeKind, one_line

INVITATION_LIFETIME = timedelta(days=7)
RESET_LIFETIME = timedelta(hours=1)


def password_key(secret_key: bytes, account: Account, until: datetime) -> str:
    """A key for an address: letters, digits, "-", "_", "~" and ".". Its holder may choose the account's password until an instant of
    real time, and only while password and address stay the same."""
    text = f"{account.id.hex}~{int(until.timestamp())}~{_fingerprint(account)}"
    return f"{text}.{_seal(secret_key, text)}"


def account_by_password_key(store: Store, secret_key: bytes, key: str, at: datetime) -> Account | None:
    """The account whose password can be chosen with it at `at` (real time); None if it is not ours, has expired, or was used."""
    text, _, seal = key.rpartition(".")
    if not hmac.compare_digest(seal.encode(), _seal(secret_key, text).encode()):
        return None
    account_hex, until_s, fingerprint = text.split("~")
    account = store.drivers.account(UUID(account_hex))
    if account is None or account.closed_at or datetime.fromtimestamp(int(until_s), UTC) <= at or _fingerprint(account) != fingerprint:
        return None
    return account


def request_password_link(store: Store, email: str, at: datetime, until: datetime, ids: Ids) -> None:
    """Email a link to the account's own address, valid until an instant of real time. Does nothing if there is no such account. The link
    is made when the email is sent, and stored nowhere."""
    account = store.drivers.account_by_email(email.strip().lower())
    if account is not None and account.closed_at is None:
        extend_unused_account(store, account, at + RESET_LIFETIME, at, ids)
        notify_account(store, account, NoticeKind.PASSWORD_LINK, NoticeContent(until=until), at, ids)


def issue_password_link(store: Store, email: str, until: datetime, secret_key: bytes, at: datetime, ids: Ids) -> str:
    """The key for somebody who cannot be sent an email, handed over in person. Logged; the account is told of the change itself.

    Raises NotFound.
    """
    account = store.drivers.account_by_email(email.strip().lower())
    if account is None or account.closed_at is not None:
        raise NotFound(
            "account", "There is no account for {given!r}.", "Accounts are found by their email address.", given=one_line(email)[:60]
        )
    note(store, Staff(account.operator_id, "system", at, ids), "password.link", account.id)
    return password_key(secret_key, account, until)


def choose_password(store: Store, account: Account, password_hash: str, at: datetime, ids: Ids) -> Account:
    """Choose a password by a link. The account's previous user may be a thief, so every sign-in ends, including API tokens, apps and
    push devices.

    account: as it was when the link was checked. Raises Conflict if its password has changed since.
    """
    saved = _save_password(store, account, password_hash, (), at, ids)
    # The account is locked from here on, so nobody is signed in, or notified, meanwhile.
    for device in store.notices.devices_of(account.driver_id) if account.driver_id else ():
        store.notices.drop_device(device.id)
    revoke_app_grants(store, account.id)
    return saved


def change_password(store: Store, account: Account, password_hash: str, session_digest: bytes, at: datetime, ids: Ids) -> Account:
    """Change a password with the old one: other browsers are signed out. session_digest: of the sign-in that stays; API tokens stay, too.

    account: as it was when the old password was checked. Raises Conflict if it has changed since.
    """
    kept_digests = [one.digest for one in store.drivers.sign_ins(account.id) if one.api or one.digest == session_digest]
    return _save_password(store, account, password_hash, kept_digests, at, ids)


def _save_password(store: Store, account: Account, password_hash: str, kept_digests: Collection[bytes], at: datetime, ids: Ids) -> Account:
    saved = replace(lock_unchanged_account(store, account), password_hash=password_hash)
    store.drivers.put_account(saved)
    for one in store.drivers.sign_ins(account.id):
        if one.digest not in kept_digests:
            store.drivers.drop_sign_in(one.digest)
    if account.password_hash:  # a first password is not a change
        notify_account(store, saved, NoticeKind.PASSWORD_CHANGED, NoticeContent(start=at), at, ids)
    return saved


def lock_unchanged_account(store: Store, account: Account) -> Account:
    """Lock the account until the unit of work ends. Raises Conflict if its password has changed."""
    found = store.drivers.lock_account(account.id)
    if found is None or found.closed_at is not None or found.password_hash != account.password_hash:
        raise Conflict("password_changed", "The password was changed a moment ago.", "Sign in with the new password.")
    return found


def _fingerprint(account: Account) -> str:
    """A link is also invalidated by a change of the address it was made for."""
    return hashlib.sha256(f"{account.email}\n{account.password_hash}".encode()).hexdigest()[:16]


def _seal(secret_key: bytes, text: str) -> str:
    return urlsafe_b64encode(hmac.new(secret_key, f"password:{text}".encode(), hashlib.sha256).digest()[:24]).decode()
