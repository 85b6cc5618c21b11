"""What documents came to, added up where they are kept. Credit notes count against; charges and energy are those of invoices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from forecourt.billing import LineKind
from forecourt.kernel import Money, OperatorId, SiteId, Span, TariffVersionId


@dataclass(frozen=True, slots=True)
class Taking:
    """Of a site (None: of memberships) at one version of a tariff, in one currency."""

    site_id: SiteId | None
    version_id: TariffVersionId | None
    net: Money
    gross: Money
    charges: int
    energy_wh: int


class Takings(Protocol):
    """Of what was issued from an instant on."""

    def by_version(self, operator_id: OperatorId, since: datetime) -> Sequence[Taking]: ...
    def by_line(self, operator_id: OperatorId, site_id: SiteId, since: datetime) -> Sequence[tuple[LineKind, str, Money]]:
        """What a site's lines came to by kind and title, in each currency."""
        ...

    def in_time(self, operator_id: OperatorId, site_id: SiteId, since: datetime) -> Sequence[tuple[Span, Money]]:
        """When the energy of each document of a site flowed, with its net. Without a charge, the minute from its issue on."""
        ...
