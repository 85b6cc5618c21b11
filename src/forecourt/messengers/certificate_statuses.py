"""Asks certificate issuers on behalf of chargers (OCSP), but only those configured by the operator. Answers are cached while they are
valid; after an hour the issuer is asked again."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from forecourt.flows.ports import HttpClient, HttpRequest, PartnerUnreachable
from forecourt.kernel import BadInput, Clock
from forecourt.stations import StatusAnswer, StatusQuestion, holds_until

_MAX_CACHED, _MAX_CONCURRENT = 5_000, 8
_WITHIN_S = 8.0
# Some answers claim to be valid for weeks: a contract revoked in the meantime would keep charging, and an answer from someone on the line
# would be believed as long.
_ANEW_AFTER = timedelta(hours=1)
_HEADERS = {"content-type": "application/ocsp-request", "accept": "application/ocsp-response"}
_NOTHING = (StatusAnswer(), datetime.min.replace(tzinfo=UTC))


class CertificateStatuses:
    """responders: the issuers' servers, including scheme and unusual port; the charger supplies the rest of the address."""

    def __init__(self, responders: Sequence[str], asker: HttpClient, clock: Clock) -> None:
        self._responders = {_server(one) for one in responders}
        self._asker, self._clock = asker, clock
        self._kept: OrderedDict[StatusQuestion, tuple[StatusAnswer, datetime]] = OrderedDict()
        self._asking: dict[StatusQuestion, asyncio.Future[StatusAnswer]] = {}
        self._threads = ThreadPoolExecutor(_MAX_CONCURRENT, "issuers")  # its own: a slow issuer must not block the database

    async def of(self, question: StatusQuestion) -> StatusAnswer:
        """Concurrent identical questions share one answer. If none can be obtained, an older one is used while it is valid."""
        now, (cached, until) = self._clock.now(), self._kept.get(question, _NOTHING)
        if until > now:
            return cached
        responder = next((one for one in question.responders if _server(one) in self._responders), None)
        if responder is None:
            return StatusAnswer(why="this server asks no issuer of certificates at that address")
        asking = self._asking.get(question)
        if asking is None:
            asking = self._asking[question] = asyncio.ensure_future(self._asked(question, responder))
            asking.add_done_callback(lambda _: self._asking.pop(question, None))
        found = await asyncio.shield(asking)
        return cached if not found.der and cached.until is not None and cached.until > now else found

    async def _asked(self, question: StatusQuestion, responder: str) -> StatusAnswer:
        try:
            request = HttpRequest("POST", responder, _HEADERS, question.request(), _WITHIN_S)
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._asker.send, request)
            if answer.http_status != 200:
                return StatusAnswer(why=f"the responder answered {answer.http_status}")
            now = self._clock.now()
            until = holds_until(question, answer.body, now)
        except (BadInput, PartnerUnreachable) as error:
            return StatusAnswer(why=str(error))
        found = StatusAnswer(answer.body, until=until, secure=responder.lower().startswith("https:"))
        self._kept[question] = found, min(until, now + _ANEW_AFTER)
        self._kept.move_to_end(question)
        if len(self._kept) > _MAX_CACHED:
            self._kept.popitem(last=False)
        return found


def _server(address: str) -> tuple[str, str, int]:
    """Scheme, name and port; for an invalid address, a value that matches no server."""
    try:
        parts = urlsplit(address)
        if parts.username is None and parts.hostname:
            return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        pass
    return "", address, 0
