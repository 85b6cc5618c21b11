"""The handshake begun by us: we look at the partner's system, post our credentials, and get the partner's in exchange."""

from collections.abc import Callable

import msgspec

from forecourt.drivers import Peer
from forecourt.flows.ports import Outgoing, PartnerPost, PartnerUnreachable
from forecourt.ocpi import VERSIONS, OcpiCredentials, OcpiVersion, VersionDetails, newest_common, peer_of, version_url
from forecourt.roaming.line import data_of, heads
from forecourt.roaming.looking import looker, theirs

# The partner looks at us in turn before it answers.
_ANSWERS_WITHIN_S = 30.0
_MODULE = "credentials"


class OcpiDoor:
    """A PartnerDoor. conceal, reveal: as of RoamingPorts."""

    def __init__(self, post: PartnerPost, conceal: Callable[[str], str], reveal: Callable[[str], str]) -> None:
        self._post, self._conceal, self._reveal = post, conceal, reveal

    def join(self, versions_url: str, token: str, ours: OcpiCredentials) -> Peer:
        return self._exchanged("POST", versions_url, token, ours)

    def renew(self, peer: Peer, ours: OcpiCredentials) -> Peer:
        return self._exchanged("PUT", peer.versions_url, self._reveal(peer.key), ours)

    def leave(self, peer: Peer) -> None:
        url = next((one.url for one in peer.endpoints if one.module == _MODULE), None)
        if url is None:
            raise PartnerUnreachable("it does not serve credentials")
        data_of(self._post.ask(Outgoing("DELETE", url, heads(self._reveal(peer.key)))))

    def _exchanged(self, method: str, versions_url: str, token: str, ours: OcpiCredentials) -> Peer:
        details = self._details(versions_url, token)
        url = next((one.url for one in details.endpoints if one.identifier == _MODULE), None)
        if url is None:
            raise PartnerUnreachable("it does not serve credentials")
        sent = {**heads(token), "Content-Type": "application/json"}
        answer = self._post.ask(Outgoing(method, url, sent, msgspec.json.encode(ours), _ANSWERS_WITHIN_S))
        given: OcpiCredentials = theirs(data_of(answer), OcpiCredentials, "credentials")
        return peer_of(given, details, self._conceal(given.token))

    def _details(self, versions_url: str, token: str) -> VersionDetails:
        """Of the newest version that both speak."""
        look = looker(self._post, token)
        offered = look(versions_url, tuple[OcpiVersion, ...], "versions")
        version = newest_common(offered)
        url = version_url(offered, version) if version else None
        if url is None:
            theirs_are = ", ".join(one.version for one in offered) or "none"
            raise PartnerUnreachable(f"its versions are {theirs_are}; spoken here are {' and '.join(VERSIONS)}")
        details: VersionDetails = look(url, VersionDetails, "version details")
        if details.version != version:
            raise PartnerUnreachable(f"the details of version {version} are those of {details.version}")
        return details
