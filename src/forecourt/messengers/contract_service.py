"""Asks the service, configured by the operator, that issues contracts for cars (plug and charge)."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

import msgspec
from msgspec import Struct

from forecourt.flows.ports import HttpClient, HttpRequest, PartnerUnreachable
from forecourt.stations import ContractIssued

_WITHIN_S = 4.0  # a car waits five seconds (ISO 15118-2)
_MAX_CONCURRENT, _MAX_WAITING = 4, 32
_EXI = re.compile(r"[A-Za-z0-9+/]+={0,2}")


class _Answer(Struct, rename="camel"):
    status: str
    exi_response: str = ""
    remaining_contracts: int | None = None


_ANSWER = msgspec.json.Decoder(_Answer)


class ContractService:
    """address: accepts the fields of OCPP's Get15118EVCertificate, and answers with those of its response, as JSON. secret:
    authenticates us."""

    def __init__(self, address: str, secret: str, asker: HttpClient) -> None:
        self._address, self._asker = address, asker
        self._headers = {"content-type": "application/json", "accept": "application/json", "authorization": f"Bearer {secret}"}
        self._threads = ThreadPoolExecutor(_MAX_CONCURRENT, "contracts")  # its own: a slow service must not block the database
        self._waiting = 0

    async def issue(self, request: bytes) -> ContractIssued:
        """Never raises: the answer says what went wrong."""
        if self._waiting >= _MAX_WAITING:
            return ContractIssued(why="too many cars ask at this moment")
        self._waiting += 1
        try:
            http_request = HttpRequest("POST", self._address, self._headers, request, _WITHIN_S)
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._asker.send, http_request)
        except PartnerUnreachable as error:
            return ContractIssued(why=f"the service of contracts did not answer: {error}")
        finally:
            self._waiting -= 1
        if answer.http_status != 200:
            return ContractIssued(why=f"the service of contracts answered {answer.http_status}")
        return _issued(answer.body)


def _issued(body: bytes) -> ContractIssued:
    try:
        issued = _ANSWER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ContractIssued(why="the service of contracts gave no answer that can be read")
    if issued.status != "Accepted" or not _EXI.fullmatch(issued.exi_response):
        return ContractIssued(why="the service of contracts issued none")
    remaining = issued.remaining_contracts
    return ContractIssued(issued.exi_response, remaining=remaining if remaining is None or 0 <= remaining < 2**31 else None)
