"""Webhooks: systems of an operator that receive events by signed calls, and the attempts to deliver one."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from forecourt.kernel import OperatorId, SiteId
from forecourt.notices.model import Channel, NoticeKind

MAX_WEBHOOKS = 10
# After a change of the secret, calls are also signed with the one before.
SECRET_OVERLAP = timedelta(hours=24)
# Longer than an event is retried: nothing arrived of anything.
DISABLED_AFTER = timedelta(days=3)
# Of one delivery: a whole series of retries, and what people sent again since.
MAX_ATTEMPTS = 50
MAX_ANSWER_LENGTH = 500


class WebhookState(StrEnum):
    """PAUSED: by staff. DISABLED: automatically, as nothing arrived for long. Neither receives anything but a test."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Webhook:
    """id: that of its operator for the first one of those who had one when there was but one. name: for people; may be empty.
    secret: signs each call; old_secret does too until old_until. events: the kinds it receives; None: all, including those that are
    added later. sites: those it receives events of; None: all, and what concerns no single site.
    failing_since: the first attempt that failed after the last one that arrived; None: the last one arrived."""

    id: UUID
    operator_id: OperatorId
    url: str
    secret: str = field(repr=False)
    name: str = ""
    events: tuple[NoticeKind, ...] | None = None
    sites: tuple[SiteId, ...] | None = None
    old_secret: str = field(default="", repr=False)
    old_until: datetime | None = None
    paused_at: datetime | None = None
    failing_since: datetime | None = None
    disabled_at: datetime | None = None

    @property
    def state(self) -> WebhookState:
        if self.disabled_at is not None:
            return WebhookState.DISABLED
        return WebhookState.ACTIVE if self.paused_at is None else WebhookState.PAUSED

    @property
    def label(self) -> str:
        """What people call it: its name, or its address."""
        return self.name or self.url

    @property
    def notice_key(self) -> str:
        """Distinguishes its notice of an event from those to others. The first one's is what it was when there was but one."""
        return Channel.HOOK.value if self.id == self.operator_id else f"{Channel.HOOK.value}/{self.id}"

    def receives(self, kind: NoticeKind, site_id: SiteId | None) -> bool:
        """Whether events of this kind about a site (None: about none, or several) are sent to it. A test always is."""
        if kind is NoticeKind.TEST:
            return True
        is_wanted = (self.events is None or kind in self.events) and (self.sites is None or site_id in self.sites)
        return is_wanted and self.state is WebhookState.ACTIVE

    def after_attempt(self, arrived: bool, at: datetime) -> "Webhook":
        """As it is after a call to it. It is disabled if it is active and nothing has arrived for DISABLED_AFTER."""
        if arrived:
            return replace(self, failing_since=None)
        since = self.failing_since or at
        is_over = self.state is WebhookState.ACTIVE and at - since >= DISABLED_AFTER
        return replace(self, failing_since=since, disabled_at=at if is_over else self.disabled_at)

    def secrets_at(self, at: datetime) -> tuple[str, ...]:
        """The secrets to sign with, the current one first."""
        return (self.secret, self.old_secret) if self.old_until is not None and at < self.old_until else (self.secret,)


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One call for an event. url: as called. response_code: HTTP status of the answer, 0 = none came; response_ms: how long it took.
    answer: the first characters of its body. error: why it did not arrive; empty: it did."""

    id: UUID
    operator_id: OperatorId
    notice_id: UUID
    at: datetime
    url: str
    response_code: int = 0
    response_ms: int = 0
    error: str = ""
    answer: str = ""


def receiving(hooks: Iterable[Webhook], kind: NoticeKind, site_id: SiteId | None) -> list[Webhook]:
    """Those of an operator's webhooks that an event is sent to."""
    return [one for one in hooks if one.receives(kind, site_id)]
