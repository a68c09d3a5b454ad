"""Blocks of a page: sentences, tables and charts as HTML that reaches for nothing outside itself.

The rule that must not break: every text is escaped, also names of groups that an agency wrote.
"""

import base64
from html import escape

import pandas as pd
from matplotlib.figure import Figure as Chart

from reporting.charts import written


def sentence(text: str) -> str:
    """A sentence as a paragraph, of the class that its first word names.

    >>> sentence("Limit: a < b.")
    '<p class="limit">Limit: a &lt; b.</p>'
    """
    kind = escape(text.partition(":")[0].lower().replace(" ", "-"))
    return f'<p class="{kind}">{escape(text)}</p>'


def table(rows: pd.DataFrame) -> str:
    """A table, its texts as they are; a line in place of an empty one."""
    if rows.empty:
        return '<p class="empty">No rows.</p>'
    return rows.to_html(index=False, border=0, escape=True)


def picture(chart: Chart, text: str) -> str:
    """A chart as an image within the page, with a text for whoever does not see it."""
    data = base64.b64encode(written(chart)).decode()
    return f'<img alt="{escape(text)}" src="data:image/png;base64,{data}">'
