"""Single sign-on of an operator's staff."""

from dataclasses import replace

import pytest

from forecourt.drivers import SingleSignOn
from forecourt.flows.ports import Transactions
from forecourt.kernel import Conflict, OperatorId


def test_an_operator_has_one_single_sign_on_that_can_be_changed_and_removed(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    sso = SingleSignOn(sample.operator.id, "https://id.example", "we", "sealed", sample.id())
    with any_transactions.begin() as store:
        store.sso.put(sso)
    with any_transactions.begin() as store:
        assert store.sso.of(sample.operator.id) == sso
        store.sso.put(tried := replace(sso, tried_at=sample.t0, passwords=False))
    with any_transactions.begin() as store:
        assert store.sso.all() == [tried]
        store.sso.drop(sample.operator.id)
    with any_transactions.begin() as store:
        assert store.sso.of(sample.operator.id) is None
    with pytest.raises(Conflict), any_transactions.begin() as store:
        store.sso.put(replace(sso, operator_id=OperatorId(sample.id())))
