"""Links that let a person choose a password."""

from dataclasses import replace
from datetime import timedelta

from forecourt.drivers import Account
from forecourt.flows.desk import account_by_password_key, password_key

from .conftest import NOW, Scene

SECRET = b"k" * 32


def ada(scene: Scene) -> Account:
    with scene.transactions.begin() as store:
        account = store.drivers.account_by_email("ada@example.org")
    assert account is not None
    return account


def whose(scene: Scene, key: str, minutes: float, secret: bytes = SECRET) -> Account | None:
    with scene.transactions.begin() as store:
        return account_by_password_key(store, secret, key, NOW + timedelta(minutes=minutes))


def test_a_password_link_is_valid_until_its_instant_and_only_under_its_key(scene: Scene) -> None:
    account = ada(scene)
    key = password_key(SECRET, account, NOW + timedelta(hours=1))
    assert whose(scene, key, 59) == account
    assert whose(scene, key, 60) is None
    assert whose(scene, key, 0, b"x" * 32) is None
    assert whose(scene, key.replace(account.id.hex[:8], "0" * 8), 0) is None
    assert [whose(scene, wrong, 0) for wrong in ("", ".", "~.~", key[:-1], "a" * 5000)] == [None] * 5


def test_a_password_link_is_invalid_once_a_password_was_set(scene: Scene) -> None:
    """Who has chosen a password cannot be shut out by whoever finds the letter later."""
    account = ada(scene)
    key = password_key(SECRET, account, NOW + timedelta(hours=1))
    with scene.transactions.begin() as store:
        store.drivers.put_account(replace(account, password_hash="another"))
    assert whose(scene, key, 0) is None
