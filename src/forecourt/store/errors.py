"""Translates violations of database constraints to business errors."""

from typing import Final

from forecourt.kernel import BadInput, Conflict, Refused

# By name of the constraint, which both stores use.
_REFUSALS: Final[dict[str, tuple[str, str, str]]] = {
    "bookings_lane": ("slot_taken", "Every bay of this kind is taken at that time.", "Choose another time."),
    "queue_tickets_driver": ("queued_already", "You are already in another queue.", "Leave that one first."),
    "queue_tickets_evse": ("socket_reserved", "That socket is kept for somebody else.", "Try again."),
    "bookings_evse": ("slot_taken", "That socket is promised to somebody else in that window.", "Choose another bay."),
    "tariff_versions_valid": ("tariff_overlap", "Another tariff version is valid at that time.", "End it first, or start later."),
    "tariff_versions_id": ("tariff_fixed", "A published tariff version never changes.", "Publish a new version."),
    "tariff_versions_fixed": ("tariff_fixed", "A published tariff version never changes.", "Publish a new version."),
    "price_entries_tie": (
        "price_tie",
        "Another entry is the price of the same sockets and drivers at that time.",
        "End it first, or give this one another priority.",
    ),
    "price_entries_id": ("entry_fixed", "An entry of the price book never changes.", "End it and make another one."),
    "price_entries_fixed": ("entry_fixed", "An entry of the price book never changes.", "End it and make another one."),
    "sites_slug": ("slug_taken", "Another site has that short name.", "Choose another short name."),
    "accounts_email": ("email_taken", "There is already an account with that email address.", "Sign in, or reset the password."),
    "membership_plans_code": ("code_taken", "Another plan has that code.", "Try again."),
    "plan_versions_fixed": ("plan_fixed", "A version of a plan never changes.", "Make a new version."),
    "plan_versions_id": ("plan_fixed", "A version of a plan never changes.", "Make a new version."),
    "plan_versions_number": ("plan_changed", "Somebody else changed this plan a moment ago.", "Check the new price."),
    "memberships_one": ("member_already", "You already have a membership.", "Change or cancel it first."),
    "coupons_code": ("code_taken", "Another coupon has that code.", "Try again."),
    "vouchers_code": ("code_taken", "Another voucher has that code.", "Try again."),
    "partners_handle": ("handle_taken", "Another partner has that short name.", "Choose another short name."),
    "roaming_partners_party": ("party_known", "You have a roaming partner of that country and party id.", "Look for it in the list."),
    "partner_statements_fixed": ("statement_fixed", "An issued statement never changes.", "Settle the difference with the next."),
    "partner_statements_id": ("statement_fixed", "An issued statement never changes.", "Settle the difference with the next."),
    "partner_statements_pkey": ("statement_fixed", "An issued statement never changes.", "Settle the difference with the next."),
    "partner_statements_number": ("statement_fixed", "An issued statement never changes.", "Settle the difference with the next."),
    "evse_codes_code": ("code_taken", "Another socket has that code.", "Try again."),
    "guest_visits_digest": ("visit_known", "This was asked a moment ago.", "Reload the page."),
    "acceptance_tests_one_at_a_time": ("test_runs", "That socket is being tested already.", "Wait for its end, or cancel it."),
    "manual_entries_fixed": ("hand_posted", "An entry by hand never changes.", "Post one that takes it back."),
    "evses_number": ("evse_number_taken", "That charger has an EVSE with this number.", "Choose another number."),
}


def refusal(constraint: str, detail: str = "") -> Refused:
    """The business error for a violated constraint: Conflict, with code "store_rule" if the constraint has no text of its own."""
    if constraint in _REFUSALS:
        code, text, remedy = _REFUSALS[constraint]
        return Conflict(code, text, remedy)
    return Conflict("store_rule", f"The record does not allow this ({constraint}).", detail)


def missing(constraint: str, detail: str = "") -> Refused:
    return Conflict("missing", f"Something this refers to does not exist ({constraint}).", detail)


def out_of_range() -> Refused:
    return BadInput("out_of_range", "A value does not fit into the record.", "Write something shorter or smaller.")


def unstorable_text() -> Refused:
    return BadInput("no_text", "A text has a sign in it that cannot be kept.", "Take it out: it may be one that is not seen.")
