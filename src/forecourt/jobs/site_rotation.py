"""The order in which the planner looks at sites in a round."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from forecourt.kernel import SiteId

# Sites that do not change with time are still looked at after this long: missing fallbacks are repaired then.
REVISIT_AFTER = timedelta(minutes=5)
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


class SiteRotation:
    """Records when each site was last looked at, and since when sites with something to do have been waiting. Instants are arguments."""

    def __init__(self) -> None:
        self._planned_at: dict[SiteId, datetime] = {}
        self._waiting: dict[SiteId, datetime] = {}

    def mark_planned(self, site_id: SiteId, at: datetime) -> None:
        self._planned_at[site_id] = at
        if site_id in self._waiting:
            self._waiting[site_id] = at

    def order(self, site_ids: Sequence[SiteId], active: Collection[SiteId], at: datetime) -> list[SiteId]:
        """All sites with something to do, the longest waiting first; then some of the others, so that each has its turn within about
        RESTS and they do not all come at once."""
        known_sites = set(site_ids)
        self._planned_at = {one: since for one, since in self._planned_at.items() if one in known_sites and since <= at}
        self._waiting = {one: self._waiting.get(one, at) for one in active if one in known_sites}
        resting = [one for one in site_ids if one not in self._waiting and at - self._since(one) >= REVISIT_AFTER]
        waiting_longest = sorted(self._waiting, key=self._since)
        return [*waiting_longest, *sorted(resting, key=self._since)[: max(25, len(site_ids) // 50)]]

    def waits_s(self, at: datetime) -> float:
        """The longest wait, in seconds, of any site with something to do since it was last looked at."""
        return max(((at - since).total_seconds() for since in self._waiting.values()), default=0.0)

    def _since(self, site_id: SiteId) -> datetime:
        return self._planned_at.get(site_id, _NEVER)
