"""Tell drivers why a charger refused their card for lack of money, or because the site is closed, at most once a day; drivers refused
for lack of room or of a turn wait instead."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from forecourt.drivers import PayBy, Token
from forecourt.flows.bookings.queueing import join_at_charger
from forecourt.flows.charging.closed_sites import serves_again, why_not_served
from forecourt.flows.desk.notifying import NoticeDraft, notify
from forecourt.flows.ports.inbox import InboxRow
from forecourt.flows.ports.store import Store
from forecourt.flows.power.admission import note_refused_start
from forecourt.kernel import Ids, TokenUid, utc
from forecourt.notices import NoticeContent, NoticeKind
from forecourt.stations import Evse, Site, Verdict

# Any later it would only confuse: nobody is at the charger any more.
_STALE = timedelta(hours=12)


def notify_closed(store: Store, token: Token, evse: Evse, at: datetime) -> None:
    """Tell a driver who showed a card at a closed site, or at a bay under maintenance, until when."""
    if not token.is_physical:
        return
    site, again = store.stations.site(evse.site_id), serves_again(store, evse, at)
    content = NoticeContent(site.name, site.address, site.zone, evse.label, start=at, until=again)
    key = f"closed/{token.driver_id}/{site.id}/{utc(at).astimezone(ZoneInfo(site.zone)).date()}"
    draft = NoticeDraft(key, site.operator_id, token.driver_id, NoticeKind.REFUSED_CLOSED, content, f"/sites/{site.slug}", site_id=site.id)
    notify(store, replace(draft, good_until=at + _STALE), at)


def queue_instead(store: Store, row: InboxRow, evse: Evse, token: TokenUid, ids: Ids) -> None:
    """After a refusal: make room for the charge, or queue its driver, if that is why."""
    at = row.message.received_at
    if row.ack.verdict is Verdict.NO_ROOM:
        note_refused_start(store, evse, at)
    known = store.drivers.token(row.message.operator_id, token)
    if row.ack.verdict is Verdict.NOT_NOW and known is not None and why_not_served(store, evse, known.driver_id, at) is None:
        join_at_charger(store, evse, known.driver_id, at, ids)


def notify_refused(store: Store, token: Token, at: datetime, site: Site) -> None:
    """token: was refused for lack of money or credit. site: where.

    Not for tokens of apps and guests: those are sent by us, and the page says why."""
    if not token.is_physical:
        return
    driver = store.drivers.driver(token.driver_id)
    debt_status, min_balance = store.payments.debt_status(driver.id), store.wallets.rules(driver.operator_id).least_start
    if debt_status.blocked:
        kind, path, amount = NoticeKind.REFUSED_DEBT, "/dues", debt_status.owed
    elif driver.pay_by is PayBy.WALLET and site.currency == min_balance.currency:
        kind, path, amount = NoticeKind.REFUSED_BALANCE, "/wallet", min_balance
    elif driver.pay_by is PayBy.WALLET:
        kind, path, amount = NoticeKind.REFUSED_CURRENCY, "/cards", None
    else:
        kind, path, amount = NoticeKind.REFUSED_CARD, "/cards", None
    zone = store.stations.operator(driver.operator_id).zone
    key = f"refused/{driver.id}/{utc(at).astimezone(ZoneInfo(zone)).date()}"
    content = NoticeContent(zone=zone, start=at, amount=amount)
    notify(store, NoticeDraft(key, driver.operator_id, driver.id, kind, content, path, good_until=at + _STALE, site_id=site.id), at)
