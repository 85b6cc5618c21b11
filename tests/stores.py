"""Where a test of a flow stores its values."""

import pytest

# In memory as well as on PostgreSQL: of the tests that call methods of the store in the same way and get the same sort of answer, the
# cheapest. What each method answers by itself is in tests/store.
both_stores = pytest.mark.parametrize("any_transactions", ["postgres", "memory"], indirect=True)
