"""A document as one HTML file with styles, charts and pictures in it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from html import escape

from model.untrusted import visible_text
from portal.report.blocks import (
    Block,
    Chart,
    Heading,
    Paragraph,
    Picture,
    ReportDocument,
    TableBlock,
    cell_text,
    letters_of,
)

_FONTS = (
    '"CityReach Report", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", '
    '"Microsoft YaHei", sans-serif'
)
_STYLE = f"""
body {{ font-family: {_FONTS}; line-height: 1.6; color: #1b1f24;
  max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.7rem; line-height: 1.3; margin-bottom: 0; }}
h2 {{ font-size: 1.25rem; border-bottom: 2px solid #1f5fa8; padding-bottom: .2rem;
  margin-top: 2rem; }}
h3 {{ font-size: 1.05rem; }}
.issue {{ color: #57606a; margin-top: .2rem; }}
.warn {{ background: #fff4d6; border-left: 4px solid #9a6700; padding: .5rem .8rem; }}
table {{ border-collapse: collapse; width: 100%; font-size: .92rem; }}
caption, figcaption {{ color: #57606a; font-size: .9rem; text-align: center; padding: .3rem; }}
th, td {{ border-bottom: 1px solid #d0d7de; padding: .25rem .5rem; text-align: left; }}
th {{ background: #eef3f9; }}
.n {{ text-align: right; font-variant-numeric: tabular-nums; }}
figure {{ margin: 1rem 0; break-inside: avoid; }}
figure img {{ max-width: 100%; max-height: 30rem; display: block; margin: auto;
  border: 1px solid #d0d7de; }}
svg {{ width: 100%; height: auto; }}
svg text {{ font-family: {_FONTS}; font-size: 14px; fill: #1b1f24; }}
.scroll {{ overflow-x: auto; margin: 1.2rem 0; }}
.s {{ white-space: nowrap; }}
p {{ overflow-wrap: anywhere; }}
@page {{ size: A4; margin: 18mm 16mm; }}
@media print {{
  body {{ max-width: none; margin: 0; padding: 0; font-size: 10pt; line-height: 1.4; }}
  h1 {{ font-size: 1.5rem; }}
  svg {{ display: block; height: 5.4cm; margin: auto; }}
  th, td {{ padding: .06rem .5rem; }}
  h2 {{ margin-top: 1.2rem; }}
  p {{ margin: .5rem 0; }}
  figure, .scroll {{ margin: .6rem 0; }}
  .whole {{ break-inside: avoid; }}
  .long {{ break-before: page; }}
  h2, h3 {{ break-after: avoid; }}
  tr, .short {{ break-inside: avoid; }}
  tbody tr:nth-child(-n+3), tbody tr:nth-last-child(n+2):nth-last-child(-n+3) {{
    break-after: avoid; }}
  caption {{ break-after: avoid; }}
  .scroll {{ overflow: visible; }}
}}
"""
_SHORT = 16
"""Tables of so many rows are not broken over pages, nor chapters without any longer one."""
_NARROW = 18
"""Letters of a column's longest text that is never broken over lines."""
_HTML_LANG = {"zh": "zh-CN", "en": "en"}
_WIDTH, _BAR, _GAP, _LABEL, _VALUE = 720, 22, 10, 180, 60


def html_report(document: ReportDocument, font: bytes | None = None) -> bytes:
    """UTF-8; `font` (OpenType) is put in, for machines that have no Chinese one."""
    face = "" if font is None else _face(font)
    title = _said(document.title)
    body = "\n".join(_section(blocks) for blocks in document.sections.values() if blocks)
    return (
        f'<!DOCTYPE html>\n<html lang="{_HTML_LANG[document.lang]}">\n<head>\n'
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f"<title>{title}</title>\n<style>{face}{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<h1>{title}</h1>\n<p class="issue">{_said(document.subtitle)}</p>\n'
        f"{body}\n</main>\n</body>\n</html>\n"
    ).encode()


def _section(blocks: Sequence[Block]) -> str:
    """A chapter; on one page where its tables are short."""
    short = all(len(one.rows) <= _SHORT for one in blocks if isinstance(one, TableBlock))
    parts = "\n".join(part for block in blocks for part in _block(block))
    return f'<section class="{"whole" if short else "long"}">\n{parts}\n</section>'


def _said(text: str) -> str:
    return escape(visible_text(text))


def _face(font: bytes) -> str:
    data = b64encode(font).decode()
    source = f'url("data:font/otf;base64,{data}") format("opentype")'
    return f'@font-face {{ font-family: "CityReach Report"; src: {source}; }}'


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            level = block.level + 1
            yield f"<h{level}>{_said(block.text)}</h{level}>"
        case Paragraph():
            kind = ' class="warn"' if block.warns else ""
            yield f"<p{kind}>{_said(block.text)}</p>"
        case Chart():
            yield f"<figure>{_svg(block)}<figcaption>{_said(block.caption)}</figcaption></figure>"
        case TableBlock():
            yield from _table(block)
        case Picture():
            data = b64encode(block.jpeg).decode()
            yield (
                f'<figure><img alt="{_said(block.text)}" src="data:image/jpeg;base64,{data}">'
                f"<figcaption>{_said(block.caption)}</figcaption></figure>"
            )


def _table(table: TableBlock) -> Iterator[str]:
    kinds = [_kind(table, at) for at in range(len(table.head))]
    # Of the block around the table, for a browser parts a caption from its table.
    short = " short" if len(table.rows) <= _SHORT else ""
    yield f'<div class="scroll{short}"><table><caption>{_said(table.caption)}</caption>'
    heads = (
        f'<th scope="col"{kind}>{_said(name)}</th>'
        for kind, name in zip(kinds, table.head, strict=True)
    )
    yield f"<thead><tr>{''.join(heads)}</tr></thead><tbody>"
    for row in table.rows:
        cells = (
            f"<td{kind}>{_said(cell_text(cell))}</td>"
            for kind, cell in zip(kinds, row, strict=True)
        )
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"


def _kind(table: TableBlock, at: int) -> str:
    """Of a column: numbers, short texts that stay on one line, others."""
    cells = [row[at] for row in table.rows]
    if any(isinstance(cell, int | float) for cell in cells):
        return ' class="n"'
    longest = max((letters_of(cell_text(cell)) for cell in cells), default=0)
    return ' class="s"' if longest <= _NARROW else ""


def _svg(chart: Chart) -> str:
    most = max([*chart.values, 1e-9])
    room = _WIDTH - _LABEL - _VALUE
    height = (_BAR + _GAP) * len(chart.labels) + _GAP
    drawn = []
    for at, (label, value) in enumerate(zip(chart.labels, chart.values, strict=True)):
        top = _GAP + at * (_BAR + _GAP)
        width, middle = max(room * value / most, 0), top + 16
        drawn.append(
            f'<text x="{_LABEL - 8}" y="{middle}" text-anchor="end">{_said(label)}</text>'
            f'<rect x="{_LABEL}" y="{top}" width="{width:.1f}" height="{_BAR}" fill="#1f5fa8"/>'
            f'<text x="{_LABEL + width + 6:.1f}" y="{middle}">{value:.2f}</text>'
        )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{_said(chart.text)}">'
        f"<title>{_said(chart.title)}</title>{''.join(drawn)}</svg>"
    )
