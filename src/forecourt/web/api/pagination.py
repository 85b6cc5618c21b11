"""Lists over REST, a part at a time: the Link header of the response says where the next part begins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter
from litestar.response import Response

from forecourt.flows.ports import ListPage, PageRequest
from forecourt.web.frame.responses import WebRequest

V = TypeVar("V")
MAX_LIMIT = 1000
ALL = 1_000_000  # for a list that is complete unless a limit is sent
_CURSOR = "Where a part begins, as given in the Link header of the previous part."
_LIMIT = f"At most this many, up to {MAX_LIMIT}; the Link header then leads to the rest."
_LINK = 'rel="next": the address of the next part, relative to this one; absent in the last part.'


@dataclass(frozen=True, slots=True)
class PageParameters:
    """The requested part of a list. limit: None for the list's usual length."""

    cursor: str
    limit: int | None

    def newest(self, usual: int) -> PageRequest:
        return PageRequest(self.cursor, limit=self.limit or usual)

    def rising(self, usual: int = ALL) -> PageRequest:
        return PageRequest(self.cursor, limit=self.limit or usual, rising=True)


def page_parameters(
    cursor: Annotated[str, QueryParameter(max_length=300, description=_CURSOR)] = "",
    limit: Annotated[int | None, QueryParameter(ge=1, le=MAX_LIMIT, description=_LIMIT)] = None,
) -> PageParameters:
    return PageParameters(cursor, limit)


PageQuery = NamedDependency[PageParameters]
LINK_HEADER = [ResponseHeader("Link", description=_LINK, documentation_only=True)]
# Of a route whose answer is a list: it takes `part`.
PAGINATED: dict[str, Any] = {"dependencies": {"part": Provide(page_parameters, sync_to_thread=False)}, "response_headers": LINK_HEADER}


def list_response(request: WebRequest, rows: Sequence[V], **onward: Any) -> Response[list[V]]:
    """onward: query parameters of the link to the next part; absent for the last."""
    if not onward:
        return Response(list(rows))
    query = urlencode({**request.query_params.dict(), **onward}, doseq=True)
    return Response(list(rows), headers={"Link": f'<{request.url.path}?{query}>; rel="next"'})


def page_response(request: WebRequest, page: ListPage[Any], shown: Callable[[Any], V]) -> Response[list[V]]:
    return list_response(request, [shown(one) for one in page.rows], **({"cursor": page.older} if page.older else {}))
