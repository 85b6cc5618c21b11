"""What the law requires operators to publish about charging points, as DATEX II (3.7, its model for the AFIR). Pure.

Regulation (EU) 2023/1804, Art. 20, and Implementing Regulation (EU) 2025/655. Unknown values are left out.
"""

from forecourt.datex.missing_facts import missing_of_operator, missing_of_site
from forecourt.datex.places import PublicPoint, PublicSite, infrastructure_table, site_element
from forecourt.datex.publications import status_publication, table_publication
from forecourt.datex.states import PointState, site_status

__all__ = [
    "PointState",
    "PublicPoint",
    "PublicSite",
    "infrastructure_table",
    "missing_of_operator",
    "missing_of_site",
    "site_element",
    "site_status",
    "status_publication",
    "table_publication",
]
