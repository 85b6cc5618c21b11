"""Single sign-on for an operator's team: set up, tested, configured, removed; and finding the person whom a provider names.

The team is always locked first. Sign-on never adds anyone to the team, and whoever sets it up must keep a password.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from forecourt.drivers import Account, Duty, Identity, ProviderLogout, SignIn, SingleSignOn
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, Forbidden
from forecourt.notices import one_line

_MAX_CHARS, _MAX_DAYS = 500, 365


@dataclass(frozen=True, slots=True)
class Connection:
    """The connection as registered with the provider. sealed: None = the secret stays. Raises BadInput."""

    issuer: str
    client_id: str
    sealed: str | None

    def __post_init__(self) -> None:
        if not _is_issuer(self.issuer):
            raise BadInput("issuer", "That is not a valid issuer.", "Enter an https address as your provider shows it, without ? or #.")
        if not 1 <= len(self.client_id) <= _MAX_CHARS or not self.client_id.isprintable():
            raise BadInput("client_id", "The client ID is missing.", "Your provider shows it where this service is registered.")


@dataclass(frozen=True, slots=True)
class SsoRules:
    """Rules for the connection, as in SingleSignOn. token_days None = unchanged. Raises BadInput."""

    passwords: bool
    trusts_factor: bool
    token_days: int | None = None

    def __post_init__(self) -> None:
        if self.token_days is not None and not 1 <= self.token_days <= _MAX_DAYS:
            raise BadInput("token_days", "Enter the number of days after which API tokens pause.", f"1 to {_MAX_DAYS}.")


@dataclass(frozen=True, slots=True)
class ProviderReturn:
    """Somebody returning from the provider. left_at: when their browser went there. Both are real time."""

    identity: Identity
    left_at: datetime
    at: datetime


def connect_sso(store: Store, by: Staff, wanted: Connection) -> SingleSignOn:
    """Set up a connection; it takes effect once tested. Raises BadInput; Conflict if the person has no password to fall back on."""
    account = _locked(store, by)
    if not account.password_hash:
        raise Conflict(
            "no_password",
            "You do not have a password here.",
            "Choose one under Account first, so that the person who sets this up can always sign in.",
        )
    existing = store.sso.of(by.operator_id)
    connection = SingleSignOn(by.operator_id, wanted.issuer, wanted.client_id, wanted.sealed or "", account.id)
    if existing is not None:
        connection = replace(
            existing,
            issuer=connection.issuer,
            client_id=connection.client_id,
            sealed=connection.sealed,
            keeper_id=account.id,
            tried_at=None,
        )
        connection = replace(connection, trusts_factor=existing.trusts_factor and existing.is_of(connection))
    if wanted.sealed is None:
        if existing is None or not existing.is_of(connection):  # so that nobody can have our secret sent to a provider of their own
            raise BadInput("secret", "The secret is missing.", "A different provider or client needs a different secret.")
        connection = replace(connection, sealed=existing.sealed)
    if existing is not None and not existing.is_of(connection):
        _unlink_subjects(store, by)
    store.sso.put(connection)
    note(store, by, "sso.connect", by.operator_id, one_line(f"{wanted.issuer}, {wanted.client_id}"))
    return connection


def activate_sso(store: Store, by: Staff, sso: SingleSignOn, identity: Identity, real_now: datetime) -> None:
    """Whoever set it up has returned from the provider as themselves, so it takes effect. Raises Conflict, Forbidden."""
    account = _locked(store, by)
    _check_keeper(sso, account)
    if store.sso.of(by.operator_id) != sso:
        raise Conflict("sso_changed", "It has been changed in the meantime.", "Try it again.")
    if not identity.fits(account):
        raise Conflict("sso_other", *_why_not_the_same(account, identity))
    if identity.subject in _subjects(store, account):
        raise Conflict(
            "sso_taken", "The provider identifies you as another person on your team.", "Sign out there, then sign in as yourself."
        )
    store.drivers.put_account(replace(account, sso_subject=identity.subject, sso_seen_at=real_now))
    store.sso.put(replace(sso, tried_at=by.at))
    note(store, by, "sso.try", by.operator_id, sso.issuer)


def set_sso_rules(store: Store, by: Staff, rules: SsoRules, real_now: datetime) -> None:
    """Change the rules. If passwords are turned off, those signed in by one must sign in anew, except whoever set it up; so must all who
    came by the provider if it is no longer trusted for the second factor."""
    _locked(store, by)
    sso = store.sso.of(by.operator_id)
    if sso is None or sso.tried_at is None:
        raise Conflict("sso_untried", "Single sign-on has not been tried yet.", "Try it first.")
    passwords, trusts_factor = rules.passwords, rules.trusts_factor
    updated = replace(sso, passwords=passwords, trusts_factor=trusts_factor, token_days=rules.token_days or sso.token_days)
    if updated == sso:
        return
    updated = replace(updated, no_passwords_since=None if passwords else sso.no_passwords_since or real_now)
    keeper = store.drivers.account(sso.keeper_id)
    if not passwords and not (keeper and keeper.may(Duty.TEAM) and keeper.password_hash):
        raise Conflict(
            "no_keeper", "No one would be able to sign in with a password any more.", "Enter the connection yourself, then try it."
        )
    store.sso.put(updated)
    if sso.passwords and not passwords:
        _end(store, by, lambda account, one: not one.by_company and not updated.takes_password(account.id))
    if sso.trusts_factor and not trusts_factor:
        _end(store, by, lambda _, one: one.factor_shown)
    summary = ("passwords too" if passwords else "no passwords", "trusted" if trusts_factor else "as the provider tells")
    note(store, by, "sso.rules", by.operator_id, f"{summary[0]}; second factor: {summary[1]}; API tokens: {updated.token_days} days")


def disconnect_sso(store: Store, by: Staff) -> None:
    """Remove the connection: those signed in by it are signed out, and must use a password."""
    _locked(store, by)
    if store.sso.of(by.operator_id) is None:
        return
    store.sso.drop(by.operator_id)
    _unlink_subjects(store, by)
    note(store, by, "sso.disconnect", by.operator_id)


def member_by_identity(store: Store, sso: SingleSignOn, arrival: ProviderReturn) -> Account | None:
    """The team member, linked to the subject since the first time; None: not one of the team.

    sso: the settings the identity was checked with. Raises Conflict if they have changed or are not in effect, or if the provider has
    meanwhile reported the end of the person's session there.
    """
    identity = arrival.identity
    store.drivers.lock_team(sso.operator_id)
    if store.sso.of(sso.operator_id) != sso or sso.tried_at is None:
        raise Conflict("sso_changed", "Your company’s sign-in was changed a moment ago.", "Start again.")
    team = [one for one in store.drivers.team(sso.operator_id) if one.closed_at is None]
    known = next((one for one in team if one.sso_subject == identity.subject), None)
    found = known or next((one for one in team if identity.fits(one)), None)
    account = store.drivers.lock_account(found.id) if found else None
    if account is None or account.closed_at is not None or not identity.fits(account):
        return None
    if account.sso_ended_at is not None and arrival.left_at <= account.sso_ended_at:
        raise Conflict("sso_ended", "You were signed out by your company in the meantime.", "Sign in again.")
    account = replace(account, sso_subject=identity.subject, sso_seen_at=arrival.at)
    store.drivers.put_account(account)
    return account


def end_sso_sessions(store: Store, by: Staff, sso: SingleSignOn, logout: ProviderLogout, real_now: datetime) -> None:
    """The provider reports that a session has ended: end the sign-ins that began with it, and those under way. API tokens stay, as
    signing out is not leaving. sso: the settings it was checked with. Raises Conflict if they have changed."""
    store.drivers.lock_team(sso.operator_id)
    now = store.sso.of(sso.operator_id)
    if now is None or not now.is_of(sso):
        raise Conflict("sso_changed", "Your company’s sign-in was changed a moment ago.", "Tell it again.")
    for known in store.drivers.team(sso.operator_id):
        if not known.sso_subject or logout.subject not in ("", known.sso_subject):
            continue
        ended = [one for one in store.drivers.sign_ins(known.id) if logout.ends(one)]
        account = store.drivers.lock_account(known.id) if ended or logout.subject else None
        if account is not None:
            store.drivers.put_account(replace(account, sso_ended_at=real_now))
        for one in ended:
            store.drivers.drop_sign_in(one.digest)
        if ended:
            note(store, by, "sso.sign_out", known.id, f"sessions ended: {len(ended)}")


def token_pauses_at(store: Store, account: Account, token: SignIn) -> datetime | None:
    """When an API token pauses until its owner signs in through the company again; None: never."""
    sso = store.sso.of(account.operator_id) if account.may(None) else None
    return sso.token_pauses_at(account, token) if sso else None


def log_sso_sign_in(store: Store, by: Staff, account: Account, factor: str) -> None:
    """Log a sign-in through the company. factor: who checked the second factor, in words."""
    note(store, by, "sso.sign_in", account.id, factor)


def must_use_sso(store: Store, account: Account) -> bool:
    """Whether a password no longer signs them in."""
    sso = store.sso.of(account.operator_id) if account.may(None) else None
    return sso is not None and not sso.takes_password(account.id)


def _locked(store: Store, by: Staff) -> Account:
    """The acting account, as it is now."""
    store.drivers.lock_team(by.operator_id)
    account = store.drivers.lock_account(UUID(by.actor))
    if account is None or not account.may(Duty.TEAM):
        raise Forbidden("duty", "You can view this but not change it.", "Ask someone who manages your team.")
    return account


def _is_issuer(text: str) -> bool:
    try:
        parts = urlsplit(text)
        is_bare = parts.username is None and not parts.query and not parts.fragment
        return parts.scheme in ("https", "http") and bool(parts.hostname) and is_bare and text.isprintable() and len(text) <= _MAX_CHARS
    except ValueError:
        return False


def _check_keeper(sso: SingleSignOn, account: Account) -> None:
    if sso.keeper_id != account.id:
        raise Forbidden("sso_keeper", "Only the person who last entered it can try it.", "Enter the connection again, then try it.")


def _why_not_the_same(account: Account, identity: Identity) -> tuple[str, str]:
    if account.sso_subject:
        return "The provider identifies you as a different person than last time.", "Sign out there, then sign in as yourself."
    if not identity.email:
        return (
            "The provider does not confirm that your email address is verified.",
            f"It must do so once for each person, and the address must be the one used here: {account.email}. The documentation says how.",
        )
    return f"The provider knows you as {one_line(identity.email)}, but here you are {account.email}.", "The two must be the same."


def _subjects(store: Store, excluded: Account) -> set[str]:
    return {one.sso_subject for one in store.drivers.team(excluded.operator_id) if one.id != excluded.id}


def _unlink_subjects(store: Store, by: Staff) -> None:
    """People linked at the old provider are unknown to a new one."""
    for one in store.drivers.team(by.operator_id):
        account = store.drivers.lock_account(one.id) if one.sso_subject else None
        if account is not None:
            store.drivers.put_account(replace(account, sso_subject=""))
    _end(store, by, lambda _, one: one.by_company)


def _end(store: Store, by: Staff, matches: Callable[[Account, SignIn], bool]) -> None:
    for account in store.drivers.team(by.operator_id):
        for one in store.drivers.sign_ins(account.id):
            if not one.api and matches(account, one):
                store.drivers.drop_sign_in(one.digest)
