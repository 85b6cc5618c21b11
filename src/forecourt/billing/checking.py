"""A bill worked out a second time, from the same kept record and tariff, and held against what was printed."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import zip_longest

from forecourt.billing.einvoice import einvoice_of
from forecourt.billing.einvoice_rules import Finding, false_sums
from forecourt.billing.model import Draft, Invoice, InvoiceLine
from forecourt.kernel import Text

# Kinds of line that no tariff makes.
_ADDED = ("DISCOUNT", "MEMBERSHIP")


@dataclass(frozen=True, slots=True)
class LineCheck:
    """A printed line and the same line worked out again; None where one of the two is not there."""

    printed: InvoiceLine | None
    again: InvoiceLine | None

    @property
    def agrees(self) -> bool:
        return self.printed == self.again


@dataclass(frozen=True, slots=True)
class BillCheck:
    """lines: those of the tariff, in their order. added: what came on top (a discount, a fee), which the sums alone prove.

    recomputed: False where there is nothing to work the bill out from (a membership). findings: what does not agree.
    """

    lines: tuple[LineCheck, ...]
    added: tuple[InvoiceLine, ...]
    findings: tuple[Finding, ...]
    recomputed: bool = True

    @property
    def agrees(self) -> bool:
        return not self.findings


def compare(invoice: Invoice, again: Draft | None, tariff_hash: str) -> BillCheck:
    """again: the draft worked out now; None where no charge or booking lies behind the document.

    tariff_hash: of the kept tariff version, worked out now from its text.
    """
    content = invoice.content
    sums = list(false_sums(einvoice_of(invoice), content))
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
        other = {field.name for field in fields(printed) if getattr(printed, field.name) != getattr(again, field.name)}
        if other & {"quantity", "unit"}:
            yield Text("line {number} has a different quantity", number=number)
        if "unit_price" in other:
            yield Text("line {number} has a different price", number=number)
        if other & {"exact", "amount", "net"}:
            yield Text("line {number} has a different amount", number=number)
        if "vat_percent" in other:
            yield Text("line {number} has a different tax", number=number)
        if other & {"what", "because", "title", "offer"}:
            yield Text("line {number} has a different reason", number=number)
