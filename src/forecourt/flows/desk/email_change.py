"""Changing an account's email address: confirmed by a link sent to the new one, announced to the old one with a link to undo it.

Neither link is stored: each states, sealed, what it changes, and is valid while that still applies.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from forecourt.drivers import Account
from forecourt.flows.desk.apps import revoke_app_grants
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.driver_accounts import normalise_email
from forecourt.flows.desk.notifying import notify_account
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, Ids
from forecourt.notices import NoticeContent, NoticeKind

CONFIRM_LIFETIME, UNDO_LIFETIME = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class EmailChange:
    """What a link does. undo: it changes the new address back to the old one."""

    account: Account
    old: str
    new: str
    undo: bool


def request_email_change(store: Store, account: Account, text: str, at: datetime, until: datetime, ids: Ids) -> None:
    """Email the new address a link that is valid until an instant of real time; its present owner, if any, is notified instead.

    Raises BadInput for an invalid address, or the account's own.
    """
    address = normalise_email(text)
    if address == account.email:
        raise BadInput("email", "That is already your address.")
    owner = store.drivers.account_by_email(address)
    if owner is not None:
        notify_account(store, owner, NoticeKind.EMAIL_TAKEN, NoticeContent(), at, ids)
    else:
        notify_account(store, account, NoticeKind.EMAIL_CONFIRM, NoticeContent(until=until, words=address), at, ids)


def email_change_key(secret_key: bytes, change: EmailChange, until: datetime) -> str:
    """A key for a page's address: letters, digits, "-", "_", "~" and "."."""
    parts = ("undo" if change.undo else "to", change.account.id.hex, str(int(until.timestamp())), _encode(change.old), _encode(change.new))
    text = "~".join((*parts, _fingerprint(change)))
    return f"{text}.{_seal(secret_key, text)}"


def read_email_change(store: Store, secret_key: bytes, key: str, at: datetime) -> EmailChange | None:
    """What a link does at `at` (real time); None if it is not ours, has expired, or no longer applies."""
    text, _, seal = key.rpartition(".")
    if not hmac.compare_digest(seal.encode(), _seal(secret_key, text).encode()):
        return None
    kind, account_hex, until_s, old_email, new_email, fingerprint = text.split("~")
    account = store.drivers.account(UUID(account_hex))
    if account is None or account.closed_at is not None or datetime.fromtimestamp(int(until_s), UTC) <= at:
        return None
    change = EmailChange(account, _decode(old_email), _decode(new_email), kind == "undo")
    # A thief who changes the address twice does not invalidate the first way back.
    applies = account.email != change.old if change.undo else account.email == change.old and _fingerprint(change) == fingerprint
    return change if applies else None


def apply_email_change(store: Store, change: EmailChange, at: datetime, until: datetime, ids: Ids) -> Account:
    """Change the address for sign-in and emails, and notify the old one. until: how long it can be undone.

    Raises Conflict if the account has changed, or somebody else has the address by now.
    """
    saved = _save_address(store, change, change.new)
    content = NoticeContent(start=at, until=until, address=change.old, words=change.new)
    notify_account(store, saved, NoticeKind.EMAIL_CHANGED, content, at, ids)
    note(store, Staff(saved.operator_id, str(saved.id), at, ids), "account.email", saved.id)
    return saved


def undo_email_change(store: Store, change: EmailChange, at: datetime, ids: Ids) -> Account:
    """Undo a change, perhaps made by a thief who knows the password: it is invalidated, and every sign-in ends. Raises Conflict."""
    saved = replace(_save_address(store, change, change.old), password_hash="")
    store.drivers.put_account(saved)
    revoke_app_grants(store, saved.id)
    for sign_in in store.drivers.sign_ins(saved.id):
        store.drivers.drop_sign_in(sign_in.digest)
    for device in store.notices.devices_of(saved.driver_id) if saved.driver_id else ():
        store.notices.drop_device(device.id)
    note(store, Staff(saved.operator_id, str(saved.id), at, ids), "account.email_back", saved.id)
    return saved


def _save_address(store: Store, change: EmailChange, address: str) -> Account:
    found = store.drivers.lock_account(change.account.id)
    if found is None or found.closed_at is not None or found.email != change.account.email:
        raise Conflict("address_changed", "The address was changed a moment ago.", "Check your account.")
    if store.drivers.account_by_email(address) is not None:
        raise Conflict("address_taken", "This address now belongs to an account.", "Request another one.")
    saved = replace(found, email=address)
    store.drivers.put_account(saved)
    if saved.driver_id is not None:
        store.drivers.put_driver(replace(store.drivers.driver(saved.driver_id), email=address))
    return saved


def _fingerprint(change: EmailChange) -> str:
    """A link to a new address is invalidated with the password under which it was requested; the way back is not."""
    return "" if change.undo else hashlib.sha256(change.account.password_hash.encode()).hexdigest()[:16]


def _encode(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(text: str) -> str:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def _seal(secret_key: bytes, text: str) -> str:
    return urlsafe_b64encode(hmac.new(secret_key, f"address:{text}".encode(), hashlib.sha256).digest()[:24]).decode()
