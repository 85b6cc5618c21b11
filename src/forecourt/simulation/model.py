"""The recorded world: sessions, sockets, and their shared wiring."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class RecordedSession:
    """One car's actual stay.

    energy_wh: what was delivered, taken as the car's real need. requested_wh, stated_departure: what its driver stated; None if nothing, or
    nothing plausible. Instants are UTC.
    """

    ref: str
    station: str
    arrival: datetime
    departure: datetime
    energy_wh: int
    requested_wh: int | None
    stated_departure: datetime | None


@dataclass(frozen=True, slots=True)
class StationSpec:
    """One recorded socket: its voltage, the phase angle of its current, and the pilots it can signal.

    phases: of the supply, "L1", "L2", "L3". voltage_v: line to line if there are two, otherwise line to neutral.
    """

    id: str
    voltage_v: int
    phase_deg: float
    max_a: int
    allowed_a: tuple[int, ...]
    protocol: str
    phases: tuple[str, ...] = ("L1", "L2")

    @property
    def loads(self) -> int:
        """How many phases draw its amps at its voltage: line to line counts as one."""
        return 3 if len(self.phases) == 3 else 1


@dataclass(frozen=True, slots=True)
class Row:
    """|sum of weight x current x e^(j angle)| <= limit_a, weights by station id."""

    name: str
    limit_a: float
    weights: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class SiteSpec:
    """A recorded site. rows are as recorded, for `transformer_kw`; `rows_at` scales those behind the transformer.

    name: from its drawing; slug: the same for addresses. steps_from: the local day from whose midnight tables count their steps. tariff: an
    OCPI tariff as JSON; empty: none.
    """

    slug: str
    name: str
    zone: str
    transformer_kw: float
    scaled_rows: frozenset[str]
    stations: tuple[StationSpec, ...]
    rows: tuple[Row, ...]
    steps_from: date | None = None
    tariff: str = ""

    def rows_at(self, limit_kw: float | None) -> tuple[Row, ...]:
        """The limits when the transformer may carry `limit_kw`.

        A three-phase transformer of P watts carries P / 3 per phase at the phase-to-neutral voltage: the secondary
        (120 V) limit is 150 kW / 3 / 120 V = 416.7 A and the primary (277 V) one 150 kW / 3 / 277 V = 180.5 A. Both
        are proportional to P, so those rows scale by limit_kw / 150; feeder rows (80 A pods) are cables and stay.
        """
        if limit_kw is None:
            return self.rows
        if not limit_kw > 0:
            raise ValueError(f"a limit of {limit_kw} kW is not above 0")
        share = limit_kw / self.transformer_kw
        return tuple(Row(r.name, r.limit_a * share if r.name in self.scaled_rows else r.limit_a, r.weights) for r in self.rows)
