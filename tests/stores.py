"""Where a test of a flow keeps its papers."""

import pytest

# In memory as well as on PostgreSQL. These tests together ask all that flows ask of a store: of the tests that call a method in the same
# way and get the same sort of answer, where tests/store has none, the cheapest. A flow that asks in a new way needs one more.
both_stores = pytest.mark.parametrize("any_transactions", ["postgres", "memory"], indirect=True)
