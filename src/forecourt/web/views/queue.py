"""Views of a queue, for pages and the REST interface."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from forecourt.stations import ANY_BAY, BayNeed, Feature
from forecourt.web.views.booking import MessageView


@dataclass(frozen=True, slots=True)
class QueuePreview:
    """The queue for a kind of socket, for somebody outside it. waiting: those who wait for bays that would also suit the viewer. at: when a
    turn would come; give_or_take: the error of such estimates, as measured here or as guessed. held_for: how long a bay is held for a turn.
    mine: the id of the viewer's own place here."""

    waiting: int
    at: datetime | None
    give_or_take: timedelta
    measured: bool
    must_wait: bool
    held_for: timedelta = timedelta()
    mine: str = ""


@dataclass(frozen=True, slots=True)
class TicketView:
    """state: waiting, called, served, left, expired or closed (the place, for good). ahead: how many wait in front for bays that would also
    suit this driver. at: when the turn should come, give or take. bay, evse_id, until, free_until: of a current turn. held_for: how long a
    turn's bay is held. payment_fix_url: the page on which the driver can fix that none of their charges could be paid; empty = all is well.
    may_pass: somebody waits behind. selectable_features, has_height_limits: as for a place."""

    id: str
    site_name: str
    site_slug: str
    zone: str
    kind: str
    state: str
    joined_at: datetime
    now: datetime
    member: bool = False
    driver: str = ""
    ahead: int = 0
    at: datetime | None = None
    give_or_take: timedelta = timedelta()
    measured: bool = False
    bay: str = ""
    evse_id: str = ""
    until: datetime | None = None
    free_until: datetime | None = None
    held_for: timedelta = timedelta()
    payment_fix_url: str = ""
    may_pass: bool = False
    session_id: str = ""
    messages: tuple[MessageView, ...] = ()
    need: BayNeed = ANY_BAY
    selectable_features: tuple[Feature, ...] = ()
    has_height_limits: bool = False

    @property
    def live(self) -> bool:
        return self.state in {"waiting", "called"}


@dataclass(frozen=True, slots=True)
class QueueDay:
    """A day's queue at a site: who waits now, and the figures. mean_wait: of those called. guests and members: their mean waits."""

    live: tuple[TicketView, ...]
    joined: int = 0
    served: int = 0
    expired: int = 0
    left: int = 0
    mean_wait: timedelta | None = None
    guests: timedelta | None = None
    members: timedelta | None = None
    by_lead: int = 0
    by_pass: int = 0
    by_stay: int = 0
    by_need: int = 0
    unexplained: int = 0
    error: timedelta | None = None
