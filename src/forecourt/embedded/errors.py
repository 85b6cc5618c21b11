"""The one error of this edge: a server that could not be started, in one line a person can act on."""


class ServerFailed(RuntimeError):
    """A server did not start, or may not be started here. The text says what happened, where, and what to do."""
