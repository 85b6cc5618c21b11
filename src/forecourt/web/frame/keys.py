"""Links by which a person chooses a password: sealed, good until an instant, and only while the password is the one it was."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

from forecourt.drivers import Account
from forecourt.flows import Store
from forecourt.web.frame import sealing

INVITED_FOR = timedelta(days=7)
RESET_FOR = timedelta(hours=1)
_PURPOSE = "password"


def password_key(secret_key: bytes, account: Account, until: datetime) -> str:
    """For an address: letters, digits, "-", "_", "~" and ".". Whoever has it may choose the account's password."""
    return sealing.seal(secret_key, _PURPOSE, f"{account.id.hex}~{int(until.timestamp())}~{_fingerprint(account)}")


def account_of_key(store: Store, secret_key: bytes, key: str, at: datetime) -> Account | None:
    """Whose password may be chosen with it at `at` (real time); None where it is not ours, has ended, or was used."""
    text = sealing.unseal(secret_key, _PURPOSE, key)
    if text is None:
        return None
    account_hex, until_s, fingerprint = text.split("~")
    account = store.drivers.account(UUID(account_hex))
    if account is None or datetime.fromtimestamp(int(until_s), UTC) <= at or _fingerprint(account) != fingerprint:
        return None
    return account


def _fingerprint(account: Account) -> str:
    return hashlib.sha256(account.password_hash.encode()).hexdigest()[:16]
