"""The ledger entries of some days as a DATEV posting batch."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from litestar import get
from litestar.response import Response

from forecourt.flows.billing import log_export
from forecourt.flows.desk import operator_zone
from forecourt.kernel import BadInput, Text, parse_day
from forecourt.ledger import CHARTS, Batch, ForeignCurrency, collect_postings, foreign_currencies, parse_exchange_rate, posting_batch
from forecourt.web.frame.amounts import parse_whole
from forecourt.web.frame.responses import WebRequest, page
from forecourt.web.frame.visitor import ports_of, staff_member
from forecourt.web.money.ledger import render_ledger
from forecourt.web.queries.accounting_months import is_final
from forecourt.web.queries.datev import operator_chart, renumberings, revenue_shares
from forecourt.web.queries.ledger_reports import batches_of, entries_in, span_of_days


@get("/ledger/datev", sync_to_thread=True)
def datev_file(request: WebRequest) -> Response[Any]:
    """The days as a DATEV posting batch. If any are in another currency, a page asks for its exchange rate first."""
    typed = dict(request.query_params)
    try:
        return _batch(request, typed)
    except BadInput as error:
        return render_ledger(request, "datev", typed, error)


def _batch(request: WebRequest, typed: dict[str, str]) -> Response[Any]:
    """A currency without a rate is left out, and the file's name says so. Raises BadInput."""
    chart = typed.get("chart", "")
    if chart not in CHARTS:
        raise BadInput("chart", f"There is no chart {chart[:20]!r}.", f"Choose {' or '.join(CHARTS)}.")
    first, last = (parse_day(typed.get(name, ""), name) for name in ("start", "end"))
    consultant, client = (parse_whole(typed.get(name, ""), name) for name in ("consultant", "client"))
    ports, by = ports_of(request), staff_member(request)
    operator = by.operator_id
    with ports.transactions.begin() as store:
        own, days = operator_chart(store, operator, chart), span_of_days(store, operator, first, last)
        final = is_final(store, operator, days.end)
        batch = Batch(consultant, client, own, first, last, str(operator_zone(store, operator)), final)
        book = collect_postings((one for part in batches_of(store, operator, days) for one in entries_in(store, operator, days, part)), own)
        moved = renumberings(store, operator, first, last)
        abroad = foreign_currencies(book, moved)
        rates, wrong = _rates(abroad, typed)
        if wrong or (abroad and "decided" not in typed):
            shown: dict[str, Any] = {"abroad": abroad, "asked": typed, "days": (first, last), "wrong": wrong}
            return page(request, "console/datev.html", 400 if wrong else 200, **shown, tab="ledger")
        left_out = frozenset(one.currency for one in abroad if one.currency not in rates)
        batch = replace(batch, rates=rates, left_out=left_out)
        file = posting_batch(book, batch, by.at, revenue_shares(store, own, book), moved)
        log_export(store, by, (first, last), "DATEV batch", final)
    state = f"{''.join(f'_without_{one}' for one in sorted(left_out))}{'' if final else '_provisional'}"
    disposition = {"content-disposition": f'attachment; filename="EXTF_Buchungsstapel_{first:%Y%m%d}_{last:%Y%m%d}{state}.csv"'}
    return Response(file, media_type="text/csv; charset=windows-1252", headers=disposition)


def _rates(abroad: Iterable[ForeignCurrency], typed: Mapping[str, str]) -> tuple[dict[str, Decimal], dict[str, Text]]:
    """Those that were typed, and what is wrong with others."""
    rates, wrong = {}, {}
    for one in abroad:
        if text := typed.get(f"rate-{one.currency}"):
            try:
                rates[one.currency] = parse_exchange_rate(text, one.currency)
            except BadInput as error:
                wrong[one.currency] = error.full_message
    return rates, wrong


pages: list[Any] = [datev_file]
