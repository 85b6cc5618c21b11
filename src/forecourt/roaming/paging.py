"""OCPI's paged lists: date range, offset and limit, and the link to the next page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from litestar.response import Response

from forecourt.flows.ports import ChangedSince
from forecourt.kernel import BadInput
from forecourt.ocpi import bound_of
from forecourt.roaming.authentication import base_of
from forecourt.roaming.envelope import OcpiRequest, json_of, success

MAX_LIMIT = 100


def requested_page(request: OcpiRequest) -> ChangedSince:
    """Raises BadInput for invalid paging parameters."""
    since, until = (request.query_params.get(name) for name in ("date_from", "date_to"))
    return ChangedSince(
        bound_of(since, "date_from") if since else None,
        bound_of(until, "date_to") if until else None,
        _count(request, "offset", 0, 10**9),
        min(MAX_LIMIT, _count(request, "limit", MAX_LIMIT, 10**9)),
    )


def page_of_all(request: OcpiRequest, path: str, dated_items: Sequence[tuple[datetime, Any]], page: ChangedSince) -> Response[bytes]:
    """A page from objects that are all in memory, each with the time of its last change."""
    found = [one for at, one in dated_items if (page.since is None or page.since <= at) and (page.until is None or at < page.until)]
    shown = [json_of(one) for one in found[page.offset : page.offset + page.limit]]
    return page_response(request, path, shown, page, len(found))


def page_response(request: OcpiRequest, path: str, objects: Sequence[bytes], page: ChangedSince, total: int) -> Response[bytes]:
    """objects: the page's objects as JSON. path: of the module, including the version."""
    heads = {"X-Total-Count": str(total), "X-Limit": str(MAX_LIMIT)}
    if page.offset + page.limit < total:
        filters = {name: text for name in ("date_from", "date_to") if (text := request.query_params.get(name))}
        query = urlencode({**filters, "offset": page.offset + page.limit, "limit": page.limit})
        heads["Link"] = f'<{base_of(request)}/{path}?{query}>; rel="next"'
    return success(request, b"[" + b",".join(objects) + b"]", heads)


def _count(request: OcpiRequest, name: str, default: int, maximum: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 12 and int(text) <= maximum):
        raise BadInput("page", f"{name}: {text[:20]!r} is not a count.")
    return max(1, int(text)) if name == "limit" else int(text)
