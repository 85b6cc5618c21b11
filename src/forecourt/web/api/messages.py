"""REST for a driver's choice of messages and their language."""

from typing import Annotated

from litestar import Router, get, put
from litestar.params import JSONBody
from msgspec import Meta, Struct

from forecourt.drivers import Driver
from forecourt.flows.desk import set_notice_preferences
from forecourt.flows.ports import Store
from forecourt.notices import Topic
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of


class MessageChoices(Struct, forbid_unknown_fields=True):
    """language: ISO 639-1, of messages and receipts. off: topics that are not emailed; "money" always is. push_off: topics that are not
    pushed to the driver's browsers; omitted: unchanged."""

    language: Annotated[str, Meta(max_length=8)]
    off: list[Topic]
    push_off: list[Topic] | None = None


@get("/", sync_to_thread=True, guards=[signed_in], summary="Which messages you get, and in which language")
def get_message_choices(request: WebRequest) -> MessageChoices:
    with ports_of(request).transactions.begin() as store:
        return _choices(store, store.drivers.driver(visitor_of(request).require_driver()))


@put("/", sync_to_thread=True, guards=[signed_in], summary="Choose which messages you get, and in which language")
def set_message_choices(request: WebRequest, data: JSONBody[MessageChoices]) -> MessageChoices:
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        set_notice_preferences(store, driver_id, data.language, data.off, data.push_off)
        return _choices(store, store.drivers.driver(driver_id))


def _choices(store: Store, driver: Driver) -> MessageChoices:
    chosen = store.notices.choices(driver.operator_id, driver.id)
    return MessageChoices(driver.language, list(chosen.off), list(chosen.push_off))


routes = Router("/api/v1/message-choices", tags=["Account"], route_handlers=[get_message_choices, set_message_choices])
