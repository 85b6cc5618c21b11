"""What the command line prints: a rating and a legal check as plain JSON values."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from forecourt.kernel import BadInput
from forecourt.tariffs.cdr import UsageRecord, rate_record, read_cdr
from forecourt.tariffs.holidays import resolve_holidays
from forecourt.tariffs.json_reader import Reader
from forecourt.tariffs.model import Line, Rating
from forecourt.tariffs.parsing import read_tariff
from forecourt.tariffs.phases import read_phases
from forecourt.tariffs.texts import number_text
from forecourt.tariffs.unknown_terms import unknown_restrictions

_ANY_YEAR = 2026


def rate_report(
    tariff: Mapping[str, Any] | str,
    cdr: Mapping[str, Any] | str | None = None,
    phases: Sequence[Any] | str | None = None,
    zone: str = "UTC",
    expired: bool = False,
) -> dict[str, Any]:
    """Price a CDR or raw phases and explain each line. Inputs as JSON text or decoded; amounts come back as decimal text.

    Raises BadInput when neither or both of cdr and phases are given, or when any of it cannot be read.
    """
    if (cdr is None) == (phases is None):
        raise BadInput("rate_input", "Give either a CDR or phases.", "Use --cdr FILE or --phases FILE.")
    root = Reader.of(tariff, "tariff")

    def read(year: int) -> UsageRecord:
        rules = read_tariff(Reader.of(resolve_holidays(root.value, year), "tariff"))
        return read_cdr(rules, cdr) if cdr is not None else read_phases(rules, phases or [])

    record = read(_ANY_YEAR)
    if root.value.get("holidays") is not None:
        record = read(_year_of(record))
    rating = rate_record(record, zone, expired)
    return rating_json(rating._replace(notes=(*unknown_restrictions(root.value), *rating.notes)))


def _year_of(record: UsageRecord) -> int:
    """In which it begins, whatever the zone: on New Year's Eve the earlier one."""
    return datetime.fromtimestamp(record.slices[0].start_us // 1_000_000, UTC).year - 1


def rating_json(rating: Rating) -> dict[str, Any]:
    """A rating as JSON values; totals are exact, before any rounding."""
    return {
        "currency": rating.currency,
        "lines": [_line_json(line) for line in rating.lines],
        "total": {"before_taxes": number_text(rating.exact_net, 2), "after_taxes": number_text(rating.exact_gross, 2)},
        "taxes": [
            {"vat_percent": number_text(tax.vat_percent) if tax.vat_percent is not None else None}
            | {"net": str(tax.net.amount), "tax": str(tax.tax.amount), "gross": str(tax.gross.amount)}
            for tax in rating.taxes
        ],
        "rounded": {"net": str(rating.net.amount), "tax": str(rating.tax.amount), "gross": str(rating.gross.amount)},
        "notes": [{"code": note.code, "text": note.text} for note in rating.notes],
    }


def _line_json(line: Line) -> dict[str, Any]:
    return {
        "dimension": line.dimension.value,
        "scope": line.scope.value,
        "quantity": number_text(line.quantity),
        "unit": line.unit,
        "unit_price": number_text(line.unit_price, 2),
        "amount": number_text(line.amount, 2),
        "vat_percent": None if line.vat_percent is None else number_text(line.vat_percent),
        "because": line.because,
    }
