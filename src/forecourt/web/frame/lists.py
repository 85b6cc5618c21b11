"""What the console's lists share: paging and CSV export."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar.response import Response, Stream

from forecourt.flows.ports import ListPage, PageRequest
from forecourt.kernel import BadInput, SiteId, parse_day
from forecourt.web.frame.amounts import parse_whole
from forecourt.web.frame.responses import WebRequest

V = TypeVar("V")
PAGE_SIZE = 50
# The prefix of the monthly statements' paging where they share a page with another list, and their page size.
MONTHLY_PREFIX, MONTHLY_PAGE_SIZE = "month-", 12
_PLACES = ("newer", "older")
_FORMULAS = tuple("=+-@\t\r")


@dataclass(frozen=True, slots=True)
class Pager:
    """Addresses of the previous and the next page; empty where there is none."""

    newer: str
    older: str


def requested_page(request: WebRequest, prefix: str = "", limit: int = PAGE_SIZE) -> PageRequest:
    """The requested page of the list at this address. prefix: which list, where there are several."""
    newer, older = (request.query_params.get(f"{prefix}{name}", "") for name in _PLACES)
    return PageRequest(newer or older, bool(newer), limit)


def pager(request: WebRequest, shown: ListPage[Any], home: str, prefix: str = "") -> Pager:
    """home: the list's address. The other query parameters are preserved."""
    places = [f"{prefix}{name}" for name in _PLACES]
    others = [(name, value) for name, value in request.query_params.multi_items() if name not in places]

    def at(name: str, cursor: str) -> str:
        return f"{home}?{urlencode([*others, (f'{prefix}{name}', cursor)])}" if cursor else ""

    return Pager(at("newer", shown.newer), at("older", shown.older))


def paginate(request: WebRequest, rows: Sequence[V], home: str, limit: int = PAGE_SIZE) -> tuple[Sequence[V], Pager]:
    """A page of a list that is sorted by name and held in memory as a whole."""
    page_text = request.query_params.get("page", "1")
    last = max(1, -(-len(rows) // limit))
    number = min(int(page_text), last) if page_text.isdecimal() and len(page_text) < 7 and int(page_text) else 1
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "page"]

    def at(page: int) -> str:
        return f"{home}?{urlencode([*others, ('page', page)])}" if 1 <= page <= last else ""

    return rows[limit * (number - 1) : limit * number], Pager(at(number - 1), at(number + 1))


def query_values(request: WebRequest, names: Iterable[str]) -> dict[str, str]:
    """The values entered in a search form."""
    return {name: request.query_params.get(name, "").strip()[:80] for name in names}


def midnight(text: str, zone: ZoneInfo, field: str = "day") -> datetime | None:
    """The start of a day in a time zone; None if no day is given. Raises BadInput that names the field."""
    return datetime.combine(parse_day(text, field), time(0), zone) if text else None


def number_or_none(text: str, field: str) -> Decimal | None:
    """A number as people write it, with a point or a comma; None if empty."""
    written = text.strip().replace(",", ".")
    if not written:
        return None
    try:
        value = Decimal(written)
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or not 0 <= value <= 1_000_000:
        raise BadInput(field, f"{text[:20]!r} is not a number from 0 to 1,000,000.", "Enter it as 4.50.")
    return value


def parts_or_none(text: str, field: str, parts: int) -> int | None:
    """A number as people write it, in units of 1/parts: parts=1,000 gives Wh for a value in kWh. A finer value is refused, not
    truncated."""
    value = number_or_none(text, field)
    counted = None if value is None else value * parts
    if counted is not None and counted != int(counted):
        raise BadInput(field, f"{text[:20]!r} is finer than is counted.", f"Write it in steps of 1/{parts:,}.")
    return None if counted is None else int(counted)


def whole_or_none(text: str, field: str) -> int | None:
    """A count in digits; None if empty. Fractions are refused, not rounded."""
    return parse_whole(text, field) if text.strip() else None


def selected_sites(ticked: list[UUID] | UUID | None) -> tuple[SiteId, ...]:
    """The sites ticked in a form: a form with one box ticked sends one value, not a list."""
    chosen = [] if ticked is None else [ticked] if isinstance(ticked, UUID) else ticked
    return tuple(SiteId(one) for one in chosen)


def csv_response(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response[str]:
    return Response(csv_text([head, *rows]), media_type="text/csv", headers=_named(name))


def csv_stream(name: str, head: Sequence[str], batches: Iterable[Iterable[Sequence[Any]]]) -> Stream:
    """A CSV of any length: each batch is sent before the next is read."""
    return Stream(map(csv_text, chain([[head]], batches)), media_type="text/csv", headers=_named(name))


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV; cells that a spreadsheet would take for a formula are written as text."""
    out = io.StringIO()
    written = ([f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULAS) else cell for cell in row] for row in rows)
    csv.writer(out).writerows(written)
    return out.getvalue()


def _named(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}
