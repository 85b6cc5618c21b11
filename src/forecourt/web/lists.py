"""What the console's lists share: whose site it is, where a page of a list begins, how a list leaves as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from litestar.response import Response

from forecourt.flows import Store
from forecourt.kernel import OperatorId, parse_instant
from forecourt.stations import Site
from forecourt.web.queries.places import site_of

PAGE = 50


def own_site(store: Store, slug: str, operator: OperatorId) -> Site:
    """Another operator's site does not exist here."""
    found = site_of(store, slug)
    return found if found.operator_id == operator else site_of(store, "")


def instant_or_none(text: str) -> datetime | None:
    return parse_instant(text).astimezone(UTC) if text else None


def csv_answer(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response[str]:
    """Cells that a spreadsheet would take for a formula are written as text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" else cell for cell in row] for row in rows)
    return Response(out.getvalue(), media_type="text/csv", headers={"content-disposition": f'attachment; filename="{name}"'})
