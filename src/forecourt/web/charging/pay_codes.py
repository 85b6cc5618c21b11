"""The code on a charger's own display: scanned by guests, and turned on and off by the operator."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from litestar import Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from forecourt.flows.chargers import codes_answered, codes_hidden, codes_shown, end_codes, offer_codes, sockets_with_displays
from forecourt.flows.guests import scan_as_text, scanned
from forecourt.kernel import ChargerId, NotFound
from forecourt.stations import OrderResult, Outcome, WriteSetting, code_secret
from forecourt.web.charging.commands import result_page
from forecourt.web.frame import sealing
from forecourt.web.frame.code_attempts import TooManyAttempts
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.throttle import Throttle
from forecourt.web.frame.visitor import origin_of, ports_of, service_url, staff_member

SCAN_PURPOSE = "scan"
Settings = Callable[[int], tuple[WriteSetting, ...]]
# Limit of codes that no display showed, from one address.
_TRIES, _WINDOW_S = 20, 900.0


def throttle() -> Throttle:
    return Throttle(_TRIES, _WINDOW_S)


@get("/q/{charger_id:str}/{number:str}/{code:str}/{version:str}", sync_to_thread=True)
def scan(request: WebRequest, charger_id: FromPath[str], number: FromPath[str], code: FromPath[str], version: FromPath[str]) -> Redirect:
    """Redirect to the price of that socket, with a proof, valid for ten minutes, that the code was shown. The charger itself applies any
    limits chosen at the display (maxcost, maxenergy, maxtime)."""
    ports, tries = ports_of(request), request.app.state.scan_tries
    origin, now = origin_of(request), ports.clock.now()
    if wait := tries.wait_s(origin):
        raise TooManyAttempts(wait)
    try:
        with ports.transactions.begin() as store:
            found = scanned(store, ports.secret_key, (charger_id, number, code, version), now)
    except NotFound:
        tries.failed(origin)
        raise
    sealed = sealing.seal(ports.secret_key, SCAN_PURPOSE, scan_as_text(found, now))
    return Redirect(f"/e/{found.code}", query_params={"scan": sealed}, status_code=303)


@post("/chargers/{charger_id:str}/pay-codes", status_code=200)
async def show(request: WebRequest, charger_id: FromPath[str]) -> Response[Any]:
    """The secret is sent only to the charger: it is in no log and on no page."""
    ports, charger = ports_of(request), ChargerId(charger_id)

    def begin() -> tuple[int, tuple[int, ...]]:
        with ports.transactions.begin() as store:
            return offer_codes(store, staff_member(request), charger), sockets_with_displays(store, staff_member(request), charger)

    def end() -> Response[Any]:
        with ports.transactions.begin() as store:
            codes_answered(store, staff_member(request), charger, number, [one[-1] for one in responses if len(one) == len(settings(0))])
        return result_page(request, charger, "show payment codes", _first_failure(responses), "pay_codes")

    number, sockets = await asyncio.to_thread(begin)
    secret, address = code_secret(ports.secret_key, charger, number), service_url(request)
    settings = partial(codes_shown, address, secret)
    responses = await _send_settings(request, charger, settings, sockets)
    return await asyncio.to_thread(end)


@post("/chargers/{charger_id:str}/pay-codes/off", status_code=200)
async def hide(request: WebRequest, charger_id: FromPath[str]) -> Response[Any]:
    charger = ChargerId(charger_id)

    def begin() -> tuple[int, ...]:
        with ports_of(request).transactions.begin() as store:
            end_codes(store, staff_member(request), charger)
            return sockets_with_displays(store, staff_member(request), charger)

    responses = await _send_settings(request, charger, codes_hidden, await asyncio.to_thread(begin))
    return await asyncio.to_thread(result_page, request, charger, "stop showing payment codes", _first_failure(responses), "pay_codes_off")


async def _send_settings(request: WebRequest, charger: ChargerId, settings: Settings, sockets: tuple[int, ...]) -> list[list[OrderResult]]:
    """By display, its responses up to the first refusal: for the whole charger, or for each socket with its own display."""
    send = ports_of(request).send_order

    async def one(number: int) -> list[OrderResult]:
        answers: list[OrderResult] = []
        for setting in settings(number):
            answers.append(await send(charger, setting))
            if answers[-1].outcome is not Outcome.ACCEPTED:
                break
        return answers

    whole = await one(0)
    if len(whole) > 1 or whole[0].outcome is not Outcome.REJECTED:
        return [whole]
    return [await one(number) for number in sockets] or [whole]


def _first_failure(responses: list[list[OrderResult]]) -> OrderResult:
    return next((one[-1] for one in responses if one[-1].outcome is not Outcome.ACCEPTED), responses[0][-1])


routes = Router("/", route_handlers=[scan])
pages = [show, hide]
