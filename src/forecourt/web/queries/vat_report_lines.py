"""The lines that make up a row of the VAT report."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import nlargest

from forecourt.flows.ports import Store
from forecourt.kernel import Money, OperatorId, Span
from forecourt.web.queries.ledger_entries import subject_of
from forecourt.web.queries.vat_lines import vat_lines
from forecourt.web.views.ledger_entries import Subject
from forecourt.web.views.vat import VatLine


@dataclass(frozen=True, slots=True)
class VatLineView:
    """position: of the entry; 0 if it has none."""

    line: VatLine
    subject: Subject
    position: int


@dataclass(frozen=True, slots=True)
class VatLines:
    """rows: of this page. net, vat, count: of all, a sum per currency."""

    rows: tuple[VatLineView, ...]
    net: tuple[Money, ...]
    vat: tuple[Money, ...]
    count: int


@dataclass(frozen=True, slots=True)
class VatLineFilter:
    """An empty value matches everything."""

    what: str = ""
    rate: str = ""
    currency: str = ""
    country: str = ""
    delivered: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "VatLineFilter":
        return cls(*(query.get(name, "")[:20] for name in cls.__slots__))

    def matches(self, line: VatLine) -> bool:
        found = (line.what, line.rate, line.vat.currency, line.country, line.delivered)
        return all(mine in ("", theirs) for mine, theirs in zip((getattr(self, name) for name in self.__slots__), found, strict=True))


def vat_lines_page(store: Store, operator_id: OperatorId, month: Span, line_filter: VatLineFilter, offset: int, limit: int) -> VatLines:
    """Newest first. offset: how many are on the pages before; the sums are of all."""
    nets, taxes, counts = Counter[str](), Counter[str](), Counter[str]()

    def found() -> Iterator[VatLine]:
        """Added up while streaming: a month has more lines than fit in memory."""
        for one in vat_lines(store, operator_id, month):
            if line_filter.matches(one):
                currency = one.vat.currency
                nets[currency] += one.net.minor
                taxes[currency] += one.vat.minor
                counts[currency] += 1
                yield one

    newest = nlargest(offset + limit, found(), key=lambda one: (one.at, one.number))[offset:]
    store.prefetch_subjects({one.subject for one in newest})
    store.ledger.prefetch_of_subjects({one.subject for one in newest})
    shown = tuple(VatLineView(one, subject_of(store, one.subject), _position(store, one)) for one in newest)
    return VatLines(shown, _amounts(nets), _amounts(taxes), counts.total())


def _amounts(totals: Counter[str]) -> tuple[Money, ...]:
    return tuple(Money(minor, currency) for currency, minor in sorted(totals.items()))


def _position(store: Store, line: VatLine) -> int:
    """Of the entry that booked it; 0 for a document over zero, which has none."""
    if line.position:
        return line.position
    return next((one.position for one in store.ledger.of_subject(line.subject) if one.txn.key.startswith("document/")), 0)
