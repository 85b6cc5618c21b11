"""Drivers, their cards, password links and roaming partners, as created by `forecourt admin`."""

import secrets
from datetime import UTC, datetime
from typing import Any

from forecourt.assembly.admin_files import DriverFile, RoamingFile, TokenFile
from forecourt.assembly.admin_roaming import partner_invitation, public_address
from forecourt.assembly.secrets import hash_password, key_digest
from forecourt.assembly.settings import Settings
from forecourt.assembly.state import network_secret
from forecourt.drivers import PayBy
from forecourt.flows.desk import (
    RESET_LIFETIME,
    DriverAccountRequest,
    Staff,
    assign_card,
    enrol_driver,
    issue_password_link,
    remove_factor_on_server,
)
from forecourt.flows.ports import Store
from forecourt.flows.roaming import InvitedPartner, invite_roaming_partner
from forecourt.kernel import Ids, NotFound


def add_driver(store: Store, by: Staff, content: DriverFile) -> dict[str, Any]:
    password_hash = hash_password(content.password) if content.password else ""
    pay_by = content.pay_by or (PayBy.CARD if content.payment_method else PayBy.ACCOUNT)
    request = DriverAccountRequest(
        by.operator_id, content.name, content.email, password_hash, pay_by=pay_by, payment_method=content.payment_method
    )
    account = enrol_driver(store, by, request)
    return {"driver": account.email, "id": str(account.driver_id)}


def add_token(store: Store, content: TokenFile, at: datetime, ids: Ids) -> dict[str, Any]:
    account = store.drivers.account_by_email(content.driver.strip().lower())
    if account is None or account.driver_id is None:
        raise NotFound("driver", f"There is no driver {content.driver!r}.")
    by = Staff(account.operator_id, "system", at, ids)
    return {"token": assign_card(store, by, account.driver_id, content.uid, content.label).uid, "driver": account.email}


def add_roaming(store: Store, by: Staff, content: RoamingFile, settings: Settings) -> dict[str, Any]:
    """Returns what to give to the partner; the token is only shown this once."""
    secret = secrets.token_urlsafe(32)
    partner = invite_roaming_partner(store, by, InvitedPartner(content.name, content.country, content.party_id), key_digest(secret))
    return partner_invitation(partner, secret, settings)


def password_link(store: Store, settings: Settings, email: str, at: datetime, ids: Ids) -> str:
    """A link with which its holder can choose the account's password, once, within an hour. The log records that it was made."""
    key = issue_password_link(store, email, datetime.now(UTC) + RESET_LIFETIME, network_secret(settings.state), at, ids)
    return f"{public_address(settings)}/password/{key}"


def remove_second_factor(store: Store, email: str, at: datetime, ids: Ids) -> str:
    """For somebody who has lost their phone and recovery codes. The log records it, and they are notified by email."""
    return remove_factor_on_server(store, email, at, ids).email
