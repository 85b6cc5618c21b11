"""What an operator looks for among the documents."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.billing import Invoice
from forecourt.kernel import DriverId


@dataclass(frozen=True, slots=True)
class DocumentSearch:
    """text: in the number, or a name or e-mail of the buyer or of who used it, whatever its case. since / until: of the issue,
    until exclusive.
    payer_id: made out to who pays for a fleet, and used by another.
    least_minor / most_minor: of the total with tax, inclusive. What is empty or None does not narrow."""

    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    least_minor: int | None = None
    most_minor: int | None = None
    driver_id: DriverId | None = None
    payer_id: DriverId | None = None

    def fits(self, document: Invoice) -> bool:
        buyer, user = document.content.parties.buyer, document.content.parties.user
        used_by = document.content.parties.used_by
        names = (document.number, buyer.name or "guest", buyer.email, user.name, user.email)
        return (
            any(self.text.lower() in one.lower() for one in names)
            and self.driver_id in (None, document.driver_id)
            and (self.payer_id is None or (used_by is not None and used_by.payer_id == self.payer_id))
            and (self.since is None or document.issued_at >= self.since)
            and (self.until is None or document.issued_at < self.until)
            and (self.least_minor is None or document.gross.minor >= self.least_minor)
            and (self.most_minor is None or document.gross.minor <= self.most_minor)
        )
