"""What people are told, and what they chose."""

from collections.abc import Sequence
from uuid import UUID

from forecourt.kernel import DriverId, OperatorId
from forecourt.notices import Channel, Choices, Hook, Notice
from forecourt.store.codec import Codec
from forecourt.store.postgres.link import Columns, Link
from forecourt.store.postgres.shelf import Shelf

_NOTICES = Columns(
    "notices",
    (
        ("operator_id", "uuid"),
        ("notice_id", "uuid"),
        ("driver_id", "uuid"),
        ("channel", "text"),
        ("state", "text"),
        ("made_at", "timestamptz"),
        ("paper", "jsonb"),
    ),
    ("operator_id", "notice_id"),
)
_CHOICES = Columns("notice_choices", (("operator_id", "uuid"), ("driver_id", "uuid"), ("paper", "jsonb")), ("operator_id", "driver_id"))
_HOOKS = Columns("notice_hooks", (("operator_id", "uuid"), ("paper", "jsonb")), ("operator_id",))
_STUCK = "state IN ('waiting', 'failed')"
_NOTICE_CODEC = Codec[Notice](Notice)
_CHOICES_CODEC = Codec[Choices](Choices)
_HOOK_CODEC = Codec[Hook](Hook)


class Notices:
    def __init__(self, link: Link) -> None:
        self._notices: Shelf[UUID, Notice] = Shelf(link, _NOTICES, _NOTICE_CODEC, lambda one: one.id, _record)
        self._choices: Shelf[DriverId, Choices] = Shelf(link, _CHOICES, _CHOICES_CODEC, lambda one: one.driver_id, _choices_record)
        self._hooks: Shelf[OperatorId, Hook] = Shelf(
            link, _HOOKS, _HOOK_CODEC, lambda one: one.operator_id, lambda one: {"operator_id": one.operator_id}
        )

    def notice(self, notice_id: UUID) -> Notice | None:
        return self._notices.get(notice_id, "notice_id = %s", notice_id)

    def put(self, notice: Notice) -> None:
        self._notices.put(notice)

    def recent(self, operator_id: OperatorId, limit: int = 200) -> Sequence[Notice]:
        stuck = self._notices.find(f"operator_id = %s AND {_STUCK} ORDER BY made_at DESC, notice_id LIMIT %s", operator_id, limit)
        done = self._notices.find(f"operator_id = %s AND NOT {_STUCK} ORDER BY made_at DESC, notice_id LIMIT %s", operator_id, limit)
        return [*stuck, *done][:limit]

    def of_driver(self, driver_id: DriverId, limit: int = 30) -> Sequence[Notice]:
        query = "driver_id = %s AND channel = %s ORDER BY made_at DESC, notice_id LIMIT %s"
        return self._notices.find(query, driver_id, Channel.MAIL.value, limit)

    def choices(self, operator_id: OperatorId, driver_id: DriverId) -> Choices:
        kept = self._choices.get(driver_id, "operator_id = %s AND driver_id = %s", operator_id, driver_id)
        return kept or Choices(operator_id, driver_id)

    def put_choices(self, choices: Choices) -> None:
        self._choices.put(choices)

    def hook(self, operator_id: OperatorId) -> Hook | None:
        return self._hooks.get(operator_id, "operator_id = %s", operator_id)

    def put_hook(self, hook: Hook) -> None:
        self._hooks.put(hook)

    def flush(self) -> None:
        self._notices.flush()
        self._choices.flush()
        self._hooks.flush()


def _record(one: Notice) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "notice_id": one.id,
        "driver_id": one.driver_id,
        "channel": one.channel.value,
        "state": one.state.value,
        "made_at": one.made_at,
    }


def _choices_record(one: Choices) -> dict[str, object]:
    return {"operator_id": one.operator_id, "driver_id": one.driver_id}
