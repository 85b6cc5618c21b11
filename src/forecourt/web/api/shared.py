"""What the routes of the REST interface share."""

from typing import Annotated, Any

from litestar.params import HeaderParameter
from litestar.response import Response

Key = Annotated[str, HeaderParameter(name="Idempotency-Key", max_length=64, description="The same key again gives the first answer again.")]


def json_answer(body: bytes, status: int) -> Response[Any]:
    return Response(body, status_code=status, media_type="application/json")
