"""The role that serves browsers and programs, and the health endpoint of any other role."""

from collections.abc import Callable, Mapping

from forecourt.assembly.http_server import serve_http
from forecourt.assembly.metrics import CountedRequests, CountedTransactions
from forecourt.assembly.order_courier import courier_of
from forecourt.assembly.parts import Parts
from forecourt.assembly.payment_webhooks import ProviderEvents
from forecourt.assembly.roaming_partners import partner_registration, with_ocpi
from forecourt.assembly.tls import authorities_of, tls_expires_at
from forecourt.web import Argon2Passwords, LegalPages, MapTiles, WebPorts, create_app, create_health


async def run_web(parts: Parts) -> None:
    settings = parts.settings
    app = create_app(
        WebPorts(
            transactions=CountedTransactions(parts.transactions, parts.metrics.units),
            clock=parts.clock,
            ids=parts.ids,
            passwords=Argon2Passwords(),
            secret_key=parts.secret,
            hints=parts.hints.news,
            publish_hint=parts.hints.publish,
            ready=_ready(parts),
            metrics=parts.metrics.exposition,
            payment_events=ProviderEvents(parts.processor),
            secure_cookies=settings.secure_cookies,
            public_url=settings.public_url,
            card_key=settings.card_key,
            card_desk=parts.card_desk,
            push_key=parts.pusher.public_key,
            sends_email=bool(settings.smtp_url),
            ocpp_url=settings.ocpp_url,
            ocpp_tls=settings.ocpp_tls is not None,
            ocpp_port=settings.ocpp.port,
            send_order=courier_of(parts).send_order,
            partner_registration=partner_registration(parts),
            identity_provider_http=parts.identity_provider_http,
            authority=authorities_of(settings.ocpp_tls),
            tls_expires_at=lambda: tls_expires_at(settings.ocpp_tls),
            map_tiles=MapTiles(settings.map_tiles, settings.map_attribution) if settings.map_tiles else None,
            legal_pages=LegalPages(*settings.legal_pages),
        )
    )
    await serve_http(CountedRequests(with_ocpi(app, parts), parts.metrics), settings.http, "FORECOURT_HTTP")


async def run_health(parts: Parts) -> None:
    address = parts.settings.health
    assert address is not None  # noqa: S101 - nobody asks without
    await serve_http(create_health(_ready(parts), parts.metrics.exposition), address, "FORECOURT_HEALTH")


def _ready(parts: Parts) -> Callable[[], Mapping[str, bool]]:
    return lambda: {"database": _database_answers(parts), "bus": parts.bus.is_connected}


def _database_answers(parts: Parts) -> bool:
    try:
        with parts.transactions.begin() as store:
            store.stations.sites()
    except Exception:  # noqa: BLE001 - readiness is a question with two answers
        return False
    return True
