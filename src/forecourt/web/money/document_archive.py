"""A month's documents as one file."""

from datetime import timedelta
from typing import Any

from litestar import get
from litestar.params import FromPath
from litestar.response import Stream

from forecourt.flows.billing import DOCUMENT_ARCHIVE, log_export
from forecourt.flows.desk import operator_month
from forecourt.offers import months_later
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, staff_member
from forecourt.web.frame.zip_stream import zip_stream
from forecourt.web.queries.accounting_months import is_final, parse_month
from forecourt.web.queries.document_archive import archive_files


@get("/ledger/months/{month:str}/documents.zip", sync_to_thread=True)
def archive(request: WebRequest, month: FromPath[str]) -> Stream:
    """Every invoice and credit note issued in the month, and the statements over it, as PDF and e-invoice, with lists."""
    ports, by, first_day = ports_of(request), staff_member(request), parse_month(month)
    with ports.transactions.begin() as store:
        month_span = operator_month(store, by.operator_id, first_day)
        final = is_final(store, by.operator_id, month_span.end)
        log_export(store, by, (first_day, months_later(first_day, 1) - timedelta(days=1)), DOCUMENT_ARCHIVE, final)
    return zip_stream(
        f"documents-{month}{'' if final else '-provisional'}.zip", archive_files(ports.transactions, by.operator_id, month_span)
    )


pages: list[Any] = [archive]
