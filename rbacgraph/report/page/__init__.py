"""Everything as one HTML file, to be passed round and opened anywhere."""

from rbacgraph.report.page.html import page_html

__all__ = ["page_html"]
