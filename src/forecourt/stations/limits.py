"""Changes to the limits of a site: what is valid, and what exceeds what was commissioned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from forecourt.kernel import BadInput, Conflict
from forecourt.stations.evse import Evse
from forecourt.stations.model import LimitRow, Site

MAX_A, MAX_W = 10_000.0, 100_000_000
_LINES = ("L1", "L2", "L3")
# One current flows between two lines: out of the first, into the second; so the second line's row counts it as negative.
_BETWEEN: Mapping[tuple[str, ...], tuple[float, str]] = {
    ("L1", "L2"): (30.0, "L1"),
    ("L2", "L3"): (-90.0, "L2"),
    ("L1", "L3"): (150.0, "L3"),
}


@dataclass(frozen=True, slots=True)
class NewPanel:
    """A new limit on each line that feeds these sockets (by label)."""

    name: str
    limit_a: float
    evses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LimitEdit:
    """amps: by the name of a row; rows that are not named stay as they are. dropped: names of rows to remove. power_w: the limit for all
    sockets together; None = no such limit."""

    amps: Mapping[str, float]
    power_w: int | None
    dropped: frozenset[str] = frozenset()
    added: NewPanel | None = None


@dataclass(frozen=True, slots=True)
class LimitChange:
    """before, after: amps (watts for the whole site); None = no such limit. above: higher than anything commissioned before."""

    name: str
    before: float | None
    after: float | None
    above: bool
    unit: str = "A"

    @property
    def lowers(self) -> bool:
        return self.after is not None and (self.before is None or self.after < self.before)


def edited(site: Site, edit: LimitEdit, evses: Sequence[Evse]) -> Site:
    """The site after the edit. Lowering a limit does not forget what was once commissioned. Raises BadInput."""
    known = {row.name for row in site.limits}
    for name in (*edit.amps, *edit.dropped):
        if name not in known:
            raise Conflict("limits_changed", f"The limit {name!r} no longer exists.", "Reload the page.")
    rows = [_with(row, edit.amps.get(row.name, row.limit_a)) for row in site.limits if row.name not in edit.dropped]
    if edit.added is not None:
        rows += panel_rows(edit.added, evses, {row.name for row in rows})
    if edit.power_w is not None and not 1 <= edit.power_w <= MAX_W:
        raise BadInput("power", "That is not a valid power limit.", "Enter 0.001 to 100,000 kW, or leave it empty.")
    shown_w = site.limit_w if edit.power_w is None and site.power_limit_w is None else edit.power_w
    most_w = max((one for one in (site.commissioned_w, site.power_limit_w, edit.power_w) if one is not None), default=None)
    return replace(site, limits=tuple(rows), power_limit_w=edit.power_w, limit_w=shown_w, commissioned_w=most_w)


def panel_rows(panel: NewPanel, evses: Sequence[Evse], used_names: frozenset[str] | set[str]) -> list[LimitRow]:
    """A row for each line that feeds the panel's sockets. Raises BadInput if their phase angles do not tell how the currents add up."""
    name = panel.name.strip()
    if not (1 <= len(name) <= 40 and name.isprintable()):
        raise BadInput("panel_name", "Enter a name for the panel.", "Use 1 to 40 characters.")
    if unknown := set(panel.evses) - {evse.label for evse in evses}:
        raise BadInput("panel_sockets", f"There is no socket {min(unknown)!r} here.", "Use the labels of the sockets.")
    fed = [evse for evse in evses if evse.label in panel.evses]
    if not fed:
        raise BadInput("panel_sockets", "The panel feeds no socket.", "Select the sockets it feeds.")
    rows = []
    for line in _LINES:
        on = [evse for evse in fed if line in evse.phases]
        if on:
            rows.append(LimitRow(f"{name} {line}", _amps(panel.limit_a, "panel_limit"), _weights(name, line, on)))
    if double := {row.name for row in rows} & set(used_names):
        raise BadInput("panel_name", f"The limit {min(double)!r} already exists.", "Choose another name, or change that limit.")
    return rows


def changes(before: Site, after: Site) -> tuple[LimitChange, ...]:
    """The limits that differ. Removing a limit counts as raising it above everything commissioned."""
    old_rows, new_rows = {row.name: row for row in before.limits}, {row.name: row for row in after.limits}
    found = []
    for name in dict.fromkeys((*old_rows, *new_rows)):
        old_row, new_row = old_rows.get(name), new_rows.get(name)
        if old_row is None or new_row is None or old_row.limit_a != new_row.limit_a:
            above = old_row is not None and (
                new_row is None or new_row.limit_a > (_highest(old_row.commissioned_a, old_row.limit_a) or 0.0)
            )
            found.append(LimitChange(name, old_row.limit_a if old_row else None, new_row.limit_a if new_row else None, above))
    if before.power_limit_w != after.power_limit_w:
        was_w, now_w = before.power_limit_w, after.power_limit_w
        above = was_w is not None and (now_w is None or now_w > (_highest(before.commissioned_w, was_w) or 0))
        found.append(LimitChange("All sockets together", was_w, now_w, above, "W"))
    return tuple(found)


def _with(row: LimitRow, limit_a: float) -> LimitRow:
    limit_a = _amps(limit_a, f"limit-{row.name}")
    if limit_a == row.limit_a:
        return row
    return replace(row, limit_a=limit_a, commissioned_a=_highest(row.commissioned_a, row.limit_a, limit_a))


def _amps(limit_a: float, name: str) -> float:
    if not (isfinite(limit_a) and 0 <= limit_a <= MAX_A):
        raise BadInput(name, "That is not a valid current.", f"Enter 0 to {MAX_A:,.0f} A.")
    return limit_a


def _weights(panel: str, line: str, on: Sequence[Evse]) -> tuple[tuple[str, float], ...]:
    """With equal angles, amps add up as plain numbers, which is never too low; otherwise each angle must match the socket's lines."""
    if len({evse.phase_deg for evse in on}) == 1:
        return tuple((evse.label, 1.0) for evse in on)
    found = []
    for evse in on:
        angle, first = _BETWEEN.get(evse.phases, (0.0, ""))
        if not first or abs((evse.phase_deg - angle + 180) % 360 - 180) > 0.01:
            raise BadInput(
                "panel_sockets",
                f"{evse.label}: it is not known how its current adds up with the others on {line}.",
                f"Assign sockets of one kind only to {panel}, or set its rows with `forecourt admin`.",
            )
        found.append((evse.label, 1.0 if line == first else -1.0))
    return tuple(found)


def _highest(*values: float | None) -> float | None:
    return max((one for one in values if one is not None), default=None)
