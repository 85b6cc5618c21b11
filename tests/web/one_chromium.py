"""One browser for all tests of a process: to start one costs more than a second of a processor."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from playwright.sync_api import Browser, sync_playwright

from chromium import FLAGS, chromium_program

Lending = Callable[[], AbstractContextManager[Browser]]


@contextmanager
def one_chromium() -> Iterator[Lending]:
    """Started now; each test is lent it without anything open, and what the test leaves open is closed.

    Playwright marks its loop as the running one until its end, and no asynchronous test could run then: between tests it is not marked.
    """
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_program(), args=FLAGS)
        loop = asyncio.get_running_loop()

        @contextmanager
        def lent() -> Iterator[Browser]:
            asyncio._set_running_loop(loop)
            try:
                yield chromium
                for context in chromium.contexts:
                    context.close()
            finally:
                asyncio._set_running_loop(None)

        asyncio._set_running_loop(None)
        yield lent
        asyncio._set_running_loop(loop)
        chromium.close()
