"""What the connections of one server share."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from forecourt.gateway.dialects import CertificateStatusQuery, ContractQuery
from forecourt.gateway.server.card_checks import CardChecks
from forecourt.gateway.server.metrics import Tally
from forecourt.gateway.server.ports import Admission, CertificateStatuses, ContractIssuer, Inbox, OrderBus
from forecourt.gateway.server.rate_limits import FailureLimit
from forecourt.gateway.server.registry import ConnectionRegistry
from forecourt.gateway.server.settings import GatewaySettings
from forecourt.gateway.wire import Fault
from forecourt.kernel import Clock


@dataclass(frozen=True, slots=True)
class GatewayContext:
    """unowned: counts the messages stored for chargers that are not approved."""

    settings: GatewaySettings
    inbox: Inbox
    cards: CardChecks
    admission: Admission
    bus: OrderBus
    statuses: CertificateStatuses
    contract_issuer: ContractIssuer | None
    clock: Clock
    tally: Tally
    registry: ConnectionRegistry
    tasks: set["asyncio.Task[None]"]
    unowned: FailureLimit

    async def look_up(
        self, query: CertificateStatusQuery | ContractQuery, answer: Callable[[bytes], None], deny: Callable[[Fault, str], None]
    ) -> None:
        """Answer calls that need an external system. Contracts are issued to cars only if the operator has configured an issuer."""
        if isinstance(query, CertificateStatusQuery):
            found = await asyncio.gather(*(self.statuses.of(one) for one in query.questions))
            answer(query.answer(found, self.clock.now()))
        elif self.contract_issuer is None:
            deny(Fault.NOT_SUPPORTED, "Get15118EVCertificate:not_supported")
        else:
            answer(query.answer(await self.contract_issuer.issue(query.request)))
