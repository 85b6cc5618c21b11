"""Turns a PDF/A-3 with an attached XML into a Factur-X (ZUGFeRD 2) file by adding four properties to its metadata.

The typesetter attaches the file but cannot write metadata of other schemas. So an incremental update is appended:
the metadata object again, with the properties and the description of their schema that PDF/A requires.
"""

import re

FILE_NAME = "factur-x.xml"
_NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROPERTIES = (
    ("DocumentType", "INVOICE", "The type of the hybrid document"),
    ("DocumentFileName", FILE_NAME, "The name of the embedded XML document"),
    ("Version", "1.0", "The version of the standard that the embedded XML document follows"),
    ("ConformanceLevel", "EN 16931", "The profile that the embedded XML document follows"),
)
_METADATA = re.compile(rb"(\d+) 0 obj\s*<<[^>]*/Type\s*/Metadata[^>]*>>\s*stream\r?\n")
_METADATA_TYPE = b"/Type/Metadata"
_OBJECT_HEAD = 200  # bytes of the metadata object that precede its type
_TRAILER = re.compile(rb"trailer\s*<<(.*)>>\s*startxref\s+(\d+)\s+%%EOF\s*\Z", re.DOTALL)
_SCHEMAS_END = b"</rdf:Bag></pdfaExtension:schemas>"
_RDF_END = b"</rdf:RDF>"


def facturx(pdf: bytes) -> bytes:
    """The same file with the properties. Equal input gives equal bytes. Raises ValueError for a PDF not built as expected."""
    # Searches from shortly before the type: from the start of the file, the pattern would be tried at every number.
    type_at = pdf.rfind(_METADATA_TYPE)
    found, trailer = _METADATA.search(pdf, max(0, type_at - _OBJECT_HEAD)), _TRAILER.search(pdf[-2048:])
    if found is None or trailer is None:
        raise ValueError("the typesetter builds its files differently now: no metadata or trailer found")
    number = int(found[1])
    xmp = _with_properties(pdf[found.end() : pdf.index(b"endstream", found.end())].rstrip(b"\r\n"))
    start = len(pdf) + 1
    updated = b"\n%d 0 obj\n<</Type/Metadata/Subtype/XML/Length %d>>\nstream\n%s\nendstream\nendobj\n" % (number, len(xmp), xmp)
    table = b"xref\n%d 1\n%010d 00000 n \ntrailer\n<<%s/Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
    return pdf + updated + table % (number, start, trailer[1], int(trailer[2]), len(pdf) + len(updated))


def _with_properties(xmp: bytes) -> bytes:
    if xmp.count(_SCHEMAS_END) != 1 or xmp.count(_RDF_END) != 1:
        raise ValueError("the typesetter writes its metadata differently now")
    values = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, value, _ in _PROPERTIES)
    description = f'<rdf:Description rdf:about="" xmlns:fx="{_NAMESPACE}">{values}</rdf:Description>'
    return xmp.replace(_SCHEMAS_END, _schema() + _SCHEMAS_END).replace(_RDF_END, description.encode() + _RDF_END)


def _schema() -> bytes:
    """PDF/A requires every property outside its own schemas to be described in the file."""
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        f"<pdfaProperty:category>external</pdfaProperty:category><pdfaProperty:description>{text}</pdfaProperty:description></rdf:li>"
        for name, _, text in _PROPERTIES
    )
    return (
        '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
        f"<pdfaSchema:namespaceURI>{_NAMESPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    ).encode()
