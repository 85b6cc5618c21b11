"""What happens to mandates when an operator's creditor identifier changes or it stops collecting: staff decide, and debtors are told.

Whether a mandate is valid for the holder of another identifier depends on contract law (a merger, a change of the company's legal
form). Only the operator can know, so nothing is assumed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from forecourt.billing import same_creditor
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.money_notices import notify_mandate_changed, notify_mandate_ended
from forecourt.flows.desk.operator_scope import operator_day
from forecourt.flows.paying.mandates import collects
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict
from forecourt.payments import Mandate, amend_mandate, end_mandate
from forecourt.stations import Operator

# Possible decisions on mandates: carry them over to the present creditor, or end them.
CARRY, END = "carry", "end"
# The reason why a mandate ended; other reasons are a bank's codes.
CREDITOR = "creditor changed"


def settle_mandates(store: Store, by: Staff, before: Operator, after: Operator, wanted: str) -> None:
    """wanted: CARRY or END, as staff chose; empty if they were not asked. Raises Conflict if they have to choose. The caller holds the
    lock on the bank."""
    today = operator_day(store, after.id, by.at)
    affected = _affected(before, after, [one for one in store.direct_debits.active_mandates(by.operator_id) if one.stands(today)])
    if not affected:
        return
    if wanted not in ((CARRY, END) if collects(after) else (END,)):
        count_text = f"{len(affected)} mandate{'s' if len(affected) > 1 else ''}"
        if collects(after):
            text = f"{count_text} name{'' if len(affected) > 1 else 's'} a creditor other than {after.creditor_id}."
            raise Conflict("mandates_named", text, "Choose whether to continue or end them.")
        raise Conflict(
            "mandates_stopped", f"Without an IBAN and a creditor identifier, {count_text} cannot be used.", "Confirm that they end."
        )
    _settle(store, by, after, affected, wanted)


class OrphanedMandates(NamedTuple):
    """Valid mandates that nobody collects under. creditor_id: the one they name; the company now has another, or no longer collects."""

    creditor_id: str
    mandates: tuple[Mandate, ...]


def orphaned_mandates(store: Store, operator: Operator, at: datetime) -> list[OrphanedMandates]:
    """Mandates given to a former creditor identifier, from before staff were asked to decide about mandates."""
    today, found = operator_day(store, operator.id, at), dict[str, list[Mandate]]()
    for one in store.direct_debits.active_mandates(operator.id):
        if one.stands(today) and not (collects(operator) and same_creditor(one.creditor_id, operator.creditor_id)):
            found.setdefault(one.creditor_id, []).append(one)
    return [OrphanedMandates(creditor_id, tuple(mandates)) for creditor_id, mandates in sorted(found.items())]


def settle_orphaned_mandates(store: Store, by: Staff, creditor_id: str, seen: int, wanted: str) -> None:
    """wanted: CARRY or END, for mandates that name this creditor. seen: how many the person saw. Raises BadInput; Conflict if there are now
    others."""
    store.bank.lock(by.operator_id)
    operator = store.stations.operator(by.operator_id)
    found = next((one.mandates for one in orphaned_mandates(store, operator, by.at) if one.creditor_id == creditor_id), ())
    if not found or len(found) != seen:
        raise Conflict("mandates_changed", "These mandates have changed since the page was shown.", "Check them and choose again.")
    if wanted not in ((CARRY, END) if collects(operator) else (END,)):
        raise BadInput("mandates", "What should happen to these mandates?", "Choose whether to continue or end them.")
    _settle(store, by, operator, found, wanted)


def _settle(store: Store, by: Staff, after: Operator, affected: Sequence[Mandate], wanted: str) -> None:
    today = operator_day(store, after.id, by.at)
    for one in affected:
        if wanted == CARRY:
            store.direct_debits.put_mandate(amend_mandate(one, after.creditor_id))
            notify_mandate_changed(store, one, after.creditor_id, by.at)
        else:
            store.direct_debits.put_mandate(end_mandate(one, CREDITOR, today))
            notify_mandate_ended(store, one, by.at)
    note(store, by, f"mandates.{wanted}", by.operator_id, f"{len(affected)}, creditor {after.creditor_id or 'none'}")


def _affected(before: Operator, after: Operator, mandates: Sequence[Mandate]) -> Sequence[Mandate]:
    if collects(after):
        return [one for one in mandates if not same_creditor(one.creditor_id, after.creditor_id)]
    return mandates if collects(before) else ()
