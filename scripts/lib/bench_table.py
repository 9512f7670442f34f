# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures and tables as all benchmarks print them."""


def number(value):
    """Three digits or all there are before the point, with commas."""
    digits = 3 if value < 0.1 else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{digits}f}"


def markdown(head, rows):
    """A Markdown table that is one in a terminal, too."""
    widths = [max(len(row[i]) for row in [head] + rows) for i in range(len(head))]

    def line(row):
        cells = [row[0].ljust(widths[0])]
        cells += [text.rjust(width) for text, width in zip(row[1:], widths[1:])]
        return "| " + " | ".join(cells) + " |"

    rule = "|:" + "-" * (widths[0] + 1)
    rule += "".join("|" + "-" * (width + 1) + ":" for width in widths[1:]) + "|"
    return "\n".join([line(head), rule] + [line(row) for row in rows])
