"""From the driver's exceptions to business errors and StoreUnavailable."""

import psycopg
from psycopg import errors

from forecourt.flows.ports import StoreUnavailable
from forecourt.store.errors import missing, out_of_range, refusal

# The unit of work was well formed and lost a race, or the server went away: begin again from the start.
_PASSING = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    errors.DeadlockDetected,
    errors.SerializationFailure,
    errors.LockNotAvailable,
    errors.QueryCanceled,
    errors.InFailedSqlTransaction,
)


def translated(error: psycopg.Error) -> Exception:
    """What to raise instead; the error itself where it is a fault of this program."""
    if isinstance(error, errors.ProgramLimitExceeded):  # a value too long for an index: no repetition will help
        return out_of_range(_first_line(error))
    if isinstance(error, _PASSING):
        return StoreUnavailable(f"The database did not keep this unit of work: {_first_line(error)}")
    if isinstance(error, errors.ForeignKeyViolation):
        return missing(error.diag.constraint_name or "", error.diag.message_detail or "")
    if isinstance(error, psycopg.IntegrityError):
        return refusal(error.diag.constraint_name or "", error.diag.message_detail or _first_line(error))
    if isinstance(error, psycopg.DataError):
        return out_of_range(_first_line(error))
    return error


def _first_line(error: psycopg.Error) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
