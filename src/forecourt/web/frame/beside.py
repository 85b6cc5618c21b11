"""What is wrong with a form, told beside the field that it is about."""

from collections.abc import Mapping

from forecourt.kernel import Refused, Text


def at_fields(error: Refused | None, fields: Mapping[str, str] | None = None) -> Mapping[str, Text]:
    """By the name of the field. fields: where a rule calls it otherwise, the field by that code."""
    return {(fields or {}).get(error.code, error.code): error.told} if error else {}
