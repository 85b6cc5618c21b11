"""What is kept to be known again is forgotten after 90 days, and not before."""

from datetime import timedelta

from forecourt.drivers import Account, Role, SignIn
from forecourt.store import PostgresTransactions, forget_spent


def test_what_is_spent_is_forgotten_after_ninety_days(transactions: PostgresTransactions, database_url: str, sample) -> None:
    account, at = Account(sample.id(), sample.operator.id, "ada@example.org", Role.DRIVER), sample.t0
    with transactions.begin() as store:
        sample.fill(store)
        store.drivers.put_account(account)
        for name, then in (("spent", at - timedelta(days=91)), ("kept", at - timedelta(days=89))):
            store.commands.keep(name, b"yes", then)
            assert not store.payments.webhook_seen(name, then)
            store.drivers.put_sign_in(SignIn(name.encode(), account.id, at - timedelta(days=400), then))
    assert (forget_spent(database_url, at), forget_spent(database_url, at)) == (3, 0)
    with transactions.begin() as store:
        assert (store.commands.answer("spent"), store.commands.answer("kept")) == (None, b"yes")
        assert [store.payments.webhook_seen(name, at) for name in ("spent", "kept")] == [False, True]
        assert [one.digest for one in store.drivers.sign_ins(account.id)] == [b"kept"]
