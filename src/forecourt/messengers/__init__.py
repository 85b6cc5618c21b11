"""Carries messages out: mail by SMTP, signed calls to operators' own systems."""

from forecourt.messengers.calling import SignedCaller, public_only
from forecourt.messengers.mailing import SmtpMailer, SmtpSettings, smtp_settings

__all__ = ["SignedCaller", "SmtpMailer", "SmtpSettings", "public_only", "smtp_settings"]
