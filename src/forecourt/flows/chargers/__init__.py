"""Setting up and maintaining sites and chargers: what they are, whom they trust, and settings that apply to all their charges."""

from forecourt.flows.chargers.bay_setup import describe_bay
from forecourt.flows.chargers.boot import list_unknown
from forecourt.flows.chargers.card_lists import send_card_lists, set_offline_cards
from forecourt.flows.chargers.certificates import RENEW_BEFORE, process_certificate_requests, sign_by_hand
from forecourt.flows.chargers.commands import Command, command, command_answered, command_words
from forecourt.flows.chargers.connections import certificate_refused, link_changed, links_changed
from forecourt.flows.chargers.external_limits import set_limit_aside
from forecourt.flows.chargers.history import closed_times, uptimes
from forecourt.flows.chargers.maintenance import send_availability
from forecourt.flows.chargers.password import (
    offer_password,
    password_answered,
    password_changeable,
    password_forms,
    password_setting,
    password_taken,
)
from forecourt.flows.chargers.pay_codes import codes_answered, codes_hidden, codes_shown, end_codes, offer_codes, sockets_with_displays
from forecourt.flows.chargers.price_sheets import SheetOf, send_price_sheets, sheets_of
from forecourt.flows.chargers.retiring import cancel_retirement, complete_retirements, retire_from
from forecourt.flows.chargers.security import cards_guessed
from forecourt.flows.chargers.setup import MAX_SOCKETS, ChargerDetails, add_charger, refuse_charger, renew_password, retire_charger
from forecourt.flows.chargers.site_allowances import AllowanceEffect, apply_allowance, lift_allowance
from forecourt.flows.chargers.site_closing import complete_closings, set_last_day
from forecourt.flows.chargers.site_limits import LimitPreview, limits_version, preview_limits, set_limits
from forecourt.flows.chargers.site_setup import SiteDetails, add_site, describe_site, has_bills
from forecourt.flows.chargers.socket_codes import give_codes, new_code, socket_by_code

__all__ = [
    "MAX_SOCKETS",
    "RENEW_BEFORE",
    "AllowanceEffect",
    "ChargerDetails",
    "Command",
    "LimitPreview",
    "SheetOf",
    "SiteDetails",
    "add_charger",
    "add_site",
    "apply_allowance",
    "cancel_retirement",
    "cards_guessed",
    "certificate_refused",
    "closed_times",
    "codes_answered",
    "codes_hidden",
    "codes_shown",
    "command",
    "command_answered",
    "command_words",
    "complete_closings",
    "complete_retirements",
    "describe_bay",
    "describe_site",
    "end_codes",
    "give_codes",
    "has_bills",
    "lift_allowance",
    "limits_version",
    "link_changed",
    "links_changed",
    "list_unknown",
    "new_code",
    "offer_codes",
    "offer_password",
    "password_answered",
    "password_changeable",
    "password_forms",
    "password_setting",
    "password_taken",
    "preview_limits",
    "process_certificate_requests",
    "refuse_charger",
    "renew_password",
    "retire_charger",
    "retire_from",
    "send_availability",
    "send_card_lists",
    "send_price_sheets",
    "set_last_day",
    "set_limit_aside",
    "set_limits",
    "set_offline_cards",
    "sheets_of",
    "sign_by_hand",
    "socket_by_code",
    "sockets_with_displays",
    "uptimes",
]
