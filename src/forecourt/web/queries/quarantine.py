"""Messages of chargers, and ends of charges, that need review by a person."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from forecourt.flows.billing import credited_part, is_rebilled, late_amount
from forecourt.flows.desk import UNLAWFUL_PRICE
from forecourt.flows.ports import ListPage, PageRequest, QuarantineEntry, Store
from forecourt.kernel import Conflict, Money, OperatorId

_IS_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_REISSUE_NOTE = (
    "A partner’s customer: its bill is credited and replaced by one for the whole charge; the partner gets a credit CDR and a new CDR."
)


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """late: what more can be billed for an end reported late; late_why: why it cannot be."""

    id: str
    at: datetime
    charger: str
    code: str
    text: str
    subject: str
    raw: str
    zone: str
    late: Money | None = None
    late_why: str = ""


def quarantined(store: Store, operator_id: OperatorId, page_request: PageRequest) -> ListPage[QuarantineRow]:
    zones = {site.id: site.zone for site in store.stations.sites(operator_id)}
    found = store.inbox.quarantine_page(operator_id, page_request)
    messages = (one for one in found.rows if one.code != UNLAWFUL_PRICE)  # those are listed apart
    return found.of(_row(store, one, zones.get(one.site_id, "UTC") if one.site_id else "UTC") for one in messages)


def _row(store: Store, entry: QuarantineEntry, zone: str) -> QuarantineRow:
    # The subject of a charge is its id; that of a message without a charge, the message's name, which has no page.
    subject = entry.subject if _IS_ID.fullmatch(entry.subject) else ""
    row = QuarantineRow(str(entry.id), entry.at, entry.charger_id or "", entry.code, entry.text, subject, entry.raw, zone)
    if entry.late is None:
        return row
    try:
        reason = _REISSUE_NOTE if is_rebilled(store, entry) else credited_part(store, entry)
        return replace(row, late=late_amount(store, entry), late_why=reason)
    except Conflict as refused:
        return replace(row, late_why=f"{refused.text} {refused.remedy}".strip())
