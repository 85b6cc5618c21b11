"""Translates the driver's exceptions to business errors and StoreUnavailable."""

import psycopg
from psycopg import errors

from forecourt.flows.ports import StoreUnavailable
from forecourt.store.errors import missing, out_of_range, refusal, unstorable_text

# The unit of work was valid but lost a race, or the server went away: it may be retried from the start.
_RETRYABLE = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    errors.DeadlockDetected,
    errors.SerializationFailure,
    errors.LockNotAvailable,
    errors.QueryCanceled,
    errors.InFailedSqlTransaction,
)


def translate_error(error: psycopg.Error) -> Exception:
    """The exception to raise instead; the error itself if it is a bug in this program."""
    if isinstance(error, errors.ProgramLimitExceeded):  # a value too long for an index: repeating will not help
        return out_of_range()
    if isinstance(error, _RETRYABLE):
        return StoreUnavailable(f"The database did not keep this unit of work: {_first_line(error)}")
    if isinstance(error, errors.ForeignKeyViolation):
        return missing(error.diag.constraint_name or "", error.diag.message_detail or "")
    if isinstance(error, psycopg.IntegrityError):
        return refusal(error.diag.constraint_name or "", error.diag.message_detail or _first_line(error))
    if isinstance(error, psycopg.DataError):
        return unstorable_text() if _of_signs(error) else out_of_range()
    return error


def _of_signs(error: psycopg.DataError) -> bool:
    """PostgreSQL text cannot contain NUL: the driver refuses it before sending, the server where it is in JSON."""
    return isinstance(error, errors.CharacterNotInRepertoire | errors.UntranslatableCharacter) or "NUL (0x00)" in str(error)


def _first_line(error: psycopg.Error) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
