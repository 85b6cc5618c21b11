"""Receipts, statements, cards, balances, debts, disputes, refunds and the books."""

from litestar import Router

from forecourt.drivers import Duty
from forecourt.web.money import (
    accounts,
    accounts_by_rate,
    bank,
    books,
    by_hand,
    cards,
    clearing,
    company,
    complaining,
    crediting,
    debts,
    disputes,
    entries,
    fleets,
    hosts,
    month_end,
    office,
    owing,
    papers,
    pay_ins,
    paybacks,
    transfers,
    vat_report,
    waiting,
    wallet,
)

routes = [papers.routes, debts.routes, accounts.routes, wallet.routes, pay_ins.routes, cards.routes, complaining.routes, fleets.routes]
staff_pages = Router(
    "/",
    route_handlers=[
        *office.pages,
        *waiting.pages,
        *company.pages,
        *crediting.pages,
        *paybacks.pages,
        *transfers.pages,
        *complaining.pages,
        *disputes.pages,
        *clearing.pages,
        *books.pages,
        *month_end.pages,
        *owing.pages,
        *entries.pages,
        *by_hand.pages,
        *bank.pages,
        *accounts_by_rate.pages,
        *vat_report.pages,
        *hosts.pages,
        *debts.pages,
        *accounts.pages,
        *wallet.pages,
    ],
    opt={"duty": Duty.MONEY},
)
