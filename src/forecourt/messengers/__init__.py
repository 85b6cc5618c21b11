"""Sends messages: mail by SMTP, pushes to browsers, signed calls to operators' own systems, and requests to roaming partners and to
issuers of certificates and contracts."""

from forecourt.messengers.certificate_statuses import CertificateStatuses
from forecourt.messengers.contract_service import ContractService
from forecourt.messengers.http_requests import HttpRequester
from forecourt.messengers.mailing import SmtpMailer, SmtpSettings, smtp_settings
from forecourt.messengers.outgoing import HttpRequest, public_only
from forecourt.messengers.push_encryption import encrypted
from forecourt.messengers.pushing import WebPusher
from forecourt.messengers.webhooks import WebhookClient

__all__ = [
    "CertificateStatuses",
    "ContractService",
    "HttpRequest",
    "HttpRequester",
    "SmtpMailer",
    "SmtpSettings",
    "WebPusher",
    "WebhookClient",
    "encrypted",
    "public_only",
    "smtp_settings",
]
