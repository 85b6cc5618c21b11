"""The driver's pages as an app: its manifest, the offline page, and the service worker."""

from typing import Any

from litestar import Router, get
from litestar.response import Response

from forecourt.kernel import Text
from forecourt.web.frame.rendering import STATIC, asset, render
from forecourt.web.frame.responses import WebRequest, language_for, theme_of
from forecourt.wording import localiser_for

# The background colours of css/tokens.css, shown while the app opens.
_GROUND, _ACCENT = "#f5f6f4", "#0b5f49"
_ICONS = (("app-192", "192x192", "any"), ("app-512", "512x512", "any"), ("app-maskable-512", "512x512", "maskable"))
_WAYS_IN = ((Text("Charge"), "/charge"), (Text("Bookings"), "/bookings"))


@get("/app.webmanifest", sync_to_thread=True)
def manifest(request: WebRequest) -> Response[dict[str, Any]]:
    """W3C Web Application Manifest."""
    language = language_for(request)
    translate = localiser_for(language).localise
    shown = {
        "id": "/",
        "name": "Forecourt",
        "short_name": "Forecourt",
        "description": translate(Text("Find, book and pay for charging")),
        "lang": language,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": _GROUND,
        "theme_color": _ACCENT,
        "icons": [{"src": asset(f"icons/{name}.png"), "sizes": size, "type": "image/png", "purpose": for_} for name, size, for_ in _ICONS],
        "shortcuts": [{"name": translate(name), "url": url} for name, url in _WAYS_IN],
    }
    return Response(shown, media_type="application/manifest+json", headers={"vary": "Accept-Language, Cookie"})


@get("/offline", sync_to_thread=True)
def offline(request: WebRequest) -> Response[str]:
    """Cached in the browser by `js/worker.js`. It names nobody, as the device's next user may see it."""
    language = language_for(request)
    shown = {"theme": theme_of(request), "language": language}
    return Response(render("offline.html", shown, language), media_type="text/html")


@get("/sw.js", sync_to_thread=True)
def worker_script(request: WebRequest) -> Response[bytes]:
    """It controls the whole site, so it cannot be under /static."""
    return Response((STATIC / "js/worker.js").read_bytes(), media_type="text/javascript", headers={"cache-control": "no-cache"})


routes = Router("/", route_handlers=[manifest, offline, worker_script])
