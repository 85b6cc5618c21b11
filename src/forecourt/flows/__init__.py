"""One file for each step of the journey: load, call a room, keep papers and orders. No I/O; the edges do that."""

from forecourt.flows.billing.accounts_by_rate import rate_accounts, set_rate_accounts
from forecourt.flows.billing.bill_checking import CheckedBill, check_bill
from forecourt.flows.billing.company import CompanyDetails, company_seen, describe_company
from forecourt.flows.billing.complaining import complain, decline_complaint
from forecourt.flows.billing.complaint_reminding import ComplaintRun
from forecourt.flows.billing.crediting import Credited, CreditRequest, credit_back
from forecourt.flows.billing.invoicing import credit_invoice, invoice_no_show, rate_and_invoice
from forecourt.flows.billing.month_closing import can_close, close_month, month_of, reopen_month
from forecourt.flows.billing.monthly import StatementRun, set_payer, state_account
from forecourt.flows.billing.recipient import Recipient, describe_payer, set_recipient
from forecourt.flows.billing.roaming_cdrs import pass_again
from forecourt.flows.billing.roaming_told import cdr_told, session_told
from forecourt.flows.billing.signed_values import MeterVerifier, SignedVerdict
from forecourt.flows.billing.stating import settle_statement, state_now, state_partners
from forecourt.flows.billing.together import invoice_together
from forecourt.flows.bookings.availability import pool_of
from forecourt.flows.bookings.booking_watch import keep_bookings
from forecourt.flows.bookings.compensating import made_good
from forecourt.flows.bookings.queueing import (
    JoinQueue,
    Outlook,
    has_to_wait,
    join_queue,
    keep_queue,
    leave_queue,
    outlook,
    outlook_for_next,
    pass_turn,
)
from forecourt.flows.bookings.recurring import Occasion, act_for, fleet_of, owner_of, reserve_series
from forecourt.flows.bookings.reserving import Offer, ReserveRequest, change, costs_to_cancel, extend_stay, offers_near, reserve, withdraw
from forecourt.flows.bookings.roaming import Understood, bookable_at, booking_for_partners, locations_for_partners, party_of, understand
from forecourt.flows.bookings.site_service import (
    ServiceEdit,
    ServicePreview,
    TakenBack,
    preview_service,
    service_seen,
    set_service,
    works_mark,
)
from forecourt.flows.bookings.slot_power import slot_power
from forecourt.flows.charging.accepting import accept
from forecourt.flows.charging.applying import Applied, apply_facts, set_aside
from forecourt.flows.charging.boot import list_unknown
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
from forecourt.flows.charging.guest_longer import LongerPrice, longer_asked, price_of_longer, stay_longer
from forecourt.flows.charging.guesting import check_open, mail_guest, open_visit, price_for_guest, stop_visit, visit_at_once, visit_of
from forecourt.flows.charging.links import certificate_refused, link_changed, links_changed
from forecourt.flows.charging.order_answers import again_in_s, ordered
from forecourt.flows.charging.payment_answers import paid, payment_answered
from forecourt.flows.charging.price_sheets import SheetOf, keep_sheets, sheets_of
from forecourt.flows.charging.rebuilding import compare, copy_settings, rebuild
from forecourt.flows.charging.roaming_commands import Commanded, obey
from forecourt.flows.charging.roaming_passing import call_of, passed
from forecourt.flows.charging.roaming_sessions import keep_partners_told
from forecourt.flows.charging.saying import say_need
from forecourt.flows.charging.showing import show_costs
from forecourt.flows.charging.site_limits import LimitPreview, limits_seen, preview_limits, set_limits
from forecourt.flows.charging.site_setup import SiteDetails, add_site, describe_site, has_bills
from forecourt.flows.charging.socket_codes import give_codes, new_code, socket_by_code
from forecourt.flows.charging.starting import Starting, free_for, start_charge, stop_charge
from forecourt.flows.charging.stay_watch import keep_stays
from forecourt.flows.charging.sweeping import sweep
from forecourt.flows.charging.use import keep_use
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
from forecourt.flows.desk.forgetting import NoticeRun, keep_messages_for
from forecourt.flows.desk.joining import LONGEST_NAME, JoinRequest, add_card, join
from forecourt.flows.desk.orders import order
from forecourt.flows.desk.own import operator_zone
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
from forecourt.flows.desk.running import RunKind, Taken, begin_run, skip, take_batch
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
from forecourt.flows.desk.telling import set_hook, set_notices, tell_again, tell_document, tell_statement
from forecourt.flows.offers.couponing import CouponTerms, look_up_code, make_coupon, pause_coupon, take_code
from forecourt.flows.offers.hosting import hosts_seen, set_hosts
from forecourt.flows.offers.membership import (
    PlanTerms,
    cancel_plan,
    change_plan,
    join_plan,
    keep_memberships,
    open_plan,
    own_plan,
    publish_plan,
    renew,
    revise_plan,
)
from forecourt.flows.offers.partnering import (
    Gift,
    OfferTerms,
    end_vouchers,
    hand_out,
    invite_partner,
    look_at_gift,
    make_offer,
    pause_offer,
    put_partner,
    take_gift,
)
from forecourt.flows.offers.settling import clear, look_behind, settle, settle_site_shares
from forecourt.flows.paying.balances import prepaid
from forecourt.flows.paying.cards import begin_setup, card_of, cards_of, make_default, opened, own_setup, remove_card, take_up
from forecourt.flows.paying.deposit_watch import keep_deposits
from forecourt.flows.paying.deposits import deposit_by, deposit_of
from forecourt.flows.paying.disputing import ask_after_disputes, set_block_rule, take_dispute
from forecourt.flows.paying.dunning import DunningRun, pay_now, set_dunning_rules, take_transfer, write_off
from forecourt.flows.paying.funds import can_pay
from forecourt.flows.paying.guest_holds import hold_of_booking, keep_guest_bookings, no_show_fee
from forecourt.flows.paying.guest_paying import came_back, hold_more, leave, payments_of, session_of, waits_for_payer
from forecourt.flows.paying.keeping import keep_holds
from forecourt.flows.paying.loading import PayIn, back_from_page, drop_top_up, open_top_up, own_top_up, waits_at_page
from forecourt.flows.paying.pay import ask_payment, collect, expected_hold, lacking, refund
from forecourt.flows.paying.paying_back import mark_paid_back, refundable
from forecourt.flows.paying.securing import back_to_booking, cancel_booking, make_booking, make_series, move_booking, put_up
from forecourt.flows.paying.wallet import pay_owed, return_balance, set_auto, set_pay_by, set_wallet_rules, top_up
from forecourt.flows.ports.card import CardDesk
from forecourt.flows.ports.document_search import DocumentSearch
from forecourt.flows.ports.money import DisputeBook, Documents, LedgerBook, PaymentBook, Processor, RoamedBook
from forecourt.flows.ports.offer import CouponBook, EntitlementBook, MembershipBook, PartnerBook
from forecourt.flows.ports.papers import (
    AskPayment,
    AuditEntry,
    ChargerOrder,
    Delivery,
    DocumentFiles,
    Grant,
    InboxRow,
    InvoiceNoShow,
    InvoiceSession,
    OutboxItem,
    Pass,
    PassCdr,
    PassResult,
    PassSession,
    PlanPaper,
    Quarantined,
    RenewMembership,
    SendNotice,
    Setpoint,
    ShareInvoice,
    Task,
    Work,
    document_files,
)
from forecourt.flows.ports.people import GuestBook
from forecourt.flows.ports.power import PowerDay
from forecourt.flows.ports.pricing import PricingBook
from forecourt.flows.ports.queue import QueueBook
from forecourt.flows.ports.roamed import PageWanted, Passing, RoamingCdr, RoamingCharge, RoamingCommand
from forecourt.flows.ports.roaming import Outgoing, PartnerCall, PartnerLine, PartnerPost, PartnerReply, PartnerUnreachable, ToldObject
from forecourt.flows.ports.run import DunningBook, Failure, Run, RunBook
from forecourt.flows.ports.statement import StatementBook
from forecourt.flows.ports.store import (
    Audit,
    BookingBook,
    Commands,
    DriverBook,
    Inbox,
    Outbox,
    PlanBook,
    PriceBook,
    SessionBook,
    StationBook,
    Store,
    StoreUnavailable,
    Transactions,
)
from forecourt.flows.ports.wallet import CardBook, WalletBook
from forecourt.flows.power.day_figures import POWER_DAYS, evenness, fifth_percentile, keep_days, need_of
from forecourt.flows.power.energy_costs import set_energy_contract
from forecourt.flows.power.expecting import Memory
from forecourt.flows.power.green import green_steps
from forecourt.flows.power.learning import HABITS, learn_habits, learn_stays
from forecourt.flows.power.looking_ahead import Ahead, CarAhead, WhatIf, power_ahead, ready_between
from forecourt.flows.power.pacing import better_from, hours_of
from forecourt.flows.power.plan_comparing import Saving, would_have_saved
from forecourt.flows.power.plant import plant_of, set_plant, tell_forecast, tell_grid_peak, tell_level
from forecourt.flows.power.power_figures import PowerHealth, power_health
from forecourt.flows.power.power_planning import PowerSolver, plan_power
from forecourt.flows.power.proof_awaiting import LOOKS_AGAIN_AFTER_S, proof_awaited
from forecourt.flows.power.random_delay import charge_at_once
from forecourt.flows.power.sharing import set_sharing
from forecourt.flows.power.site_power import rows_of
from forecourt.flows.power.socket_testing import begin_test, cancel_test, keep_tests, set_strict
from forecourt.flows.power.storage_advice import StorageAdvice, storage_advice
from forecourt.flows.prices.buying import buyer_of
from forecourt.flows.prices.entitling import entitlements_of, entitlements_used
from forecourt.flows.prices.grouping import group_sockets, grouping_seen, join_group, kinds_of, leave_group
from forecourt.flows.prices.price_entering import enter_price, withdraw_entry
from forecourt.flows.prices.price_finding import Price, find_price, price_at, running_cost
from forecourt.flows.prices.price_law import markets_of_entry
from forecourt.flows.prices.pricing import approve_price, follow_ladder, propose_prices, reject_price, set_rules
from forecourt.flows.prices.publishing import Publication, draft_version, end_version, entries_of, publish_tariff, withdraw_version
from forecourt.flows.prices.selling import Sold, change_days, present_version, sold_hours
from forecourt.flows.privacy.leaving import Remaining, leave_for_good, remaining
from forecourt.flows.privacy.own_data import OwnData, own_data
from forecourt.flows.roaming.partners import RoamingInvitation, block_roaming, invite_again, invite_roaming, own_roaming
from forecourt.flows.roaming.registering import Registration, partner_left, register_partner
from forecourt.flows.roaming.telling_sites import Untold, told_location, told_locations, told_tariffs, untold_sites
from forecourt.flows.roaming.tokens import CardQuestion, ask_about, keep_token, partner_answered

__all__ = [
    "CONFIRM_FOR", "HABITS", "INVITED_FOR", "LONGEST_NAME", "LOOKS_AGAIN_AFTER_S", "MOST_SOCKETS", "POWER_DAYS", "RESET_FOR",
    "SIGN_UP_FOR", "UNDO_FOR", "AddressChange", "Ahead", "Applied", "AskPayment", "Audit", "AuditEntry", "BookingBook", "CarAhead",
    "CardBook", "CardDesk", "CardQuestion", "ChargerDetails", "ChargerOrder", "CheckedBill", "Command", "Commanded", "Commands",
    "CompanyDetails", "ComplaintRun", "CouponBook", "CouponTerms", "CreditRequest", "Credited", "Delivery", "DisputeBook", "DocumentFiles",
    "DocumentSearch", "Documents", "DriverBook", "DunningBook", "DunningRun", "EntitlementBook", "Failure", "Gift", "Grant", "GuestAsk",
    "GuestBook", "Inbox", "InboxRow", "InvoiceNoShow", "InvoiceSession", "JoinQueue", "JoinRequest", "LedgerBook", "LimitPreview",
    "LongerPrice", "MembershipBook", "Memory", "MeterVerifier", "NoticeRun", "Occasion", "Offer", "OfferTerms", "Outbox", "OutboxItem",
    "Outgoing", "Outlook", "OwnData", "PageWanted", "PartnerBook", "PartnerCall", "PartnerLine", "PartnerPost", "PartnerReply",
    "PartnerUnreachable", "Pass", "PassCdr", "PassResult", "PassSession", "Passing", "PayIn", "PaymentBook", "PlanBook", "PlanPaper",
    "PlanTerms", "PowerDay", "PowerHealth", "PowerSolver", "Price", "PriceBook", "PricingBook", "Processor", "Publication", "Quarantined",
    "QueueBook", "Recipient", "Registration", "Remaining", "RenewMembership", "ReserveRequest", "RoamedBook", "RoamingCdr",
    "RoamingCharge", "RoamingCommand", "RoamingInvitation", "Run", "RunBook", "RunKind", "Saving", "SendNotice", "ServiceEdit",
    "ServicePreview", "SessionBook", "Setpoint", "ShareInvoice", "SheetOf", "Shown", "SignedVerdict", "SiteDetails", "Sold", "Staff",
    "Starting", "StatementBook", "StatementRun", "StationBook", "StorageAdvice", "Store", "StoreUnavailable", "Subscription", "Taken",
    "TakenBack", "Task", "ToldObject", "Transactions", "Understood", "Untold", "WalletBook", "WhatIf", "Work", "accept", "account_of_key",
    "account_unchanged", "act_for", "add_card", "add_charger", "add_device", "add_site", "add_to_team", "address_key", "again_in_s",
    "apply_facts", "approve_price", "as_request", "ask_about", "ask_after_disputes", "ask_for_address", "ask_for_link", "ask_payment",
    "back_from_page", "back_to_booking", "begin_run", "begin_setup", "begin_test", "better_from", "block_card", "block_roaming",
    "book_guest", "bookable_at", "booked_guest", "booking_for_partners", "booking_of", "buyer_of", "call_of", "came_back", "can_close",
    "can_pay", "cancel_booking", "cancel_guest", "cancel_plan", "cancel_test", "card_of", "cards_of", "cdr_told", "certificate_refused",
    "change", "change_address", "change_days", "change_guest", "change_of_key", "change_password", "change_plan", "charge_at_once",
    "check_bill", "check_open", "choose_password", "clear", "close_account", "close_month", "collect", "command", "command_answered",
    "command_words", "company_seen", "compare", "complain", "copy_settings", "costs_to_cancel", "credit_back", "credit_invoice",
    "decline_complaint", "deposit_by", "deposit_of", "describe_company", "describe_payer", "describe_site", "document_files",
    "draft_version", "drop_top_up", "end_version", "end_vouchers", "enrol", "enter_price", "entitlements_of", "entitlements_used",
    "entries_of", "evenness", "expected_hold", "extend_stay", "fifth_percentile", "find_price", "fleet_of", "follow_ladder", "free_for",
    "give_card", "give_codes", "green_steps", "group_sockets", "grouping_seen", "hand_out", "hand_out_link", "has_bills", "has_to_wait",
    "hold_more", "hold_of_booking", "hosts_seen", "hours_of", "invite_again", "invite_partner", "invite_roaming", "invoice_no_show",
    "invoice_together", "join", "join_group", "join_plan", "join_queue", "keep_bookings", "keep_days", "keep_deposits",
    "keep_guest_bookings", "keep_holds", "keep_memberships", "keep_messages_for", "keep_partners_told", "keep_queue", "keep_sheets",
    "keep_stays", "keep_tests", "keep_token", "keep_use", "kinds_of", "lacking", "lacks_factor", "learn_habits", "learn_stays", "leave",
    "leave_for_good", "leave_group", "leave_queue", "limits_seen", "link_changed", "link_given", "links_changed", "list_unknown",
    "locations_for_partners", "longer_asked", "look_at_gift", "look_behind", "look_up_code", "made_good", "mail_guest", "mail_invitation",
    "make_booking", "make_coupon", "make_default", "make_offer", "make_series", "mark_paid_back", "markets_of_entry", "may_change",
    "month_of", "move_booking", "need_of", "new_code", "no_show_fee", "note", "obey", "offer_password", "offers_near", "open_account",
    "open_plan", "open_top_up", "open_visit", "opened", "operator_zone", "order", "ordered", "outlook", "outlook_for_next", "own_data",
    "own_plan", "own_roaming", "own_setup", "own_top_up", "owner_of", "paid", "partner_answered", "partner_left", "party_of", "pass_again",
    "pass_turn", "passed", "password_answered", "password_changeable", "password_key", "password_taken", "pause_coupon", "pause_offer",
    "pay_now", "pay_owed", "payment_answered", "payments_of", "plan_power", "plant_of", "pool_of", "power_ahead", "power_health",
    "prepaid", "present_version", "preview_limits", "preview_service", "price_at", "price_for_guest", "price_of_longer", "proof_awaited",
    "propose_prices", "publish_plan", "publish_tariff", "put_partner", "put_up", "rate_accounts", "rate_and_invoice", "ready_between",
    "rebuild", "refund", "refundable", "refuse_charger", "register_partner", "reject_price", "remaining", "remove_card", "remove_device",
    "renew", "renew_password", "renew_recovery", "reopen_month", "require_factors", "reserve", "reserve_series", "retire_charger",
    "return_balance", "revise_plan", "rows_of", "running_cost", "say_need", "service_seen", "session_of", "session_told", "set_aside",
    "set_auto", "set_block_rule", "set_dunning_rules", "set_duties", "set_energy_contract", "set_hook", "set_hosts", "set_limits",
    "set_notices", "set_pay_by", "set_payer", "set_plant", "set_rate_accounts", "set_recipient", "set_rules", "set_service", "set_sharing",
    "set_strict", "set_wallet_rules", "settle", "settle_site_shares", "settle_statement", "sheets_of", "show_code", "show_costs",
    "sign_up", "skip", "slot_power", "socket_by_code", "sold_hours", "spellings", "start_booked", "start_charge", "state_account",
    "state_now", "state_partners", "stay_longer", "stop_charge", "stop_visit", "storage_advice", "sweep", "take_batch", "take_code",
    "take_dispute", "take_factor_off", "take_factor_off_by_hand", "take_gift", "take_transfer", "take_up", "tell_again", "tell_document",
    "tell_forecast", "tell_grid_peak", "tell_level", "tell_statement", "telling", "told_location", "told_locations", "told_tariffs",
    "top_up", "turn_off_factor", "turn_on_factor", "understand", "undo_address", "untold_sites", "visit_at_once", "visit_of",
    "waits_at_page", "waits_for_payer", "withdraw", "withdraw_entry", "withdraw_version", "works_mark", "would_have_saved", "write_off",
]  # fmt: skip
