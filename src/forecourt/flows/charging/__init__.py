"""One charge from the plug to the stop: facts applied in order, cards judged, starts and stops, guests."""

from forecourt.flows.charging.accepting import accept, card_verdict
from forecourt.flows.charging.applying import Applied, apply_facts, set_aside
from forecourt.flows.charging.bay_setup import describe_bay
from forecourt.flows.charging.boot import list_unknown
from forecourt.flows.charging.capping import keep_caps
from forecourt.flows.charging.card_lists import keep_cards, set_offline_cards
from forecourt.flows.charging.certifying import RENEW_BEFORE, keep_certificates, sign_by_hand
from forecourt.flows.charging.charger_password import (
    offer_password,
    password_answered,
    password_changeable,
    password_taken,
    spellings,
    telling,
)
from forecourt.flows.charging.charger_setup import MOST_SOCKETS, ChargerDetails, add_charger, refuse_charger, renew_password, retire_charger
from forecourt.flows.charging.commanding import Command, command, command_answered, command_words
from forecourt.flows.charging.guest_booking import (
    GuestAsk,
    as_request,
    book_guest,
    booked_guest,
    booking_of,
    cancel_guest,
    change_guest,
    may_change,
    start_booked,
)
from forecourt.flows.charging.guest_longer import longer_asked, price_of_longer, stay_longer
from forecourt.flows.charging.guest_scanning import Scanned, open_scanned, scan_as_text, scan_of_text, scanned
from forecourt.flows.charging.guesting import check_open, mail_guest, open_visit, price_for_guest, stop_visit, visit_at_once, visit_of
from forecourt.flows.charging.links import certificate_refused, link_changed, links_changed
from forecourt.flows.charging.order_answers import again_in_s, ordered
from forecourt.flows.charging.pay_codes import (
    codes_answered,
    codes_hidden,
    codes_shown,
    end_codes,
    offer_codes,
    sockets_with_displays,
)
from forecourt.flows.charging.payment_answers import paid, payment_answered
from forecourt.flows.charging.price_sheets import SheetOf, keep_sheets, sheets_of
from forecourt.flows.charging.rebuilding import compare, copy_settings, rebuild
from forecourt.flows.charging.roaming_commands import obey
from forecourt.flows.charging.roaming_passing import partner_told, telling_of
from forecourt.flows.charging.roaming_profile_results import keep_profiles_answered
from forecourt.flows.charging.roaming_profiles import ProfileRequest, ask_profile, clear_profile, set_profile
from forecourt.flows.charging.roaming_sessions import keep_partners_told
from forecourt.flows.charging.saying import say_need
from forecourt.flows.charging.security import cards_guessed
from forecourt.flows.charging.showing import show_costs
from forecourt.flows.charging.site_limits import LimitPreview, limits_seen, preview_limits, set_limits
from forecourt.flows.charging.site_setup import SiteDetails, add_site, describe_site, has_bills
from forecourt.flows.charging.socket_codes import give_codes, new_code, socket_by_code
from forecourt.flows.charging.starting import back_to_start, free_for, start_charge, stop_charge, under_way
from forecourt.flows.charging.stay_watch import keep_stays
from forecourt.flows.charging.sweeping import sweep
from forecourt.flows.charging.terminal_setup import offer_terminal, refuse_terminal, terminal_answered
from forecourt.flows.charging.terminals import ask_terminal, terminal_held
from forecourt.flows.charging.use import keep_use

__all__ = [
    "MOST_SOCKETS",
    "RENEW_BEFORE",
    "Applied",
    "ChargerDetails",
    "Command",
    "GuestAsk",
    "LimitPreview",
    "ProfileRequest",
    "Scanned",
    "SheetOf",
    "SiteDetails",
    "accept",
    "add_charger",
    "add_site",
    "again_in_s",
    "apply_facts",
    "as_request",
    "ask_profile",
    "ask_terminal",
    "back_to_start",
    "book_guest",
    "booked_guest",
    "booking_of",
    "cancel_guest",
    "card_verdict",
    "cards_guessed",
    "certificate_refused",
    "change_guest",
    "check_open",
    "clear_profile",
    "codes_answered",
    "codes_hidden",
    "codes_shown",
    "command",
    "command_answered",
    "command_words",
    "compare",
    "copy_settings",
    "describe_bay",
    "describe_site",
    "end_codes",
    "free_for",
    "give_codes",
    "has_bills",
    "keep_caps",
    "keep_cards",
    "keep_certificates",
    "keep_partners_told",
    "keep_profiles_answered",
    "keep_sheets",
    "keep_stays",
    "keep_use",
    "limits_seen",
    "link_changed",
    "links_changed",
    "list_unknown",
    "longer_asked",
    "mail_guest",
    "may_change",
    "new_code",
    "obey",
    "offer_codes",
    "offer_password",
    "offer_terminal",
    "open_scanned",
    "open_visit",
    "ordered",
    "paid",
    "partner_told",
    "password_answered",
    "password_changeable",
    "password_taken",
    "payment_answered",
    "preview_limits",
    "price_for_guest",
    "price_of_longer",
    "rebuild",
    "refuse_charger",
    "refuse_terminal",
    "renew_password",
    "retire_charger",
    "say_need",
    "scan_as_text",
    "scan_of_text",
    "scanned",
    "set_aside",
    "set_limits",
    "set_offline_cards",
    "set_profile",
    "sheets_of",
    "show_costs",
    "sign_by_hand",
    "socket_by_code",
    "sockets_with_displays",
    "spellings",
    "start_booked",
    "start_charge",
    "stay_longer",
    "stop_charge",
    "stop_visit",
    "sweep",
    "telling",
    "telling_of",
    "terminal_answered",
    "terminal_held",
    "under_way",
    "visit_at_once",
    "visit_of",
]
