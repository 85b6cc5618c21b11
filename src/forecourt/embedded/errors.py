"""The only error of this edge: a server that could not be started, explained in one line that a person can act on."""

from forecourt.kernel import Failed


class ServerFailed(Failed):
    """A server did not start, or may not be started here. The text says what happened, where, and what to do."""
