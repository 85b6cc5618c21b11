"""Passwords: chosen by a sealed link. Whoever was signed in by the old one is not any more."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from forecourt.drivers import Account
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict

INVITED_FOR = timedelta(days=7)
RESET_FOR = timedelta(hours=1)


def password_key(secret_key: bytes, account: Account, until: datetime) -> str:
    """For an address: letters, digits, "-", "_", "~" and ".". Whoever has it may choose the account's password until an instant of
    real time, and only while the password is the one it is now."""
    text = f"{account.id.hex}~{int(until.timestamp())}~{_fingerprint(account)}"
    return f"{text}.{_seal(secret_key, text)}"


def account_of_key(store: Store, secret_key: bytes, key: str, at: datetime) -> Account | None:
    """Whose password may be chosen with it at `at` (real time); None where it is not ours, has ended, or was used."""
    text, _, seal = key.rpartition(".")
    if not hmac.compare_digest(seal.encode(), _seal(secret_key, text).encode()):
        return None
    account_hex, until_s, fingerprint = text.split("~")
    account = store.drivers.account(UUID(account_hex))
    if account is None or account.closed_at or datetime.fromtimestamp(int(until_s), UTC) <= at or _fingerprint(account) != fingerprint:
        return None
    return account


def choose_password(store: Store, account: Account, password_hash: str) -> Account:
    """By a link: who had the account before may be a thief, so every sign-in ends, programs' tokens and devices that are told
    included.

    account: as the link was judged by. Raises Conflict where its password is another one by now.
    """
    kept = replace(account_unchanged(store, account), password_hash=password_hash)
    store.drivers.put_account(kept)
    for one in store.drivers.sign_ins(account.id):
        store.drivers.drop_sign_in(one.digest)
    for device in store.notices.devices_of(account.driver_id) if account.driver_id else ():
        store.notices.drop_device(device.id)
    return kept


def account_unchanged(store: Store, account: Account) -> Account:
    """The account, kept from others until the unit of work ends. Raises Conflict where its password is another one by now."""
    found = store.drivers.lock_account(account.id)
    if found is None or found.password_hash != account.password_hash:
        raise Conflict("password_changed", "The password was changed a moment ago.", "Sign in with the new one.")
    return found


def _fingerprint(account: Account) -> str:
    return hashlib.sha256(account.password_hash.encode()).hexdigest()[:16]


def _seal(secret_key: bytes, text: str) -> str:
    return urlsafe_b64encode(hmac.new(secret_key, f"password:{text}".encode(), hashlib.sha256).digest()[:24]).decode()
