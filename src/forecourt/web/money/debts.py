"""Debts: the operator's reminders, with transfers, write-offs and rules; long-running jobs; and a driver's view and payment."""

from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.flows.paying import pay_debt, record_transfer, set_dunning_rules, write_off
from forecourt.kernel import BadInput, Conflict, DocumentId, DriverId, Money
from forecourt.payments import DunningLevel, DunningRules
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import number_or_none, pager, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.stale_forms import check_form_version, form_version
from forecourt.web.frame.visitor import ports_of, signed_in, staff_member, visitor_of
from forecourt.web.queries.debts import debts_of, driver_debts
from forecourt.web.queries.drivers import own_driver

_HOME = "/console/dunning"
# Which field of the form a refusal of the rules is about.
_FIELDS = {
    "dunning_first_fee": "fees", "dunning_fee": "fees", "dunning_retries": "retries", "dunning_due": "due", "dunning_block": "blocks",
}  # fmt: skip


class RulesForm(Struct):
    """days, fees and retries are lists as people write them: "0, 7, 14"."""

    days: str
    fees: str = ""
    retries: str = ""
    due: str = "14"
    blocks: str = "3"
    seen: str = ""


class TransferForm(Struct):
    """amount: of what was written off; empty for all that is owed."""

    reference: str
    amount: str = ""


class WriteOffForm(Struct):
    reason: str


@get("/dunning", sync_to_thread=True)
def dunning(request: WebRequest, driver: FromQuery[UUID | None] = None) -> Response[str]:
    """driver: restricts the list to one driver."""
    return _dunning(request, driver_uuid=driver)


@post("/dunning/rules", sync_to_thread=True, status_code=200)
def rules(request: WebRequest, data: URLEncodedBody[RulesForm]) -> Response[Any]:
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            check_form_version(data.seen, store.dunning.rules(by.operator_id))
            set_dunning_rules(store, by, _rules(data, store.stations.operator(by.operator_id).currency))
    except (BadInput, Conflict) as error:
        return _dunning(request, data, error)
    return redirect_to(request, _HOME, "kept")


@post("/dunning/{document_id:uuid}/transfer", sync_to_thread=True, status_code=200)
def transfer(
    request: WebRequest, document_id: FromPath[UUID], data: URLEncodedBody[TransferForm], driver: FromQuery[UUID | None] = None
) -> Response[Any]:
    """driver: the restriction of the list it was sent from."""
    by = staff_member(request)
    try:
        amount = number_or_none(data.amount, "amount")
        with ports_of(request).transactions.begin() as store:
            case = store.dunning.case(DocumentId(document_id))
            amount_received = Money.of(amount, case.amount.currency) if case is not None and amount is not None else None
            record_transfer(store, by, DocumentId(document_id), data.reference, amount_received)
    except (BadInput, Conflict) as error:
        return _dunning(request, None, error, driver, {"of": str(document_id), "reference": data.reference, "amount": data.amount})
    return redirect_to(request, _HOME, "kept")


@post("/dunning/{document_id:uuid}/write-off", sync_to_thread=True, status_code=200)
def write_off_debt(
    request: WebRequest, document_id: FromPath[UUID], data: URLEncodedBody[WriteOffForm], driver: FromQuery[UUID | None] = None
) -> Response[Any]:
    """driver: the restriction of the list it was sent from."""
    try:
        with ports_of(request).transactions.begin() as store:
            write_off(store, staff_member(request), DocumentId(document_id), data.reason)
    except (BadInput, Conflict) as error:
        return _dunning(request, None, error, driver, {"of": str(document_id), "reason": data.reason})
    return redirect_to(request, _HOME, "kept")


@get("/jobs", sync_to_thread=True)
def jobs(request: WebRequest) -> Response[str]:
    """Runs of long jobs: their progress and failures."""
    with ports_of(request).transactions.begin() as store:
        operator = store.stations.operator(visitor_of(request).operator)
        found = store.job_runs.page(operator.id, requested_page(request))
    pages = pager(request, found, "/console/jobs")
    return page(request, "console/jobs.html", runs=found.rows, pages=pages, zone=operator.zone, tab="jobs")


@get("/dues", sync_to_thread=True)
def dues(request: WebRequest) -> Response[str]:
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        rows, has_card = driver_debts(store, driver_id), bool(store.drivers.driver(driver_id).payment_method)
        debt_status = store.payments.debt_status(driver_id)
    return page(request, "driver/dues.html", dues=rows, has_card=has_card, debt_status=debt_status, tab="receipts")


@post("/dues/{document_id:uuid}/pay", sync_to_thread=True, status_code=303)
def pay(request: WebRequest, document_id: FromPath[UUID]) -> Redirect:
    """Pressing twice charges once: the second press finds it under way."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        pay_debt(store, driver_id, DocumentId(document_id), ports.clock.now(), ports.ids)
    return redirect_to(request, "/dues", "paying")


def _dunning(
    request: WebRequest,
    form: RulesForm | None = None,
    error: BadInput | Conflict | None = None,
    driver_uuid: UUID | None = None,
    typed: dict[str, str] | None = None,
) -> Response[str]:
    """typed: the refused form of one debt; "of": the id of its document."""
    with ports_of(request).transactions.begin() as store:
        operator = visitor_of(request).operator
        view = debts_of(
            store, operator, requested_page(request), own_driver(store, operator, DriverId(driver_uuid)) if driver_uuid else None
        )
    overtaken = error is not None and error.code == "changed_meanwhile"
    errors = {_FIELDS.get(error.code, "days"): f"{error.text} {error.remedy}"} if error and form and not overtaken else {}
    shown: dict[str, Any] = {"debts": view, "pages": pager(request, view.page, _HOME), "form": form or _form(view.rules), "errors": errors}
    shown |= {
        "typed": typed or {},
        "error": error if typed or overtaken else None,
        "seen": form_version(view.rules),
        "query": request.url.query,
    }
    return page(request, "console/dunning.html", 422 if errors else status_of(error) if error else 200, **shown, tab="dunning")


def _form(stored: DunningRules) -> RulesForm:
    fees = ", ".join(str(level.fee.amount) if level.fee else "0" for level in stored.levels)
    days = ", ".join(str(level.after_days) for level in stored.levels)
    return RulesForm(days, fees, ", ".join(map(str, stored.retry_days)), str(stored.due_days), str(stored.blocks_from))


def _rules(form: RulesForm, currency: str) -> DunningRules:
    days = [_whole(one, "dunning_days") for one in _split_list(form.days)]
    fees = [_fee(one, currency) for one in _split_list(form.fees)]
    if len(fees) > len(days):
        raise BadInput("dunning_fee", "There are more fees than reminders.", "Enter one fee per reminder, 0 for none.")
    fees += [Money.zero(currency)] * (len(days) - len(fees))
    levels = tuple(DunningLevel(day, fee or None) for day, fee in zip(days, fees, strict=True))
    retries = tuple(_whole(one, "dunning_retries") for one in _split_list(form.retries))
    return DunningRules(levels, retries, _whole(form.due, "dunning_due"), _whole(form.blocks, "dunning_block"))


def _split_list(text: str) -> list[str]:
    return [one for one in text.replace(",", " ").replace(";", " ").split() if one]


def _whole(text: str, code: str) -> int:
    if not text.strip().isascii() or not text.strip().isdigit() or len(text.strip()) > 4:
        raise BadInput(code, f"{text[:20]!r} is not a number of days.", "Enter whole numbers, such as 0, 7, 14.")
    return int(text)


def _fee(text: str, currency: str) -> Money:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount <= 1000:
        raise BadInput("dunning_fee", f"{text[:20]!r} is not a fee.", "Enter them as 0, 2.50, 5.")
    return Money.of(amount, currency)


pages: list[Any] = [dunning, rules, transfer, write_off_debt, jobs]
routes = Router("/", guards=[signed_in], route_handlers=[dues, pay])
