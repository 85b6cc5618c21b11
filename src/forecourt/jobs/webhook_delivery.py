"""An event on its way to a webhook: the call for it, and the record of each attempt."""

from datetime import datetime

from forecourt.flows.desk import record_webhook_attempt
from forecourt.flows.ports import Store
from forecourt.jobs.notice_messages import webhook_for
from forecourt.kernel import Ids
from forecourt.notices import DeliveryAttempt, DeliveryOutcome, DeliveryResult, Notice, NoticeKind, WebhookCall, WebhookState

_NOT_SENT = {WebhookState.PAUSED: "the webhook is paused", WebhookState.DISABLED: "the webhook is disabled"}


def call_for(store: Store, notice: Notice, at: datetime) -> WebhookCall | DeliveryResult:
    """The call, or why none is made."""
    hook = store.notices.hook(notice.webhook_id)
    if hook is None:
        return DeliveryResult(DeliveryOutcome.KEPT, "the webhook was removed")
    if hook.state in _NOT_SENT and notice.kind is not NoticeKind.TEST:
        return DeliveryResult(DeliveryOutcome.KEPT, _NOT_SENT[hook.state])
    site = store.stations.site(notice.site_id).slug if notice.site_id else None
    return webhook_for(notice, hook, site, at)


def record_attempt(store: Store, notice: Notice, call: WebhookCall, result: DeliveryResult, ids: Ids) -> None:
    """Store an attempt that was made, and what it says of the webhook."""
    if result.fate is DeliveryOutcome.KEPT:
        return
    answered = (result.code, result.took_ms, result.why[:300], result.answer)
    store.notices.put_attempt(DeliveryAttempt(ids.new(call.at), notice.operator_id, notice.id, call.at, call.url, *answered))
    record_webhook_attempt(store, notice.webhook_id, result.why, call.at, ids)
