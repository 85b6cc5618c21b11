"""Carries messages out: mail by SMTP, signed calls to operators' own systems."""

from forecourt.messengers.calling import SignedCaller, every_address, public_only
from forecourt.messengers.mailing import SmtpMailer, SmtpSettings, smtp_settings

__all__ = ["SignedCaller", "SmtpMailer", "SmtpSettings", "every_address", "public_only", "smtp_settings"]
