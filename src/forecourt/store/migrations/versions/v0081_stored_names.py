"""Stored values under the names that their fields and kinds have now (docs/decisions/0171).

PostgreSQL writes a key of jsonb as `"key": `, and each quotation mark within a text as `\\"`: what is replaced is never part of a text.
What is not found is not written, so a value that has the new names already stays as it is. Programs from before read the old ones
(OLDEST_PROGRAM).
"""

from alembic import op

revision = "0081"
down_revision = "0080"

FIELDS = {
    "acceptance_tests": {"told_at": "sent_at", "kept_at": "obeyed_at"},
    "bank_lines": {"words": "note", "asked": "to_review"},
    "booking_deposits": {"told": "notified"},
    "bookings": {"told": "notified"},
    "chargers": {
        "way_in": "last_connection",
        "set_aside": "disregarded",
        "asked_at": "requested_at",
        "renewal_asked_at": "renewal_requested_at",
        "told_at": "reported_at",
        "told_a": "accepted_a",
    },
    "clearing_findings": {"told": "reported", "words": "detail"},
    "clearing_rows": {"words": "description"},
    "complaints": {"said_at": "raised_at", "words": "text"},
    "dunning_cases": {"asked_back": "reclaimed"},
    "grants": {"asked_at": "refused_at"},
    "guest_visits": {"letters": "email_seed"},
    "needs": {"said_at": "stated_at"},
    "notices": {"says": "content"},
    "outbox": {"words": "text"},
    "payments": {"asked_at": "requested_at"},
    "plans": {"told_a": "applied_a"},
    "power_days": {"asked_wh": "requested_wh"},
    "queue_tickets": {"told": "notified"},
    "roaming_cdrs": {"told_at": "accepted_at"},
    "roaming_charges": {"told_at": "accepted_at", "asked_at": "requested_at", "told_a": "sent_a"},
    "roaming_commands": {"asked_at": "requested_at"},
    "site_allowances": {"said": "allowances", "told_at": "stated_at", "unless_told_w": "unless_renewed_w"},
    "slot_waits": {"asked_at": "requested_at"},
    "statement_questions": {"said_at": "raised_at", "words": "text"},
}
# Of the outbox: work, and orders to chargers.
KINDS = {
    "AskCharge": "QueryCharge",
    "AskPayment": "CollectPayment",
    "ComeAgain": "Reconnect",
    "Look": "QueryPayment",
    "LookAtBank": "MatchBankLines",
    "TellPaying": "NotifyWebPayment",
}
FACTS = {
    "CarAsked": "CarNeedsReported",
    "CertificateAsked": "CertificateRequested",
    "InventoryTold": "InventoryReported",
    "OutsideLimitLifted": "ExternalLimitLifted",
    "OutsideLimitTold": "ExternalLimitSet",
    "SettlementTold": "SettlementReported",
}
# Facts are stored as they were written, without a space after the key.
FACT_FIELDS = {"OutsideLimitTold": {"told_at": "reported_at"}, "SettlementTold": {"words": "detail"}}


def upgrade() -> None:
    for table, fields in FIELDS.items():
        names = {f'"{old}": ': f'"{new}": ' for old, new in fields.items()}
        if table == "outbox":
            names |= {f'"kind": "{old}"': f'"kind": "{new}"' for old, new in KINDS.items()}
        found = " OR ".join(f"strpos(paper::text, '{old}') > 0" for old in names)
        op.execute(f"UPDATE {table} SET paper = {_replaced('paper', names)}::jsonb WHERE {found}")  # noqa: S608
    kinds, facts = "", ""
    for old, new in FACTS.items():
        names = {f'"{field}":': f'"{name}":' for field, name in FACT_FIELDS.get(old, {}).items()}
        kinds, facts = f"{kinds} WHEN '{old}' THEN '{new}'", f"{facts} WHEN '{old}' THEN {_replaced('fact', names)}::json"
    known = ", ".join(f"'{old}'" for old in FACTS)
    op.execute(f"UPDATE facts SET kind = CASE kind{kinds} END, fact = CASE kind{facts} END WHERE kind IN ({known})")  # noqa: S608
    # What these rows left to be checked at the end is checked now: a later step of the same upgrade may change their tables.
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute("SET CONSTRAINTS ALL DEFERRED")


def _replaced(column: str, names: dict[str, str]) -> str:
    text = f"{column}::text"
    for old, new in names.items():
        text = f"replace({text}, '{old}', '{new}')"
    return text
