"""Reads files named by the user: strict JSON, with the position of any error."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from forecourt.kernel import BadInput


def read_json(path: Path, exact: bool = False) -> Any:
    """The parsed file. exact: decimal numbers keep every digit (Decimal), as money requires."""
    try:
        return json.loads(path.read_bytes(), parse_float=Decimal if exact else None)
    except FileNotFoundError as error:
        raise BadInput("file", f"There is no file {path}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("file", f"{path} cannot be read: {error}.") from error
    except json.JSONDecodeError as error:
        raise BadInput("json", f"{path} is not JSON: line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except RecursionError as error:
        raise BadInput("json", f"{path} is nested too deeply.", "OCPI objects are at most a dozen levels deep.") from error
    except (ValueError, ArithmeticError) as error:
        raise BadInput("json", f"{path} contains a number with too many digits.", "Write numbers with at most 15 decimals.") from error
