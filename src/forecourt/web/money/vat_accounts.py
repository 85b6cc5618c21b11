"""The accounts of VAT rates, for the accountant's file."""

from typing import Any

from litestar import get, post
from litestar.params import URLEncodedBody
from litestar.response import Response

from forecourt.flows.billing import rate_accounts, set_rate_accounts
from forecourt.kernel import BadInput, Refused
from forecourt.ledger import CHARTS, RateAccounts
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.field_errors import field_errors
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.datev import rates_listed

Fields = dict[str, str]
_CHART = next(iter(CHARTS.values()))  # every chart accepts the same combinations
_HOME = "/console/ledger/accounts"
_MAX_ROWS = 20
_FIELDS = ("percent", "tax", "revenue", "input_tax")
# Empty rows, for rates without entries so far.
_EMPTY = 2


@get("/ledger/accounts", sync_to_thread=True)
def accounts(request: WebRequest) -> Response[str]:
    return _page(request)


@post("/ledger/accounts", sync_to_thread=True, status_code=200)
def save_vat_accounts(request: WebRequest, data: URLEncodedBody[Fields]) -> Response[Any]:
    try:
        wanted = _wanted(_typed(data))
        with ports_of(request).transactions.begin() as store:
            set_rate_accounts(store, staff_member(request), wanted, _seen(data))
    except Refused as error:
        return _page(request, data, error)
    return redirect_to(request, _HOME, "kept")


def _wanted(rows: list[tuple[str, str, str, str]]) -> list[RateAccounts]:
    """Of rows with an account. Raises BadInput that names the field of the row."""
    wanted: list[RateAccounts] = []
    for number, row in enumerate(rows):
        try:
            if any(row[1:]):
                wanted.append(RateAccounts(*row))
                _CHART.with_rate_accounts(wanted)
        except BadInput as error:
            raise BadInput(f"{error.code}-{number}", error.text, error.remedy) from error
    return wanted


def _typed(data: Fields) -> list[tuple[str, str, str, str]]:
    rows = (tuple(data.get(f"{name}-{row}", "").strip() for name in _FIELDS) for row in range(_MAX_ROWS))
    return [(percent, tax, revenue, input_tax) for percent, tax, revenue, input_tax in rows if percent or tax or revenue or input_tax]


def _seen(data: Fields) -> list[RateAccounts]:
    rows = [one.split("/") for one in data.get("seen", "").split()]
    return [RateAccounts(*row) for row in rows if len(row) == len(_FIELDS)]


def _page(request: WebRequest, typed: Fields | None = None, error: Refused | None = None) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        operator = visitor_of(request).operator
        listed, stored = rates_listed(store, operator), rate_accounts(store.stations.operator(operator))
    stale = typed is None or (error is not None and error.code == "accounts_changed")
    shown = [(one.percent, one.tax, one.revenue, one.input_tax) for one in listed] if stale or typed is None else _typed(typed)
    rows = [*shown, *[("", "", "", "")] * _EMPTY][:_MAX_ROWS]
    seen = " ".join(f"{one.percent}/{one.tax}/{one.revenue}/{one.input_tax}" for one in stored)
    charts = {name: chart.numbers for name, chart in CHARTS.items()}
    rows_with_charts = [(*row, _charted(f"VAT:{row[0]}"), _charted(f"INPUT_VAT:{row[0]}")) for row in rows]
    values = {"rows": rows_with_charts, "seen": seen, "error": error, "at": field_errors(error), "charts": charts}
    return page(request, "console/rate_accounts.html", status_of(error) if error else 200, **values, tab="ledger")


def _charted(account: str) -> str:
    return " or ".join(one.numbers[account] for one in CHARTS.values() if account in one.numbers)


pages = [accounts, save_vat_accounts]
