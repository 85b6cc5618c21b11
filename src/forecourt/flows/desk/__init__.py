"""What every step does besides its own work: orders to chargers, letters to people, the log, doubts set aside, runs told of."""

from forecourt.flows.desk.addresses import (
    CONFIRM_FOR,
    UNDO_FOR,
    AddressChange,
    address_key,
    ask_for_address,
    change_address,
    change_of_key,
    undo_address,
)
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.devices import Subscription, add_device, remove_device
from forecourt.flows.desk.enrolling import block_card, enrol, give_card
from forecourt.flows.desk.forgetting import NoticeRun, keep_messages_for, keep_readings_for
from forecourt.flows.desk.joining import LONGEST_NAME, JoinRequest, add_card, join
from forecourt.flows.desk.orders import PARTNER_LANES, order
from forecourt.flows.desk.own import operator_zone, tax_countries
from forecourt.flows.desk.passwords import (
    INVITED_FOR,
    RESET_FOR,
    account_of_key,
    account_unchanged,
    ask_for_link,
    change_password,
    choose_password,
    hand_out_link,
    password_key,
)
from forecourt.flows.desk.running import RunKind, begin_run, skip, take_batch
from forecourt.flows.desk.second_factors import (
    Shown,
    lacks_factor,
    renew_recovery,
    require_factors,
    show_code,
    take_factor_off,
    take_factor_off_by_hand,
    turn_off_factor,
    turn_on_factor,
)
from forecourt.flows.desk.signing_up import SIGN_UP_FOR, sign_up
from forecourt.flows.desk.team import add_to_team, close_account, link_given, mail_invitation, open_account, set_duties
from forecourt.flows.desk.telling import set_hook, set_notices, tell_again, tell_document, tell_partner, tell_statement

__all__ = [
    "CONFIRM_FOR",
    "INVITED_FOR",
    "LONGEST_NAME",
    "PARTNER_LANES",
    "RESET_FOR",
    "SIGN_UP_FOR",
    "UNDO_FOR",
    "AddressChange",
    "JoinRequest",
    "NoticeRun",
    "RunKind",
    "Shown",
    "Staff",
    "Subscription",
    "account_of_key",
    "account_unchanged",
    "add_card",
    "add_device",
    "add_to_team",
    "address_key",
    "ask_for_address",
    "ask_for_link",
    "begin_run",
    "block_card",
    "change_address",
    "change_of_key",
    "change_password",
    "choose_password",
    "close_account",
    "enrol",
    "give_card",
    "hand_out_link",
    "join",
    "keep_messages_for",
    "keep_readings_for",
    "lacks_factor",
    "link_given",
    "mail_invitation",
    "note",
    "open_account",
    "operator_zone",
    "order",
    "password_key",
    "remove_device",
    "renew_recovery",
    "require_factors",
    "set_duties",
    "set_hook",
    "set_notices",
    "show_code",
    "sign_up",
    "skip",
    "take_batch",
    "take_factor_off",
    "take_factor_off_by_hand",
    "tax_countries",
    "tell_again",
    "tell_document",
    "tell_partner",
    "tell_statement",
    "turn_off_factor",
    "turn_on_factor",
    "undo_address",
]
