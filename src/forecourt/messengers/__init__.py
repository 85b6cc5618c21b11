"""Sends messages: mail by SMTP, pushes to browsers, signed calls to operators' own systems, and requests to roaming partners and to
issuers of certificates and contracts."""

from forecourt.messengers.asking import Asker
from forecourt.messengers.calling import SignedCaller
from forecourt.messengers.certificate_statuses import CertificateStatuses
from forecourt.messengers.contract_service import ContractService
from forecourt.messengers.mailing import SmtpMailer, SmtpSettings, smtp_settings
from forecourt.messengers.outgoing import HttpRequest, public_only
from forecourt.messengers.push_sealing import encrypted
from forecourt.messengers.pushing import WebPusher

__all__ = [
    "Asker",
    "CertificateStatuses",
    "ContractService",
    "HttpRequest",
    "SignedCaller",
    "SmtpMailer",
    "SmtpSettings",
    "WebPusher",
    "encrypted",
    "public_only",
    "smtp_settings",
]
