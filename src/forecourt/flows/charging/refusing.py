"""A driver whose card a charger refuses for want of money, or because it is closed, is told why: at most once a day."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from forecourt.drivers import PayBy, Token, TokenKind
from forecourt.flows.charging.closing import serves_again
from forecourt.flows.desk.telling import News, tell
from forecourt.flows.ports.store import Store
from forecourt.kernel import utc
from forecourt.notices import NoticeKind, Says
from forecourt.stations import Evse

# Told later, it would only puzzle: nobody stands at the charger any more.
_STALE = timedelta(hours=12)


def tell_closed(store: Store, token: Token, evse: Evse, at: datetime) -> None:
    """Where and until when: to whoever held up a card at a closed place, or at a bay under maintenance."""
    if token.kind is not TokenKind.RFID:
        return
    site, again = store.stations.site(evse.site_id), serves_again(store, evse, at)
    says = Says(site.name, site.address, site.zone, evse.label, start=at, until=again)
    key = f"closed/{token.driver_id}/{site.id}/{utc(at).astimezone(ZoneInfo(site.zone)).date()}"
    news = News(key, site.operator_id, token.driver_id, NoticeKind.REFUSED_CLOSED, says, f"/sites/{site.slug}", good_until=at + _STALE)
    tell(store, news, at)


def tell_refused(store: Store, token: Token, at: datetime) -> None:
    """token: was judged to be without money or credit. Nobody shows an app's or a guest's but we ourselves, who say so there."""
    if token.kind is not TokenKind.RFID:
        return
    driver = store.drivers.driver(token.driver_id)
    standing = store.payments.standing(driver.id)
    if standing.blocked:
        kind, path, amount = NoticeKind.REFUSED_DEBT, "/dues", standing.owed
    elif driver.pay_by is PayBy.WALLET:
        kind, path, amount = NoticeKind.REFUSED_BALANCE, "/wallet", store.wallets.rules(driver.operator_id).least_start
    else:
        kind, path, amount = NoticeKind.REFUSED_CARD, "/cards", None
    zone = store.stations.operator(driver.operator_id).zone
    key = f"refused/{driver.id}/{utc(at).astimezone(ZoneInfo(zone)).date()}"
    says = Says(zone=zone, start=at, amount=amount)
    tell(store, News(key, driver.operator_id, driver.id, kind, says, path, good_until=at + _STALE), at)
