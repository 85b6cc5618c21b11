"""Reading what the user names: JSON that is really JSON, with the place of the fault."""

import json
from pathlib import Path
from typing import Any

from forecourt.kernel import BadInput


def read_json(path: Path) -> Any:
    """The parsed file; numbers with a point stay exact text-wise (Decimal is made where money is parsed)."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise BadInput("file", f"There is no file {path}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("file", f"{path} cannot be read: {error}.") from error
    except json.JSONDecodeError as error:
        raise BadInput("json", f"{path} is not JSON: line {error.lineno}, column {error.colno}: {error.msg}.") from error
