"""Messages of a scene on their way: most are kept for want of a mail server, one has failed for good."""

from dataclasses import replace
from uuid import UUID

from forecourt.flows.ports import OutboxItem, Store
from forecourt.jobs import WorkerPorts
from forecourt.jobs.notice_courier import NoticeCourier
from forecourt.notices import (
    Channel,
    DeliveryAttempt,
    DeliveryOutcome,
    DeliveryResult,
    Email,
    Notice,
    NoticeContent,
    NoticeKind,
    NoticeState,
    Webhook,
)

from .conftest import KEY, NOW, Scene

FAILED, CALLED, HOOK_ID = UUID(int=73), UUID(int=76), UUID(int=79)


def failed_message(store: Store, scene: Scene) -> None:
    about = NoticeContent("Market Square", zone="Europe/Berlin", number="INV-2026-000001")
    made = Notice(FAILED, scene.operator_id, scene.ada, NoticeKind.INVOICE, Channel.MAIL, NOW, about)
    written = replace(made, to="ada@example.org", subject="Invoice INV-2026-000001", text="Hello Ada Lindgren,")
    store.notices.put(replace(written, state=NoticeState.FAILED, tries=1, error="550 no such user"))


def event_sent(store: Store, scene: Scene) -> None:
    """The operator has a system of its own, which has received an event."""
    store.notices.put_hook(Webhook(HOOK_ID, scene.operator_id, "https://erp.example/hook", "secret"))
    about = NoticeContent("Market Square", zone="Europe/Berlin", number="INV-2026-000001")
    made = Notice(CALLED, scene.operator_id, scene.ada, NoticeKind.INVOICE, Channel.HOOK, NOW, about, state=NoticeState.SENT, tries=1)
    answered = replace(made, hook_id=HOOK_ID, done_at=NOW, tried_at=NOW, response_code=204, response_ms=37)
    store.notices.put(replace(answered, to="https://erp.example/hook", subject="invoice", text='{"event":"invoice"}'))
    attempt = DeliveryAttempt(UUID(int=78), scene.operator_id, CALLED, NOW, "https://erp.example/hook", 204, 37, answer="taken, thank you")
    store.notices.put_attempt(replace(attempt, id=UUID(int=77), response_code=503, error="answered 503", answer="try later"))
    store.notices.put_attempt(attempt)


def told(scene: Scene) -> None:
    ports = WorkerPorts(scene.transactions, scene.clock, scene.ids, None, None, None)  # type: ignore[arg-type]
    with scene.transactions.begin() as store:
        failed_message(store, scene)
        items = store.outbox.claim("notice", NOW, 40, 60)
    for item in items:
        NoticeCourier(ports).deliver(item)


class Mail:
    """Keeps what is handed over."""

    def __init__(self) -> None:
        self.letters: list[Email] = []

    def send(self, letter: Email) -> DeliveryResult:
        self.letters.append(letter)
        return DeliveryResult(DeliveryOutcome.SENT)


def mailed(scene: Scene) -> list[Email]:
    mail = Mail()
    ports = WorkerPorts(
        scene.transactions, scene.clock, scene.ids, None, None, None, mailer=mail, public_url="https://c.example", secret=KEY
    )
    with scene.transactions.begin() as store:
        waiting: list[OutboxItem] = list(store.outbox.claim("notice", scene.clock.at, 50, 60.0))
    for item in waiting:
        NoticeCourier(ports).deliver(item)
    return mail.letters
