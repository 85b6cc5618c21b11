"""Links by which a person chooses a password: sealed, good until an instant, and only while the password is the one it was."""

from forecourt.flows import INVITED_FOR, RESET_FOR, account_of_key, password_key

__all__ = ["INVITED_FOR", "RESET_FOR", "account_of_key", "password_key"]
