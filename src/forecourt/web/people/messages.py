"""Messages: what a driver received and wants to receive; for operators what was sent and what failed."""

from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.drivers import Duty
from forecourt.flows.desk import resend_notice, set_message_retention, set_notice_preferences, set_reading_retention
from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, Conflict, Refused, Text
from forecourt.notices import TO_PARTNERS, Notice, Topic
from forecourt.stations import Operator
from forecourt.web.frame.amounts import parse_whole
from forecourt.web.frame.lists import pager, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.stale_forms import check_form_version, form_version
from forecourt.web.frame.visitor import ports_of, signed_in, staff_member, visitor_of
from forecourt.web.queries.console_labels import NOTICE_LABELS

HOME, _CONSOLE = "/account/messages", "/console/messages"
_TOPICS = (
    (Topic.BOOKINGS, Text("Bookings"), Text("Made, changed or moved, and which bay is yours")),
    (Topic.QUEUE, Text("The queue"), Text("When it is your turn")),
    (Topic.CHARGING, Text("While you charge"), Text("when your car is ready, before parking costs money, before your booked time ends")),
)
_PUSHED = (*_TOPICS, (Topic.MONEY, Text("Money"), Text("receipts, payments and fees, as well as by email")))


class ChoiceForm(Struct):
    """Topics by email, and those that are pushed."""

    language: str
    bookings: str = ""
    queue: str = ""
    charging: str = ""
    push_bookings: str = ""
    push_queue: str = ""
    push_charging: str = ""
    push_money: str = ""


class RetentionForm(Struct):
    days: str = ""
    months: str = ""
    seen: str = ""


@get("/account/messages", sync_to_thread=True)
def choices(request: WebRequest) -> Response[str]:
    return choices_page(request, {})


@post("/account/messages", sync_to_thread=True, status_code=200)
def choose(request: WebRequest, data: URLEncodedBody[ChoiceForm]) -> Response[Any]:
    driver_id = visitor_of(request).require_driver()
    declined = [topic for topic, *_ in _TOPICS if not getattr(data, topic.value)]
    try:
        with ports_of(request).transactions.begin() as store:
            drawn = bool(ports_of(request).push_key)  # otherwise the form had no fields for push messages
            not_pushed = [one for one in Topic if not getattr(data, f"push_{one.value}")] if drawn else None
            set_notice_preferences(store, driver_id, data.language, declined, not_pushed)
    except BadInput as error:
        return choices_page(request, {"language": error.full_message})
    return redirect_to(request, HOME, "auto_kept")


@get("/messages", sync_to_thread=True)
def messages(request: WebRequest) -> Response[str]:
    return _console_page(request)


@post("/messages/{notice_id:uuid}/again", sync_to_thread=True, status_code=303)
def resend(request: WebRequest, notice_id: FromPath[UUID]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        resend_notice(store, staff_member(request), notice_id)
    return redirect_to(request, _CONSOLE, "kept")


@post("/messages/retention", sync_to_thread=True, status_code=200)
def retention(request: WebRequest, data: URLEncodedBody[RetentionForm]) -> Response[Any]:
    try:
        with ports_of(request).transactions.begin() as store:
            by = staff_member(request)
            check_form_version(data.seen, _retention_periods(store.stations.operator(by.operator_id)))
            set_message_retention(store, by, parse_whole(data.days, "days"))
            if data.months:
                set_reading_retention(store, by, parse_whole(data.months, "months"))
    except (BadInput, Conflict) as error:
        return _console_page(request, retention_form=data, error=error)
    return redirect_to(request, _CONSOLE, "kept")


def choices_page(request: WebRequest, errors: dict[str, str]) -> Response[str]:
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        driver = store.drivers.driver(driver_id)
        chosen, devices = store.notices.choices(driver.operator_id, driver_id), store.notices.devices_of(driver_id)
        operator = store.stations.operator(driver.operator_id)
        found = store.notices.of_driver(driver_id, requested_page(request))
    lists = {"off": chosen.off, "push_off": chosen.push_off, "devices": devices, "push_key": ports_of(request).push_key}
    context = {
        "driver": driver,
        "told": found.rows,
        "pages": pager(request, found, "/account/messages"),
        "zone": operator.zone,
        "operator": operator.name,
    }
    shown = {**lists, **context, "topics": _TOPICS, "pushed": _PUSHED, "errors": errors}
    return page(request, "driver/messages.html", 422 if errors else 200, **shown, tab="account")


def _console_page(request: WebRequest, retention_form: RetentionForm | None = None, error: Refused | None = None) -> Response[str]:
    """error: why the retention periods were refused, which are shown as typed."""
    operator_id = visitor_of(request).operator
    with ports_of(request).transactions.begin() as store:
        found, failed = store.notices.page(operator_id, requested_page(request)), store.notices.failed_count(operator_id)
        operator = store.stations.operator(operator_id)
        store.drivers.prefetch({one.driver_id for one in found.rows if one.driver_id})
        names = {one.id: _reader(store, one) for one in found.rows}
    shown = {
        "rows": found.rows,
        "pages": pager(request, found, _CONSOLE),
        "names": names,
        "words": NOTICE_LABELS,
        "zone": operator.zone,
        "days": retention_form.days if retention_form else operator.keep_messages_days,
        "months": retention_form.months if retention_form else operator.keep_readings_months,
        "kept_error": error,
        "seen": form_version(_retention_periods(operator)),
        "failed": failed,
    }
    return page(request, "console/messages.html", 422 if error else 200, **shown, tab="messages")


def _retention_periods(operator: Operator) -> tuple[int, int]:
    """Days for messages, months for readings."""
    return operator.keep_messages_days, operator.keep_readings_months


def _reader(store: Store, notice: Notice) -> str:
    if notice.driver_id:
        return store.drivers.driver(notice.driver_id).name
    return "A partner" if notice.partner_id or notice.kind in TO_PARTNERS else "An account"


pages = Router("/", route_handlers=[messages, resend, retention], opt={"duty": Duty.TEAM})
routes = Router("/", guards=[signed_in], route_handlers=[choices, choose])
