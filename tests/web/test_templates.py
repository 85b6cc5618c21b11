"""Templates do not reassign the global names that every template uses."""

import pytest
from jinja2 import nodes

from forecourt.web.frame.rendering import _environment

ENGLISH = _environment("en")


@pytest.mark.parametrize("name", ENGLISH.list_templates(["html"]))
def test_no_template_reassigns_a_global_name_that_components_read(name):
    """Components are imported with their page's context: a page's own "pills" made every state look the same."""
    text, *_ = ENGLISH.loader.get_source(ENGLISH, name)
    assigned = {one.name for one in ENGLISH.parse(text).find_all(nodes.Name) if one.ctx == "store"}
    assert not assigned & ENGLISH.globals.keys()
