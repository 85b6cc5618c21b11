"""Recalculate a bill from the stored record and tariff, and compare it with what was printed."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import zip_longest

from forecourt.billing.einvoice import einvoice_of
from forecourt.billing.einvoice_rules import Finding, sum_violations
from forecourt.billing.model import Draft, Invoice, InvoiceLine
from forecourt.kernel import Text

# Kinds of line that do not come from a tariff.
_ADDED = ("DISCOUNT", "MEMBERSHIP")


@dataclass(frozen=True, slots=True)
class LineCheck:
    """A printed line beside the recalculated one; None where either is missing."""

    printed: InvoiceLine | None
    again: InvoiceLine | None

    @property
    def agrees(self) -> bool:
        return self.printed == self.again


@dataclass(frozen=True, slots=True)
class BillCheck:
    """lines: those from the tariff, in order. added: other lines (a discount, a fee), which only the totals can prove.

    recomputed: False if there is nothing to recalculate the bill from (a membership). findings: the discrepancies.
    """

    lines: tuple[LineCheck, ...]
    added: tuple[InvoiceLine, ...]
    findings: tuple[Finding, ...]
    recomputed: bool = True

    @property
    def agrees(self) -> bool:
        return not self.findings


def compare(invoice: Invoice, again: Draft | None, tariff_hash: str) -> BillCheck:
    """Compare an invoice with a recalculated draft. again: the draft; None if no charge or booking lies behind the document.

    tariff_hash: of the stored tariff version, recalculated from its text.
    """
    content = invoice.content
    sums = list(sum_violations(einvoice_of(invoice), content))
    if again is None:
        return BillCheck((), content.lines, tuple(sums), recomputed=False)
    printed = tuple(line for line in content.lines if line.what.value not in _ADDED)
    lines = tuple(LineCheck(*pair) for pair in zip_longest(printed, again.lines))
    findings = sums + [Finding("line", text) for number, line in enumerate(lines, 1) for text in _differences(number, line)]
    if tariff_hash != content.tariff_hash:
        findings.append(Finding("tariff", Text("the saved tariff is not the one this bill was made with")))
    if content.delivery != again.delivery:
        findings.append(Finding("delivery", Text("readings or times differ from the saved record")))
    added = tuple(line for line in content.lines if line.what.value in _ADDED)
    return BillCheck(lines, added, tuple(findings))


def _differences(number: int, line: LineCheck) -> Iterator[Text]:
    printed, again = line.printed, line.again
    if printed is None:
        yield Text("line {number} is missing on the bill", number=number)
    elif again is None:
        yield Text("line {number} should not be on the bill", number=number)
    else:
        changed = {field.name for field in fields(printed) if getattr(printed, field.name) != getattr(again, field.name)}
        if changed & {"quantity", "unit"}:
            yield Text("line {number} has a different quantity", number=number)
        if "unit_price" in changed:
            yield Text("line {number} has a different price", number=number)
        if changed & {"exact", "amount", "net"}:
            yield Text("line {number} has a different amount", number=number)
        if "vat_percent" in changed:
            yield Text("line {number} has a different tax", number=number)
        if changed & {"what", "because", "title", "offer"}:
            yield Text("line {number} has a different reason", number=number)
