"""How much a whole site may draw, as set from outside for a time: dimming by the grid operator, a building's energy management, works."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from forecourt.kernel import BadInput, OperatorId, SiteId

# Per site. A site that names more has lost track of them.
MAX_SOURCES = 16
MAX_STEPS = 200
_MAX_W = 100_000_000
_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AllowanceStep:
    """From `start` on, all sockets together may draw at most power_w; None = no limit is stated."""

    start: datetime
    power_w: int | None


@dataclass(frozen=True, slots=True)
class Allowance:
    """The latest statement of one source. steps: by start; the last holds until `until`, or until it is lifted (None). because: for people.

    unless_renewed_w: for a source that must keep renewing: the limit once its last statement has expired. noted_at: when it was last
    logged.
    """

    source: str
    stated_at: datetime
    steps: tuple[AllowanceStep, ...]
    until: datetime | None = None
    because: str = ""
    unless_renewed_w: int | None = None
    noted_at: datetime | None = None

    @property
    def must_renew(self) -> bool:
        return self.unless_renewed_w is not None

    def ran_out(self, at: datetime) -> bool:
        return self.until is not None and self.until <= at

    def over(self, at: datetime) -> bool:
        """Whether none of it applies any more."""
        return self.ran_out(at) and not self.must_renew

    def expected(self, at: datetime) -> tuple[AllowanceStep, ...]:
        """The steps from `at` on, as far as anybody knows. A source that must keep renewing is expected to repeat its last statement."""
        if self.until is None or (self.must_renew and not self.ran_out(at)):
            return self.steps
        if self.ran_out(at):
            return (AllowanceStep(self.until, self.unless_renewed_w),) if self.must_renew else ()
        return (*self.steps, AllowanceStep(self.until, None))

    def firm(self, at: datetime) -> tuple[AllowanceStep, ...]:
        """The steps that hold even if every source falls silent: for one that must keep renewing, only its limit after expiry."""
        return (AllowanceStep(_ALWAYS, self.unless_renewed_w),) if self.must_renew else self.expected(at)

    def is_same_limit(self, other: "Allowance") -> bool:
        return replace(self, stated_at=other.stated_at, noted_at=other.noted_at) == other


@dataclass(frozen=True, slots=True)
class SiteAllowances:
    """allowances: one allowance per source. fallback_w: the lowest limit that the site's fallbacks last took into account; None = none."""

    operator_id: OperatorId
    site_id: SiteId
    allowances: tuple[Allowance, ...] = ()
    fallback_w: int | None = None

    def allowance_from(self, source: str) -> Allowance | None:
        return next((one for one in self.allowances if one.source == source), None)

    def with_allowance(self, allowance: Allowance) -> "SiteAllowances":
        """Replace what this source stated before, and drop what no longer applies. Raises BadInput for one source too many."""
        others = tuple(one for one in self.allowances if one.source != allowance.source and not one.over(allowance.stated_at))
        if len(others) >= MAX_SOURCES:
            raise BadInput("source", f"More than {MAX_SOURCES} sources limit the site.", "Lift one that no longer applies.")
        return replace(self, allowances=(*others, allowance))

    def without_source(self, source: str) -> "SiteAllowances":
        return replace(self, allowances=tuple(one for one in self.allowances if one.source != source))


def checked_allowance(allowance: Allowance) -> Allowance:
    """Return the allowance. Raises BadInput with the name of the wrong field."""
    if not (
        1 <= len(allowance.source) <= 40
        and allowance.source.isprintable()
        and allowance.source == allowance.source.strip()
        and "/" not in allowance.source
    ):
        raise BadInput("source", "That is not a valid source name.", "Use 1 to 40 characters, without a slash.")
    if len(allowance.because) > 200 or not (allowance.because + " ").isprintable():
        raise BadInput("because", "The reason is too long or has invalid characters.", "Use up to 200 characters on one line.")
    if not 1 <= len(allowance.steps) <= MAX_STEPS:
        raise BadInput("steps", "There are no steps, or too many.", f"Send 1 to {MAX_STEPS}.")
    if any(later.start <= sooner.start for sooner, later in itertools.pairwise(allowance.steps)):
        raise BadInput("steps", "The steps are not in the order of their starts.")
    _powers(allowance.steps, allowance.unless_renewed_w)
    if allowance.until is not None and allowance.until <= allowance.stated_at:
        raise BadInput("until", "That is in the past.", "Set an end in the future, or lift the earlier limit.")
    if allowance.until is not None and allowance.until <= allowance.steps[-1].start:
        raise BadInput("until", "It ends before its last step starts.")
    if allowance.until is None and allowance.must_renew:
        raise BadInput("until", "A source that must renew its limit has to say how long the limit lasts.", "Send when it expires.")
    return allowance


def _powers(steps: Iterable[AllowanceStep], unless_told_w: int | None) -> None:
    for name, watts in (*(("steps", one.power_w) for one in steps), ("unless_told_w", unless_told_w)):
        if watts is not None and not 0 <= watts <= _MAX_W:
            raise BadInput(name, f"{watts} W is not a valid power for a site.", "Send 0 to 100,000,000 W, or null.")
