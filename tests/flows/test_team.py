"""The operator's team: at least one member manages it, and a closed account is signed out at once."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from flows.conftest import NOON, Forecourt
from forecourt.drivers import Account, Duty, Role, SignIn
from forecourt.flows.desk import Staff, add_to_team, close_account, member_for_link, reopen_account, set_duties
from forecourt.kernel import BadInput, Conflict, NotFound, OperatorId
from stores import both_stores


@pytest.fixture
def by(forecourt: Forecourt) -> Staff:
    return Staff(forecourt.operator_id, "boss", NOON, forecourt.ids)


def add(forecourt: Forecourt, by: Staff, email: str, *duties: Duty, password: str = "hash") -> Account:
    with forecourt.transactions.begin() as store:
        return add_to_team(store, by, email, duties, password)


def now(forecourt: Forecourt, account: Account) -> Account:
    with forecourt.transactions.begin() as store:
        found = store.drivers.account(account.id)
    assert found is not None
    return found


@both_stores
def test_a_new_team_member_has_only_the_duties_given(forecourt: Forecourt, by: Staff) -> None:
    mia = add(forecourt, by, " Mia@Desk.example ", Duty.MONEY, Duty.PRICES)
    assert (mia.email, mia.role, mia.duties) == ("mia@desk.example", Role.OPERATOR, (Duty.PRICES, Duty.MONEY))
    assert [mia.may(duty) for duty in (None, *Duty)] == [True, False, True, True, False]
    assert not replace(mia, role=Role.DRIVER).may(None)
    with forecourt.transactions.begin() as store:
        assert [one.email for one in store.drivers.team(forecourt.operator_id)] == ["mia@desk.example"]
        assert [(one.action, one.subject, one.detail) for one in store.audit.recent()] == [
            ("team.add", "mia@desk.example", "prices, money")
        ]


def test_an_email_address_can_be_used_by_one_team_member_only(forecourt: Forecourt, by: Staff) -> None:
    add(forecourt, by, "mia@desk.example")
    with pytest.raises(Conflict, match="already"):
        add(forecourt, by, "MIA@desk.example")
    with pytest.raises(BadInput, match="not an email"):
        add(forecourt, by, "mia")


def test_the_last_member_who_manages_the_team_cannot_be_removed(forecourt: Forecourt, by: Staff) -> None:
    boss = add(forecourt, by, "boss@desk.example", *Duty)
    add(forecourt, by, "new@desk.example", *Duty, password="")  # has not chosen a password yet, so could not sign in
    for leave in (lambda store: close_account(store, by, boss.id), lambda store: set_duties(store, by, boss.id, [Duty.MONEY])):
        with pytest.raises(Conflict, match="No one would be left"), forecourt.transactions.begin() as store:
            leave(store)
    add(forecourt, by, "next@desk.example", Duty.TEAM)
    with forecourt.transactions.begin() as store:
        set_duties(store, by, boss.id, [])
    assert now(forecourt, boss).duties == ()


def test_a_closed_account_is_signed_out_at_once_and_returns_only_by_an_invitation_link(forecourt: Forecourt, by: Staff) -> None:
    add(forecourt, by, "boss@desk.example", *Duty)
    mia = add(forecourt, by, "mia@desk.example", Duty.SITES)
    with forecourt.transactions.begin() as store:
        store.drivers.put_sign_in(SignIn(b"m" * 32, mia.id, NOON, NOON + timedelta(days=1)))
    with forecourt.transactions.begin() as store:
        close_account(store, by, mia.id)
    with forecourt.transactions.begin() as store:
        assert store.drivers.sign_in(b"m" * 32) is None
    assert (now(forecourt, mia).password_hash, now(forecourt, mia).may(None)) == ("", False)
    with pytest.raises(Conflict), forecourt.transactions.begin() as store:
        member_for_link(store, by, mia.id)
    with forecourt.transactions.begin() as store:
        reopen_account(store, by, mia.id)
        assert member_for_link(store, by, mia.id).duties == (Duty.SITES,)


def test_no_invitation_link_is_issued_for_an_account_with_a_password(forecourt: Forecourt, by: Staff) -> None:
    mia = add(forecourt, by, "mia@desk.example")
    with pytest.raises(Conflict, match="has a password"), forecourt.transactions.begin() as store:
        member_for_link(store, by, mia.id)


@both_stores
@pytest.mark.parametrize("step", [close_account, reopen_account, member_for_link])
def test_team_members_of_another_operator_are_not_found(forecourt: Forecourt, by: Staff, step) -> None:
    mia = add(forecourt, by, "mia@desk.example", password="")
    for who, account_id in ((replace(by, operator_id=OperatorId(UUID(int=77))), mia.id), (by, UUID(int=5))):
        with pytest.raises(NotFound), forecourt.transactions.begin() as store:
            step(store, who, account_id)
