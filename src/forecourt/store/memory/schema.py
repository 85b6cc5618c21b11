"""The constraints of the PostgreSQL schema, under their names there, as rules for the values in memory.

`tests/store/test_memory_schema.py` compares them with a migrated database. Not here is what the keys of `MemoryDatabase` and the types of
the values rule out by themselves.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from operator import attrgetter
from typing import Any, Final

from forecourt.offers import Redemption
from forecourt.reservations import Booking, Bound
from forecourt.store.memory.constraints import Check, Constraint, Fixed, ForeignKey, Unique, own_key
from forecourt.tariffs import PriceEntry, TariffVersion, tie_key


def _same(columns: str) -> Callable[[Any, Any], bool]:
    """For rows that PostgreSQL finds by more columns than their key has here: it refuses another row with that key."""
    read = attrgetter(*columns.split())
    return lambda before, after: after is None or read(before) == read(after)


def _is_kept(_before: object, after: object) -> bool:
    return after is not None


def _is_deleted(_before: object, after: object) -> bool:
    return after is None


def _only_end_moved(before: TariffVersion | PriceEntry, after: TariffVersion | PriceEntry | None) -> bool:
    """The end may move, and what was never sold may be withdrawn for good. Nothing else ever changes."""
    if after is None:
        return False
    same = replace(after, valid_to=before.valid_to, withdrawn=before.withdrawn) == before
    return same and (after.withdrawn or not before.withdrawn)


def _only_settled(before: Redemption, after: Redemption | None) -> bool:
    return after is not None and before.statement_id is None and replace(after, statement_id=None) == before


def _lane(_: object, one: Booking) -> object:
    return (one.operator_id, one.site_id, one.kind, one.lane) if one.live else None


def _bound_to(_: object, one: Booking) -> object:
    return one.state.evse_id if isinstance(one.state, Bound) else None


def _tariff(_: object, one: TariffVersion) -> object:
    return None if one.withdrawn else (one.operator_id, one.site_id, one.tariff.id)


def _tie(_: object, one: PriceEntry) -> object:
    return None if one.withdrawn else (one.operator_id, tie_key(one))


def _join_code(_: object, one: Any) -> object:
    return (one.operator_id, one.join_code) if one.join_code else None


def _window(one: Booking) -> Any:
    return one.window.start, one.window.end


_validity = attrgetter("valid_from", "valid_to")

_CHECKS: Final = (
    Check("account_credit_parts_minor_check", "account_credit_parts", lambda one: one[2].minor > 0),
    Check("audit_seals_check", "audit_seals", lambda one: 0 < len(one.entries) == len(one.digests)),
    Check("audit_seals_number_check", "audit_seals", lambda one: one.number > 0),
    Check("bookings_lane_check", "bookings", lambda one: one.lane >= 0),
    Check("charger_history.until", "charger_history", lambda one: one.until is not None),
    Check("chargers_charger_id_check", "chargers", lambda one: 1 <= len(one.id) <= 48),
    Check("documents_due", "documents", lambda one: 0 <= one.due.minor <= one.gross.minor),
    Check("evses_number_check", "evses", lambda one: one.number > 0),
    Check("group_members_group_name_check", "group_members", lambda one: 1 <= len(one.group) <= 40),
    Check("ledger_entries_minor_check", "ledger_txns", lambda one: all(entry.minor for entry in one.txn.entries)),
    Check("tariff_versions_valid_check", "tariff_versions", lambda one: one.valid_to is None or one.valid_from < one.valid_to),
)

_FIXED: Final = (
    # Inserted, and never put again.
    Fixed("account_credit_parts_pkey", "account_credit_parts", once=True),
    Fixed("account_statement_lines_document", "account_statement_lines", once=True),
    Fixed("account_statements_id", "account_statements", once=True),
    Fixed("audit_log_entry", "audit_log", once=True),
    Fixed("audit_seals_pkey", "audit_seals", once=True),
    Fixed("commands_pkey", "commands", once=True),
    Fixed("documents_id", "documents", once=True),
    Fixed("outbox_id", "outbox.seq", once=True),
    Fixed("partner_statements_pkey", "partner_statements", once=True),
    Fixed("plan_versions_number", "plan_versions", lambda before, after: after is None or before.number != after.number, once=True),
    Fixed("plan_versions_id", "plan_versions"),
    Fixed("plans_number", "plans", once=True),
    # Refused by triggers.
    Fixed("account_statement_pdfs_fixed", "account_statement_pdfs"),
    Fixed("bank_lines_fixed", "bank_lines", _is_kept),
    Fixed("collection_files_fixed", "collection_files", _is_kept),
    Fixed("document_pdfs_fixed", "document_pdfs"),
    Fixed("manual_entries_fixed", "manual_entries"),
    Fixed("ledger_txns_fixed", "ledger_txns"),
    Fixed("mandates_fixed", "mandates", _is_kept),
    Fixed("price_entries_fixed", "price_entries", _only_end_moved),
    Fixed("redemptions_fixed", "redemptions", _only_settled),
    Fixed("self_billed_files_fixed", "self_billed_files"),
    Fixed("statement_pdfs_fixed", "statement_pdfs"),
    Fixed("statements_settled_fixed", "statements_settled", _is_deleted),
    Fixed("tariff_versions_fixed", "tariff_versions", _only_end_moved),
    Fixed("transfer_files_fixed", "transfer_files", _is_kept),
    # Of one operator and site for good.
    Fixed("apps_id", "apps", _same("operator_id")),
    Fixed("auto_top_ups_driver", "auto_top_ups", _same("operator_id")),
    Fixed("booking_deposits_id", "booking_deposits", _same("operator_id site_id")),
    Fixed("bookings_id", "bookings", _same("operator_id site_id")),
    Fixed("card_setups_id", "card_setups", _same("operator_id")),
    Fixed("charge_records_id", "charge_records", _same("operator_id site_id")),
    Fixed("dunning_cases_document", "dunning_cases", _same("operator_id")),
    Fixed("energy_costs_site", "energy_costs", _same("operator_id")),
    Fixed("guest_bookings_id", "guest_bookings", _same("operator_id site_id")),
    Fixed("notices_id", "notices", _same("operator_id")),
    Fixed("price_proposals_id", "price_proposals", _same("operator_id site_id")),
    Fixed("price_rules_site", "price_rules", _same("operator_id")),
    Fixed("queue_tickets_id", "queue_tickets", _same("operator_id site_id")),
    Fixed("sessions_id", "sessions", _same("operator_id site_id")),
    Fixed("site_allowances_site", "site_allowances", _same("operator_id")),
    Fixed("site_stays_site", "site_stays", _same("operator_id")),
    Fixed("slot_bids_site", "slot_bids", _same("operator_id")),
    Fixed("slot_waits_id", "slot_waits", _same("operator_id site_id")),
)

_UNIQUE: Final = (
    Unique("acceptance_tests_one_at_a_time", "acceptance_tests", lambda _, one: one.evse_id if one.ended_at is None else None),
    Unique("account_statements_number", "account_statements", "operator_id number"),
    Unique("accounts_email", "accounts", "email"),
    Unique("bookings_evse", "bookings", _bound_to, _window, deferred=True),
    Unique("bookings_lane", "bookings", _lane, _window, deferred=True),
    Unique("collection_files_number", "collection_files", "operator_id number"),
    Unique("coupons_code", "coupons", "operator_id code"),
    Unique("documents_number", "documents", "operator_id number"),
    Unique("documents_sequence", "documents", "operator_id series year sequence"),
    Unique("evse_codes_code", "evse_codes", "code"),
    Unique("evses_number", "evses", "charger_id number"),
    Unique("guest_bookings_digest", "guest_bookings", "digest"),
    Unique("guest_bookings_driver", "guest_bookings", "driver_id"),
    Unique("guest_visits_digest", "guest_visits", "digest"),
    Unique("guest_visits_driver", "guest_visits", "driver_id"),
    Unique("manual_entries_number", "manual_entries", "operator_id number"),
    Unique("job_runs_period", "job_runs", "operator_id kind period"),
    Unique("ledger_txns_key", "ledger_txns", "txn.operator_id txn.key"),
    Unique("mandates_number", "mandates", "operator_id number"),
    Unique("mandates_standing", "mandates", lambda _, one: None if one.ended_on else one.driver_id),
    Unique("membership_plans_code", "membership_plans", _join_code),
    Unique("memberships_one", "memberships", lambda _, one: None if one.over else one.driver_id),
    Unique("partner_statements_number", "partner_statements", "operator_id number"),
    Unique("partners_handle", "partners", "operator_id handle"),
    Unique("plan_versions_number", "plan_versions", "operator_id plan_id number"),
    Unique("price_entries_tie", "price_entries", _tie, _validity),
    Unique("push_devices_endpoint", "push_devices", "endpoint"),
    Unique("queue_tickets_driver", "queue_tickets", lambda _, one: one.driver_id if one.live else None, deferred=True),
    Unique("queue_tickets_evse", "queue_tickets", "called_to", deferred=True),
    Unique("roaming_charges_of_booking", "roaming_charges", lambda _, one: one.reserved and one.reserved.booking_id),
    Unique("roaming_charges_of_session", "roaming_charges", "session_id"),
    Unique("roaming_partners_before", "roaming_partners", "before"),
    Unique("roaming_partners_digest", "roaming_partners", "digest"),
    Unique("roaming_partners_party", "roaming_partners", "operator_id country party"),
    Unique("roaming_partners_renewing", "roaming_partners", "offered"),
    Unique("sessions_transaction", "sessions", "charger_id transaction"),
    Unique("sites_slug", "sites", "slug"),
    Unique("tariff_versions_valid", "tariff_versions", _tariff, _validity),
    Unique("transfer_files_number", "transfer_files", "operator_id number"),
    Unique("vouchers_code", "vouchers", "operator_id code"),
)


def _of_site(*tables: str) -> Iterator[ForeignKey]:
    return (ForeignKey(f"{one}_site", one, "operator_id site_id", "sites", same_operator=True) for one in tables)


_FOREIGN_KEYS: Final = (
    ForeignKey("account_credit_parts_statement_id_fkey", "account_credit_parts", lambda _, one: one[1], "account_statements"),
    ForeignKey("account_statement_lines_statement_id_fkey", "account_statement_lines", lambda _, one: one, "account_statements"),
    ForeignKey("account_statement_pdfs_statement_id_fkey", "account_statement_pdfs", own_key, "account_statements"),
    ForeignKey("accounts_operator_id_fkey", "accounts", "operator_id", "operators"),
    ForeignKey("app_grants_account_id_fkey", "app_grants", "account_id", "accounts"),
    ForeignKey("app_grants_app_id_fkey", "app_grants", "app_id", "apps"),
    ForeignKey("apps_operator_id_fkey", "apps", "operator_id", "operators"),
    ForeignKey("auto_top_ups_driver_id_fkey", "auto_top_ups", "driver_id", "drivers"),
    ForeignKey("booking_habits_site", "booking_habits", lambda key, _: key[:2], "sites", same_operator=True),
    ForeignKey("booking_rules_site", "booking_rules", own_key, "sites", same_operator=True, deferred=False),
    ForeignKey("card_setups_driver_id_fkey", "card_setups", "driver_id", "drivers"),
    ForeignKey("chargers_operator_id_fkey", "chargers", "operator_id", "operators"),
    ForeignKey("complaints_document_id_fkey", "complaints", "document_id", "documents"),
    ForeignKey("document_pdfs_document_id_fkey", "document_pdfs", own_key, "documents"),
    ForeignKey("drivers_operator_id_fkey", "drivers", "operator_id", "operators"),
    ForeignKey("fleet_payers_driver_id_fkey", "fleet_payers", lambda _, one: one, "drivers"),
    ForeignKey("group_members_driver", "group_members", "driver_id", "drivers"),
    ForeignKey("group_members_operator_id_fkey", "group_members", "operator_id", "operators"),
    ForeignKey("paybacks_payment_id_fkey", "paybacks", "payment_id", "payments"),
    ForeignKey("queue_tickets_site", "queue_tickets", "operator_id site_id", "sites", same_operator=True, deferred=False),
    ForeignKey("roaming_pushed_partner_id_fkey", "roaming_pushed", "partner_id", "roaming_partners"),
    ForeignKey("roaming_cdrs_document_id_fkey", "roaming_cdrs", "document_id", "documents"),
    ForeignKey("roaming_tokens_partner_id_fkey", "roaming_tokens", "partner_id", "roaming_partners"),
    ForeignKey("second_factors_account_id_fkey", "second_factors", "account_id", "accounts"),
    ForeignKey("self_billed_files_statement_id_fkey", "self_billed_files", lambda key, _: key[0], "partner_statements"),
    ForeignKey("sign_ins_account_id_fkey", "sign_ins", "account_id", "accounts"),
    ForeignKey("single_sign_on_operator_id_fkey", "single_sign_on", "operator_id", "operators"),
    ForeignKey("sites_operator_id_fkey", "sites", "operator_id", "operators"),
    ForeignKey("statement_pdfs_statement_id_fkey", "statement_pdfs", own_key, "partner_statements"),
    ForeignKey("statement_questions_statement_id_fkey", "statement_questions", "statement_id", "partner_statements"),
    ForeignKey("stored_cards_driver_id_fkey", "stored_cards", "driver_id", "drivers"),
    ForeignKey("tokens_driver", "tokens", "driver_id", "drivers"),
    *_of_site("chargers", "evses", "slot_waits"),
)

SCHEMA: Final[tuple[Constraint, ...]] = (*_FIXED, *_CHECKS, *_UNIQUE, *_FOREIGN_KEYS)
