"""An app of others that acts for Ada, and what it asks to come that far."""

import hashlib
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import UUID

from forecourt.drivers import App
from forecourt.flows.desk import AppCodeExchange, AppCodeRequest, authorise_app, exchange_code
from forecourt.flows.ports import Store
from forecourt.web.frame.sealing import digest, fresh_secret

from .conftest import NOW, Scene

APP_BACK, VERIFIER = "com.example.volt:/back", "v" * 43
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
app_of_others = UUID(int=77)


def asking(app_id: UUID, **changed: str) -> str:
    """The query with which it sends a driver; what is changed to nothing is left out."""
    asked = {"response_type": "code", "client_id": str(app_id), "redirect_uri": APP_BACK, "state": "s&1"}
    proof = {"code_challenge": CHALLENGE, "code_challenge_method": "S256", "scope": "driver"}
    return urlencode({name: value for name, value in {**asked, **proof, **changed}.items() if value})


def connected(store: Store, scene: Scene, say_yes: bool = True) -> App:
    app = App(app_of_others, scene.operator_id, "Volt", (APP_BACK, "https://volt.example/back?via=web", "http://127.0.0.1/back"), NOW)
    store.apps.put_app(app)
    ada = store.drivers.account_by_email("ada@example.org")
    if say_yes and ada is not None:
        code = authorise_app(store, AppCodeRequest(app, APP_BACK, CHALLENGE), ada.id, digest("ada"), fresh_secret, datetime.now(UTC))
        assert exchange_code(store, app.id, AppCodeExchange(code, APP_BACK, VERIFIER), fresh_secret, datetime.now(UTC))
    return app
