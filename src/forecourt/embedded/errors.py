"""The one error of this edge: a server that could not be started, in one line a person can act on."""

from forecourt.kernel import Failed


class ServerFailed(Failed):
    """A server did not start, or may not be started here. The text says what happened, where, and what to do."""
