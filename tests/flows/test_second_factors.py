"""A second factor: each code is accepted once, even concurrently; it is turned off by its owner, a colleague or the server."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.conftest import NOON
from forecourt.drivers import STEP_S, Account, Role, SecondFactor, SignIn, code_at, recovery_digest
from forecourt.flows.desk import (
    CodeEntry,
    Staff,
    close_account,
    lacks_factor,
    remove_factor,
    remove_factor_on_server,
    renew_recovery,
    reopen_account,
    require_factors,
    turn_off_factor,
    turn_on_factor,
    verify_code,
)
from forecourt.flows.ports import Transactions
from forecourt.kernel import Conflict, NotFound, OperatorId
from forecourt.stations import Operator
from sequential_ids import SequentialIds
from stores import both_stores

SECRET, OPERATOR, RECOVERY = b"12345678901234567890", OperatorId(UUID(int=1)), "ABCD-EFGH-JKLM-NPQR"
STEP = int(NOON.timestamp()) // STEP_S
MIA = Account(UUID(int=61), OPERATOR, "mia@desk.example", Role.OPERATOR, "hash")
FACTOR = SecondFactor(MIA.id, "sealed", NOON, STEP - 9, (recovery_digest(RECOVERY),))
IDS = SequentialIds()
BOSS = Staff(OPERATOR, "boss", NOON, IDS)


def shown(code: str, at: int = STEP) -> CodeEntry:
    return CodeEntry(code, NOON + timedelta(seconds=STEP_S * (at - STEP)), lambda factor: SECRET if factor.sealed == "sealed" else None)


@pytest.fixture
def desk(any_transactions: Transactions) -> Transactions:
    with any_transactions.begin() as store:
        store.stations.put_operator(Operator(OPERATOR, "Demo", "Demo GmbH", "DE", "DE1", "Street 1", "EUR"))
        store.drivers.put_account(MIA)
        store.factors.put(FACTOR)
    return any_transactions


def shows(desk: Transactions, one: CodeEntry) -> bool:
    with desk.begin() as store:
        return verify_code(store, MIA, one)


def told(desk: Transactions) -> list[str]:
    with desk.begin() as store:
        return [one.kind.value for one in store.notices.page(OPERATOR).rows]


def test_a_one_time_code_and_a_recovery_code_are_each_accepted_once(desk: Transactions) -> None:
    assert [shows(desk, shown(code_at(SECRET, STEP))) for _ in range(2)] == [True, False]
    assert [shows(desk, shown(RECOVERY)) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("code", [code_at(SECRET, STEP), RECOVERY])
def test_of_concurrent_sign_ins_with_one_code_exactly_one_succeeds(desk: Transactions, code: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: shows(desk, shown(code)), range(8))) == 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 2)), min_size=1, max_size=8))
def test_each_totp_step_is_accepted_at_most_once_in_any_order(desk: Transactions, tries: list[tuple[int, int]]) -> None:
    """Several concurrent sign-ins, each with the code of a step near its own time."""
    with desk.begin() as store:
        store.factors.put(FACTOR)

    def hand(one: tuple[int, int]) -> int | None:
        at, off = one
        return at + off if shows(desk, shown(code_at(SECRET, STEP + at + off), STEP + at)) else None

    with ThreadPoolExecutor(4) as pool:
        taken = [one for one in pool.map(hand, tries) if one is not None]
    assert len(taken) == len(set(taken))
    with desk.begin() as store:
        left = store.factors.factor(MIA.id)
    assert left is not None and left.last_step == max([STEP + one for one in taken], default=FACTOR.last_step)


def test_a_sign_in_whose_password_was_changed_meanwhile_is_refused(desk: Transactions) -> None:
    with desk.begin() as store:
        store.drivers.put_account(replace(MIA, password_hash="another"))
    with pytest.raises(Conflict, match="changed a moment ago"):
        shows(desk, shown(code_at(SECRET, STEP)))


@both_stores
def test_turning_on_a_second_factor_ends_other_browser_sessions_and_sends_a_notice(desk: Transactions) -> None:
    with desk.begin() as store:
        store.factors.drop(MIA.id)
        for digest, api in ((b"h" * 32, False), (b"o" * 32, False), (b"p" * 32, True)):
            store.drivers.put_sign_in(SignIn(digest, MIA.id, NOON, NOON + timedelta(days=1), api))
        turn_on_factor(store, MIA, FACTOR, b"h" * 32, NOON, IDS)
        assert sorted(one.digest[:1] for one in store.drivers.sign_ins(MIA.id)) == [b"h", b"p"]
        with pytest.raises(Conflict, match="already on"):
            turn_on_factor(store, MIA, FACTOR, b"h" * 32, NOON, IDS)
    assert told(desk) == ["factor_on"]


def test_an_account_holder_can_turn_off_the_second_factor_and_renew_recovery_codes(desk: Transactions) -> None:
    fresh = recovery_digest("fresh")
    with desk.begin() as store:
        renew_recovery(store, MIA, (fresh,))
        assert [one.recovery for one in [store.factors.factor(MIA.id)] if one] == [(fresh,)]
        turn_off_factor(store, MIA, NOON, IDS)
        for late in (lambda: renew_recovery(store, MIA, (fresh,)), lambda: turn_off_factor(store, MIA, NOON, IDS)):
            with pytest.raises(Conflict, match="has no second factor"):
                late()
    assert shows(desk, shown("")) and told(desk) == ["factor_off"]


def test_a_colleague_can_turn_off_a_second_factor_with_an_audit_entry_and_an_email(desk: Transactions) -> None:
    with desk.begin() as store:
        remove_factor(store, BOSS, MIA.id)
        assert store.factors.factor(MIA.id) is None
        assert [(one.actor, one.action, one.detail) for one in store.audit.recent()] == [("boss", "factor.off", "")]
        with pytest.raises(Conflict, match="has no second factor"):
            remove_factor(store, BOSS, MIA.id)
    assert told(desk) == ["factor_off"]


def test_staff_cannot_remove_their_own_second_factor_or_that_of_another_operator(desk: Transactions) -> None:
    for by, refused in ((replace(BOSS, actor=str(MIA.id)), Conflict), (replace(BOSS, operator_id=OperatorId(UUID(int=9))), NotFound)):
        with desk.begin() as store, pytest.raises(refused):
            remove_factor(store, by, MIA.id)


@both_stores
def test_closing_and_reopening_an_account_keeps_its_second_factor(desk: Transactions) -> None:
    with desk.begin() as store:
        store.drivers.put_account(replace(MIA, id=UUID(int=63), email="boss@desk.example"))
        close_account(store, BOSS, MIA.id)
        reopen_account(store, BOSS, MIA.id)
        assert store.factors.factor(MIA.id) == FACTOR


def test_the_server_command_can_remove_any_second_factor(desk: Transactions) -> None:
    with desk.begin() as store:
        assert remove_factor_on_server(store, " MIA@desk.example", NOON, IDS).id == MIA.id
        assert [(one.actor, one.action) for one in store.audit.recent()] == [("system", "factor.off")]
        with pytest.raises(NotFound):
            remove_factor_on_server(store, "eve@desk.example", NOON, IDS)


def test_a_required_second_factor_applies_to_the_team_and_not_to_drivers(desk: Transactions) -> None:
    driver = Account(UUID(int=62), OPERATOR, "ada@example.org", Role.DRIVER)
    with desk.begin() as store:
        store.factors.drop(MIA.id)
        assert not lacks_factor(store, MIA)
        require_factors(store, BOSS, True)
        require_factors(store, BOSS, True)
        assert (lacks_factor(store, MIA), lacks_factor(store, driver)) == (True, False)
        store.factors.put(FACTOR)
        assert not lacks_factor(store, MIA)
        assert [(one.action, one.detail) for one in store.audit.recent()] == [("team.factor_rule", "needed")]
