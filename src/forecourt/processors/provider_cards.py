"""Adding drivers' cards at the provider: a page hosted there, and its result."""

from uuid import UUID

import httpx
import msgspec

from forecourt.payments import CardSetup, SetupPage, SetupRecord
from forecourt.processors.tls import ssl_context


class _SetupJson(msgspec.Struct):
    id: str
    reference: str
    status: str
    page: str
    method: str = ""
    brand: str = ""
    last4: str = ""
    year: int = 0
    month: int = 0
    code: str = ""


class ProviderCards:
    """Implements the CardSetupService port. Thread-safe; calls block up to the timeout. Close it at the end."""

    def __init__(self, url: str, secret: str, timeout_s: float = 10.0) -> None:
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout_s, trust_env=False, verify=ssl_context())

    def close(self) -> None:
        self._http.close()

    def begin(self, setup_id: UUID, currency: str, return_url: str) -> SetupPage:
        body = msgspec.json.encode({"reference": str(setup_id), "back": return_url})
        setup_json = self._request("POST", "/v1/setups", content=body, headers={"Idempotency-Key": f"setup/{setup_id}"})
        return SetupPage(setup_json.id, setup_json.page)

    def fetch_record(self, setup: CardSetup) -> SetupRecord:
        setup_json = self._request("GET", f"/v1/setups/{setup.reference}")
        if setup_json.reference != str(setup.id):
            raise ConnectionError("the provider tells of another setup")
        return SetupRecord(
            setup.id,
            setup_json.status,
            setup_json.method,
            setup_json.brand,
            setup_json.last4,
            setup_json.year,
            setup_json.month,
            setup_json.code,
        )

    def _request(self, method: str, path: str, **parts: object) -> _SetupJson:
        try:
            response = self._http.request(method, path, **parts)  # type: ignore[arg-type]
            if not response.is_success:
                raise ConnectionError(f"the provider answered {response.status_code}")
            return msgspec.json.decode(response.content, type=_SetupJson)
        except (httpx.HTTPError, msgspec.MsgspecError) as error:
            raise ConnectionError(f"{type(error).__name__}: {error}") from error
