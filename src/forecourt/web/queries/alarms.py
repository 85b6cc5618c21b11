"""Alarms about the operator's whole system, for the first page. Those of a single site are shown in its row."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from forecourt.drivers import Duty
from forecourt.flows.chargers import RENEW_BEFORE
from forecourt.flows.ports import ChargerSummary, Store
from forecourt.kernel import OperatorId
from forecourt.stations import Approval
from forecourt.web.queries.console_labels import count_text
from forecourt.web.queries.local_days import local_date
from forecourt.web.queries.unlawful_prices import UnlawfulCount, unlawful_count
from forecourt.web.views.console import Alarm

_LONG_LIMITED = timedelta(days=1)


def alarms(
    store: Store,
    operator_id: OperatorId,
    of_sites: Iterable[Alarm],
    chargers: Sequence[ChargerSummary],
    tls_expires_at: datetime | None,
    at: datetime,
) -> Iterator[Alarm]:
    """of_sites: the sites' alarms to include. tls_expires_at: when the certificate that chargers are shown expires."""
    yield from _waiting(store, operator_id, of_sites)
    zone = store.stations.operator(operator_id).zone
    yield from _certificates(chargers, tls_expires_at, at, zone)
    yield from _long_limited(store, chargers, at, zone)


def _waiting(store: Store, operator_id: OperatorId, of_sites: Iterable[Alarm]) -> Iterator[Alarm]:
    waiting = [one for one in store.stations.chargers(approval=Approval.PENDING) if one.operator_id in (None, operator_id)]
    if waiting:
        yield Alarm(
            "warn", f"{count_text(len(waiting), 'charger')} waiting for approval.", "Not usable until approved.", "/console/chargers"
        )
    yield from of_sites
    prices = unlawful_count(store, operator_id)
    yield from _unlawful(prices)
    message_count = store.inbox.quarantine_count(operator_id) - prices.listed
    if message_count:
        yield Alarm("warn", f"{count_text(message_count, 'message')} to review.", "Saved, but not acted on.", "/console/quarantine")
    finding_count = len(store.clearing.open_findings(operator_id))
    if finding_count:
        text = "The processor's clearing file and the ledger differ."
        yield Alarm("warn", f"{count_text(finding_count, 'finding')} in clearing.", text, "/console/clearing")
    bank_line_count = len(store.bank.open(operator_id))
    if bank_line_count:
        yield Alarm("warn", f"{count_text(bank_line_count, 'bank line')} to review.", "They match nothing in the ledger.", "/console/bank")
    question_count = len(store.questions.waiting(operator_id))
    if question_count:
        yield Alarm(
            "warn",
            f"{count_text(question_count, 'question')} about a statement.",
            "A partner is waiting for an answer.",
            "/console/complaints",
        )
    complaint_count = len(store.complaints.waiting(operator_id))
    if complaint_count:
        yield Alarm(
            "warn", f"{count_text(complaint_count, 'complaint')} about a bill.", "Someone is waiting for an answer.", "/console/complaints"
        )
    debt_count = store.dunning.waiting_count(operator_id)
    if debt_count:  # amounts that wait for the monthly statement, or for its first payment, are not debts
        yield Alarm("warn", f"{count_text(debt_count, 'debt')} after a failed or late payment.", "", "/console/dunning")


def _unlawful(prices: UnlawfulCount) -> Iterator[Alarm]:
    if prices.waiting:
        text = "It applies until you change it." if prices.waiting == 1 else "They apply until you change them."
        yield Alarm("bad", f"{count_text(prices.waiting, 'unlawful price')} in force.", text, "/console/quarantine", Duty.PRICES)
    if prices.acknowledged:
        title = f"{count_text(prices.acknowledged, 'price')} acknowledged."
        yield Alarm("info", title, "Found unlawful; somebody on your team decided otherwise.", "/console/quarantine", Duty.PRICES)


def _certificates(chargers: Iterable[ChargerSummary], tls_expires_at: datetime | None, now: datetime, zone: str) -> Iterator[Alarm]:
    """Certificates that expire soon, and those that wait for a person."""
    if tls_expires_at is not None and tls_expires_at - now <= RENEW_BEFORE:
        text = "After that, chargers that check it stop connecting."
        yield Alarm("bad", f"The certificate of the charger port {_ends(tls_expires_at, now, zone)}.", text, "/console/chargers")
    for one in (one for one in chargers if one.approval is Approval.APPROVED and one.site_id):
        ends, page = one.certificate_ends, f"/console/chargers/{quote(one.id, safe='')}"
        if one.signs_by_hand:
            yield Alarm("warn", f"{one.id} is requesting a certificate.", "Have its request signed.", page)
        elif ends is not None and ends - now <= RENEW_BEFORE / 2:
            yield Alarm(
                "warn", f"The certificate of {one.id} {_ends(ends, now, zone)}.", "The charger was asked to request a new one.", page
            )


def _ends(at: datetime, now: datetime, zone: str) -> str:
    return f"{'ends' if at > now else 'ended'} on {local_date(at, zone)}"


def _long_limited(store: Store, chargers: Iterable[ChargerSummary], now: datetime, zone: str) -> Iterator[Alarm]:
    """External limits that have applied for days: they may have been forgotten, and a person can set them aside."""
    for brief in chargers:
        charger = store.stations.charger(brief.id) if brief.limited else None
        limits = charger.limits_at(now) if charger else ()
        since = min((one.reported_at for one in limits), default=now)
        if now - since >= _LONG_LIMITED:
            source = limits[0].source_name
            text = f"{source[:1].upper()}{source[1:]} set it on {local_date(since, zone)} and has not lifted it."
            yield Alarm("warn", f"{brief.id} is limited by others.", text, f"/console/chargers/{quote(brief.id, safe='')}")
