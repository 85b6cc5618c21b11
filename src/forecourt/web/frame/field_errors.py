"""The error of a form, shown next to the field it is about."""

from collections.abc import Mapping

from forecourt.kernel import Refused, Text


def field_errors(error: Refused | None, fields: Mapping[str, str] | None = None) -> Mapping[str, Text]:
    """Error texts by field name. fields: maps an error code to a field where the two names differ."""
    return {(fields or {}).get(error.code, error.code): error.full_message} if error else {}
