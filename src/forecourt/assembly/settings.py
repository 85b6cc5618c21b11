"""The settings of an installation, from environment variables, checked once at the start."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from forecourt.kernel import BadInput


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """pairs: a certificate with its chain, and its key. old_suites: also cipher suites without forward secrecy, the only ones of older
    chargers.

    chargers_ca: signs chargers' own certificates; None = they are not asked for one. chargers_ca_key: the key of one of those; None = a
    person has chargers' requests signed. revoked: their certificates that are no longer valid. organisation: the O in them; empty = any.
    """

    pairs: tuple[tuple[Path, Path], ...]
    old_suites: bool = False
    chargers_ca: Path | None = None
    chargers_ca_key: Path | None = None
    organisation: str = ""
    revoked: Path | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """database_url / nats_url: None = start our own in the state folder.

    stripe: cards are charged by Stripe; provider_url is then empty except for a server that stands in for it, provider_secret is the
    API key, and webhook_secrets are those of the webhook endpoint, newest first.
    smtp_url: the mail server; empty = emails are stored, not sent. mail_from: their sender address.
    ocpp_url: where chargers reach the gateway, as shown to their owner; empty = its port at the host of the page request.
    ocpp_tls: of the chargers' port; None = plain sockets.
    public_url: where drivers reach the pages, as printed in codes. card_key: Stripe's publishable key, for guests' cards.
    ocpi_private: roaming partners may be at private addresses, and without https: for trials, and networks of one's own.
    sso_private: companies' identity providers may be at private addresses. sso_ca: file of one's own authorities that sign for them;
    None = only the public ones.
    map_tiles: URL template of the images behind maps; empty = the outline that is shipped. map_attribution: their source.
    contract_roots: file with the roots of mobility operators whose contracts in cars are accepted; None = none.
    contract_service: issues contracts to cars, with its secret; empty = not available.
    ocsp_responders: issuers of plug-and-charge certificates that are asked on behalf of chargers; empty = none.
    legal_pages: the addresses of the terms, the privacy notice and the legal notice; each may be empty.
    health: the address only for health checks and metrics; None = at http, if the process has pages.
    unknown_chargers: unannounced chargers are listed for approval; join_key: only those that know it.
    """

    http: Address
    ocpp: Address
    state: Path
    database_url: str | None
    nats_url: str | None
    provider_url: str
    provider_secret: str
    secure_cookies: bool
    stripe: bool = False
    webhook_secrets: tuple[str, ...] = ()
    unknown_chargers: bool = True
    join_key: str = ""
    public_url: str = ""
    card_key: str = ""
    smtp_url: str = ""
    mail_from: str = ""
    ocpp_url: str = ""
    ocpi_private: bool = False
    sso_private: bool = False
    sso_ca: Path | None = None
    ocpp_tls: TlsFiles | None = None
    map_tiles: str = ""
    map_attribution: str = ""
    ocsp_responders: tuple[str, ...] = ()
    contract_roots: Path | None = None
    contract_service: str = ""
    contract_service_secret: str = field(default="", repr=False)
    health: Address | None = None
    legal_pages: tuple[str, ...] = ("", "", "")


def settings_from(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read FORECOURT_HTTP, FORECOURT_HEALTH, FORECOURT_OCPP and variables that begin so, FORECOURT_STATE, DATABASE_URL, NATS_URL,
    FORECOURT_UNKNOWN_CHARGERS, FORECOURT_JOIN_KEY, FORECOURT_SMTP, FORECOURT_MAIL_FROM, FORECOURT_OCPI_PRIVATE, FORECOURT_SSO_PRIVATE,
    FORECOURT_SSO_CA, FORECOURT_MAP_TILES, FORECOURT_OCSP_RESPONDERS, FORECOURT_CONTRACT_ROOTS, FORECOURT_CONTRACT_SERVICE and its
    secret, FORECOURT_PROVIDER and variables that begin so, FORECOURT_TERMS_URL, FORECOURT_PRIVACY_URL, FORECOURT_LEGAL_NOTICE_URL."""
    stripe = _provider(environment) == "stripe"
    secrets = tuple(secret for secret in environment.get("FORECOURT_PROVIDER_WEBHOOK_SECRETS", "").split(",") if secret)
    if stripe and not (environment.get("FORECOURT_PROVIDER_SECRET") and secrets):
        raise BadInput(
            "provider",
            "FORECOURT_PROVIDER=stripe needs the API key and the secret of the webhook endpoint.",
            "Set FORECOURT_PROVIDER_SECRET and FORECOURT_PROVIDER_WEBHOOK_SECRETS.",
        )
    return Settings(
        http=address(environment.get("FORECOURT_HTTP", "127.0.0.1:8080"), "FORECOURT_HTTP"),
        ocpp=address(environment.get("FORECOURT_OCPP", "127.0.0.1:9000"), "FORECOURT_OCPP"),
        state=Path(environment.get("FORECOURT_STATE", ".forecourt")).absolute(),
        database_url=environment.get("DATABASE_URL") or None,
        nats_url=environment.get("NATS_URL") or None,
        provider_url=environment.get("FORECOURT_PROVIDER_URL", "" if stripe else "http://127.0.0.1:8090"),
        provider_secret=environment.get("FORECOURT_PROVIDER_SECRET", ""),
        secure_cookies=environment.get("FORECOURT_SECURE_COOKIES", "") == "1",
        stripe=stripe,
        webhook_secrets=secrets,
        unknown_chargers=_unknown_chargers(environment),
        join_key=environment.get("FORECOURT_JOIN_KEY", ""),
        public_url=_public_url(environment),
        card_key=environment.get("FORECOURT_PROVIDER_PUBLIC_KEY", ""),
        smtp_url=environment.get("FORECOURT_SMTP", ""),
        mail_from=environment.get("FORECOURT_MAIL_FROM", ""),
        ocpp_url=_ocpp_url(environment),
        sso_private=environment.get("FORECOURT_SSO_PRIVATE", "") == "1",
        sso_ca=_path(environment, "FORECOURT_SSO_CA"),
        ocpi_private=environment.get("FORECOURT_OCPI_PRIVATE", "") == "1",
        ocpp_tls=_ocpp_tls(environment),
        map_tiles=_map_tiles(environment),
        map_attribution=environment.get("FORECOURT_MAP_ATTRIBUTION", ""),
        ocsp_responders=_ocsp_responders(environment),
        contract_roots=_path(environment, "FORECOURT_CONTRACT_ROOTS"),
        contract_service=_contract_service(environment),
        contract_service_secret=environment.get("FORECOURT_CONTRACT_SERVICE_SECRET", ""),
        health=address(health, "FORECOURT_HEALTH") if (health := environment.get("FORECOURT_HEALTH")) else None,
        legal_pages=tuple(_web_page(environment, f"FORECOURT_{name}_URL") for name in ("TERMS", "PRIVACY", "LEGAL_NOTICE")),
    )


def _ocpp_tls(environment: Mapping[str, str]) -> TlsFiles | None:
    certificates, keys = (_paths(environment, f"FORECOURT_OCPP_TLS_{name}") for name in ("CERT", "KEY"))
    if len(certificates) != len(keys):
        raise BadInput(
            "ocpp_tls",
            "FORECOURT_OCPP_TLS_CERT and FORECOURT_OCPP_TLS_KEY do not list the same number of files.",
            "List one key for each certificate.",
        )
    pairs = tuple(zip(certificates, keys, strict=True))
    authority, key, revoked = (_path(environment, f"FORECOURT_OCPP_TLS_CLIENT_{name}") for name in ("CA", "CA_KEY", "CRL"))
    if authority and not pairs:
        raise BadInput(
            "ocpp_tls",
            "FORECOURT_OCPP_TLS_CLIENT_CA needs TLS on that port.",
            "Set FORECOURT_OCPP_TLS_CERT and FORECOURT_OCPP_TLS_KEY too.",
        )
    if key and not authority:
        raise BadInput("ocpp_tls", "FORECOURT_OCPP_TLS_CLIENT_CA_KEY has no certificate.", "Set FORECOURT_OCPP_TLS_CLIENT_CA too.")
    if revoked and not authority:
        raise BadInput(
            "ocpp_tls", "FORECOURT_OCPP_TLS_CLIENT_CRL has no certificates to apply to.", "Set FORECOURT_OCPP_TLS_CLIENT_CA too."
        )
    old, organisation = environment.get("FORECOURT_OCPP_TLS_OLD", "") == "1", environment.get("FORECOURT_OCPP_TLS_CLIENT_O", "")
    return TlsFiles(pairs, old, authority, key, organisation, revoked) if pairs else None


def _ocsp_responders(environment: Mapping[str, str]) -> tuple[str, ...]:
    found = tuple(one.strip() for one in environment.get("FORECOURT_OCSP_RESPONDERS", "").split(",") if one.strip())
    for one in found:
        if not re.fullmatch(r"https?://[^\s/?#@]+/?", one):
            text = f"FORECOURT_OCSP_RESPONDERS: {one!r} is not a server."
            raise BadInput("ocsp_responders", text, "Write each as http://ocsp.example, separated by commas.")
    return found


def _contract_service(environment: Mapping[str, str]) -> str:
    address, secret = (environment.get(f"FORECOURT_CONTRACT_SERVICE{name}", "") for name in ("", "_SECRET"))
    if address and not re.fullmatch(r"https://[^\s/?#@]+(/[^\s#]*)?", address):
        text = f"FORECOURT_CONTRACT_SERVICE={address!r} is not a TLS address."
        raise BadInput("contract_service", text, "Write it as https://contracts.example/issue.")
    if address and not (secret and secret.isascii() and secret.isprintable()):
        raise BadInput("contract_service", "FORECOURT_CONTRACT_SERVICE needs a secret.", "Set FORECOURT_CONTRACT_SERVICE_SECRET.")
    return address


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    text = environment.get(name, "").strip()
    return Path(text).absolute() if text else None


def _paths(environment: Mapping[str, str], name: str) -> list[Path]:
    return [Path(one.strip()).absolute() for one in environment.get(name, "").split(",") if one.strip()]


def _ocpp_url(environment: Mapping[str, str]) -> str:
    url = environment.get("FORECOURT_OCPP_URL", "").rstrip("/")
    if url and not re.fullmatch(r"wss?://[^\s?#]+", url):
        raise BadInput(
            "ocpp_url",
            f"FORECOURT_OCPP_URL={url!r} is not an address that chargers can connect to.",
            "Write it as wss://charge.example/ocpp.",
        )
    return url


def _public_url(environment: Mapping[str, str]) -> str:
    url = environment.get("FORECOURT_PUBLIC_URL", "")
    if url and not url.startswith(("https://", "http://")):
        raise BadInput(
            "public_url", f"FORECOURT_PUBLIC_URL={url!r} is not the address of a website.", "Write it as https://charge.example."
        )
    return url


def _web_page(environment: Mapping[str, str], name: str) -> str:
    url = environment.get(name, "").strip()
    if url and not re.fullmatch(r"https://[^\s/?#@]+(/[^\s]*)?", url):
        raise BadInput("web_page", f"{name}={url!r} is not the address of a page.", "Write it as https://company.example/{language}/terms.")
    return url


def _map_tiles(environment: Mapping[str, str]) -> str:
    url = environment.get("FORECOURT_MAP_TILES", "")
    if url and not (re.fullmatch(r"https://[\w.:-]+/[^\s;,\"']+", url) and all(part in url for part in ("{z}", "{x}", "{y}"))):
        raise BadInput(
            "map_tiles",
            f"FORECOURT_MAP_TILES={url!r} is not an address of map tiles.",
            "Write it as https://tiles.example/{z}/{x}/{y}.png.",
        )
    if url and not environment.get("FORECOURT_MAP_ATTRIBUTION"):
        raise BadInput(
            "map_attribution",
            "FORECOURT_MAP_TILES needs FORECOURT_MAP_ATTRIBUTION.",
            "Set it to the attribution that their owner requires.",
        )
    return url


def _unknown_chargers(environment: Mapping[str, str]) -> bool:
    word = environment.get("FORECOURT_UNKNOWN_CHARGERS", "pending")
    if word not in ("pending", "refuse"):
        raise BadInput("unknown_chargers", f"FORECOURT_UNKNOWN_CHARGERS={word!r} is not known.", "Use pending, or refuse.")
    return word == "pending"


def _provider(environment: Mapping[str, str]) -> str:
    name = environment.get("FORECOURT_PROVIDER", "simulated")
    if name not in ("simulated", "stripe"):
        raise BadInput("provider", f"FORECOURT_PROVIDER={name!r} is not known.", "Use stripe, or simulated.")
    return name


def address(text: str, name: str) -> Address:
    """ "127.0.0.1:8080", "[::1]:8080" or ":8080" (all interfaces)."""
    host, _, port = text.rpartition(":")
    if not port.isdigit() or not 0 <= int(port) <= 65535:
        raise BadInput("address", f"{name}={text!r} is not an address.", "Write HOST:PORT, such as 127.0.0.1:8080.")
    return Address(host.strip("[]") or "0.0.0.0", int(port))  # noqa: S104 - only where the operator leaves the host out
