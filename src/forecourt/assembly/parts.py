"""The parts of one process, chosen only here."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from forecourt.assembly.clock import PacedClock, clock_from_environment
from forecourt.assembly.hints import BusHints
from forecourt.assembly.identifiers import RandomIds
from forecourt.assembly.metrics import Metrics
from forecourt.assembly.settings import Settings
from forecourt.assembly.state import network_secret
from forecourt.bus import Bus
from forecourt.flows.ports import CardSetupService, Processor
from forecourt.kernel import BadInput
from forecourt.messengers import HttpRequester, SmtpMailer, WebhookClient, WebPusher, public_only, smtp_settings
from forecourt.notices import Mailer, NoDelivery
from forecourt.processors import ProviderCards, ProviderClient, ProviderOptions, StripeCards, StripeClient, StripeOptions
from forecourt.store import PostgresTransactions, migrate

WEBHOOK_TOLERANCE_S = 300.0
BUS_CLOSE_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Parts:
    """What the roles of one process share."""

    settings: Settings
    transactions: PostgresTransactions
    bus: Bus
    hints: BusHints
    clock: PacedClock
    ids: RandomIds
    secret: bytes
    processor: Processor
    card_desk: CardSetupService
    mailer: Mailer
    caller: WebhookClient
    pusher: WebPusher
    partner_http: HttpRequester
    identity_provider_http: HttpRequester
    metrics: Metrics = field(default_factory=Metrics)


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    """Connect to PostgreSQL and NATS, bring the schema up to date, and close both at the end."""
    if not settings.database_url or not settings.nats_url:
        raise BadInput("servers", "DATABASE_URL and NATS_URL are not set.", "Set both, or use `forecourt run`, which starts its own.")
    identity_provider_http = identity_provider_http_client(settings)  # before anything is open that would have to be closed
    await asyncio.to_thread(migrate, settings.database_url)
    transactions = await asyncio.to_thread(PostgresTransactions, settings.database_url)
    bus = await Bus.connect(settings.nats_url)
    secret = network_secret(settings.state)
    clock = clock_from_environment()
    processor, card_desk = _processor(settings, secret, clock), _card_setup(settings, secret)
    mailer, caller = _mailer(settings, clock), WebhookClient()
    contact = f"mailto:{settings.mail_from}" if settings.mail_from else settings.public_url or f"http://{settings.http}"
    pusher, partner_http = WebPusher(secret, contact), partner_http_client(settings)
    try:
        yield Parts(
            settings,
            transactions,
            bus,
            BusHints(bus),
            clock,
            RandomIds(),
            secret,
            processor,
            card_desk,
            mailer,
            caller,
            pusher,
            partner_http,
            identity_provider_http,
        )
    finally:
        # A bus that no longer answers holds nothing of ours.
        with suppress(TimeoutError):
            async with asyncio.timeout(BUS_CLOSE_TIMEOUT_S):
                await bus.close()
        await asyncio.to_thread(transactions.close)
        processor.close()
        card_desk.close()
        caller.close()
        pusher.close()
        partner_http.close()
        identity_provider_http.close()


def _processor(settings: Settings, secret: bytes, clock: PacedClock) -> ProviderClient | StripeClient:
    """The processor that charges cards."""
    tolerance_s = WEBHOOK_TOLERANCE_S * clock.speed
    if settings.stripe:
        live = settings.provider_secret.startswith(("sk_live_", "rk_live_"))
        options = StripeOptions(settings.webhook_secrets, live, tolerance_s=tolerance_s, url=settings.provider_url)
        return StripeClient(settings.provider_secret, options)
    return ProviderClient(settings.provider_url, settings.provider_secret or secret.hex(), ProviderOptions(tolerance_s=tolerance_s))


def _mailer(settings: Settings, clock: PacedClock) -> Mailer:
    """Without a mail server, emails are stored and can be read in the console."""
    return SmtpMailer(smtp_settings(settings.smtp_url, settings.mail_from), clock) if settings.smtp_url else NoDelivery()


def partner_http_client(settings: Settings) -> HttpRequester:
    """Roaming partners are called over https at public addresses, unless the installation declares them to be its own."""
    return HttpRequester(lambda _: True, secure_only=False) if settings.ocpi_private else HttpRequester()


def _card_setup(settings: Settings, secret: bytes) -> ProviderCards | StripeCards:
    """Where drivers add cards."""
    if settings.stripe:
        return StripeCards(settings.provider_secret, StripeOptions(settings.webhook_secrets, url=settings.provider_url))
    return ProviderCards(settings.provider_url, settings.provider_secret or secret.hex())


def identity_provider_http_client(settings: Settings) -> HttpRequester:
    """Companies' identity providers are always called over https, at public addresses unless the installation says otherwise. Raises
    BadInput if the file of its own authorities cannot be read."""
    allowed = (lambda _: True) if settings.sso_private else public_only
    try:
        return HttpRequester(allowed, authorities=str(settings.sso_ca or ""))
    except OSError as error:
        raise BadInput("sso_ca", f"FORECOURT_SSO_CA cannot be read: {error}.", "Set it to a file of certificates (PEM).") from error
