"""Limits set at chargers by others, as plans see them: a profile per socket, and a shared limit where a charger has several sockets.

A charger obeys such a limit by itself, so it frees nothing for others: what cannot be steered there counts as before.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from forecourt.kernel import ChargerId, EvseId
from forecourt.planning import ORDER_LEAD, Node, Profile, ProfileStep, lowest_profile
from forecourt.stations import Charger, Evse, ExternalLimit, most_w

_NONE: Mapping[EvseId, Profile] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ChargerLimits:
    """profiles: for each socket limited by others. shared: limits on all sockets of one charger together, as of now."""

    profiles: Mapping[EvseId, Profile] = field(default_factory=lambda: _NONE)
    shared: tuple[tuple[Node, tuple[Evse, ...]], ...] = ()

    def rows(self, fixed_a: Mapping[EvseId, float]) -> tuple[Node, ...]:
        """fixed_a: what sockets take whatever is planned. A limit never makes a plan infeasible: nothing more is planned beside them."""
        return tuple(_beside(node, [(one, fixed_a[one.id]) for one in evses if one.id in fixed_a]) for node, evses in self.shared)

    def combined_with(self, evse_id: EvseId, partner_profile: Profile | None, at: datetime) -> Profile | None:
        """The socket's profile, combined with a partner's for the car there."""
        found = [one for one in (partner_profile, self.profiles.get(evse_id)) if one is not None]
        return lowest_profile(found, at) if found else None


NO_CHARGER_LIMITS = ChargerLimits()


def charger_limits_of(evses: Iterable[Evse], chargers: Mapping[ChargerId, Charger], at: datetime) -> ChargerLimits:
    limited = {one.id: limits for one in chargers.values() if (limits := _that_say_how_much(one, at))}
    if not limited:
        return NO_CHARGER_LIMITS
    evses_of = {
        charger_id: tuple(one for one in evses if one.charger_id == charger_id and one.retired_at is None) for charger_id in limited
    }
    profiles, shared = dict[EvseId, Profile](), list[tuple[Node, tuple[Evse, ...]]]()
    for charger_id, limits in limited.items():
        for evse in evses_of[charger_id]:
            own_profiles = [_profile(one, evse) for one in limits if one.evse_number in (0, evse.number)]
            if own_profiles:
                profiles[evse.id] = lowest_profile(own_profiles, at)
        if len(evses_of[charger_id]) > 1:
            shared += [(_node(charger_id, one, evses_of[charger_id], at), evses_of[charger_id]) for one in limits if not one.evse_number]
    return ChargerLimits(profiles, tuple(shared))


def _that_say_how_much(charger: Charger, at: datetime) -> Collection[ExternalLimit]:
    return [one for one in charger.limits_at(at) if one.steps]


def _profile(limit: ExternalLimit, evse: Evse) -> Profile:
    steps = tuple(ProfileStep(one.start, most_w(evse, one, whole=not limit.evse_number)) for one in limit.steps)
    return Profile(limit.source, steps, description=f"a limit set at its charger by {limit.source_name}")


def _node(charger_id: ChargerId, limit: ExternalLimit, evses: Iterable[Evse], at: datetime) -> Node:
    """The lowest limit until orders given now have arrived."""
    soon = [one for one in limit.steps_from(at) if one.start < at + ORDER_LEAD]
    amps = [one.current_ma / 1000 for one in soon if one.current_ma is not None]
    watts = [float(one.power_w) for one in soon if one.power_w is not None]
    name = f"the limit set at {charger_id} by {limit.source_name}"
    return Node(name, limit_a=min(amps, default=None), limit_w=min(watts, default=None), evses=tuple(one.label for one in evses))


def _beside(node: Node, fixed: Iterable[tuple[Evse, float]]) -> Node:
    amps, watts = 0.0, 0.0
    for evse, taken_a in fixed:
        amps, watts = amps + taken_a, watts + taken_a * evse.max_power_w / evse.max_a
    raised_a = None if node.limit_a is None else max(node.limit_a, amps)
    return replace(node, limit_a=raised_a, limit_w=None if node.limit_w is None else max(node.limit_w, watts))
