"""The page a form was sent from: people are sent back there, never to an address that only accepts forms."""

import re
from typing import Any
from urllib.parse import urlsplit

from litestar import Litestar, Request

_PARAMETER = re.compile(r"\\{[^}]*\\}")
_EVERYTHING = "/{rest}"


def referring_page(request: Request[Any, Any, Any], default: str) -> str:
    """Path and query of the page on this site that the browser names as referrer; `default` if there is none, or it cannot be shown."""
    page = urlsplit(request.headers.get("referer", ""))
    if page.netloc != request.headers.get("host") or not _shows(request.app, page.path):
        return default
    return f"{page.path}?{page.query}" if page.query else page.path


def _shows(app: Litestar, path: str) -> bool:
    """Whether there is a page at this address."""
    takes = {route.path_format: getattr(route, "methods", ()) for route in app.routes if route.path_format != _EVERYTHING}
    fitting = [path] if path in takes else [one for one in takes if re.fullmatch(_PARAMETER.sub("[^/]+", re.escape(one)), path)]
    return any("GET" in takes[one] for one in fitting)
