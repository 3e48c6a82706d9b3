"""The review form on A4 as a PDF, through the project's own writer: text selectable, same bytes each time."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence

from builder.media import fonts
from builder.media.infographic_book import PAGE, book
from builder.media.infographic_draw import (
    WIDTH,
    Box,
    Mark,
    Picture,
    Piece,
    Shape,
    Stroke,
    Text,
    moved,
)
from builder.media.text_layout import measure, wrap
from builder.review.form import (
    HEADING,
    FileRow,
    Form,
    Sheet,
    StepRow,
    forms,
    grouped,
    sized,
)
from builder.review.office import Office

# Units: 1080 to the width of A4, so 1 mm is 5.14 and 1 pt is 1.81.
LEFT, RIGHT, TOP, BOTTOM = 128.0, 977.0, 118.0, PAGE - 104.0
HEAD_Y, FOOT_Y = 86.0, PAGE - 70.0
LABEL = 124.0  # width of the column of labels
PAD = 9.0
RULE = 1.4
BODY, SMALL, TINY = 21.0, 18.0, 15.5  # 11.6, 10 and 8.5 pt
LEAD = 1.45
PEN = 62.0  # from the tick boxes to the line for a signature: 12 mm to write on
GUTTER = 62.0  # for numbers of lines
TALLEST = 620.0  # of a picture
INK, GREY = "#000000", "#4d4d4d"


def form_pdf(office: Office, identity: str | Sequence[str]) -> bytes:
    """The form of an item, or of several one after the other, each with pages of its own count."""
    made = forms(office, identity)
    pages = [page for form in made for page in _pages(form)]
    title = "、".join(dict.fromkeys(form.title for form in made))
    return book(pages, drawn(f"{HEADING}　{title}"), drawn(made[0].owner))


def drawn(text: str) -> str:
    """`text` with a name for each character that the font has not."""
    lacking = fonts.missing(text)
    if not lacking:
        return text
    return "".join(f"〔U+{ord(c):04X}〕" if c in lacking else c for c in text)


class _Flow:
    """Pages that fill from top to bottom."""

    def __init__(self) -> None:
        self.pages: list[list[Mark]] = [[]]
        self.y = TOP

    def turn(self) -> None:
        """Begin a page."""
        self.pages.append([])
        self.y = TOP

    def room(self, height: float) -> None:
        """Begin a page where `height` does not fit on this one."""
        if self.y + height > BOTTOM and self.y > TOP:
            self.turn()

    def put(self, piece: Piece) -> None:
        """A piece that no page border may cut."""
        self.room(piece.height)
        self.pages[-1] += [moved(mark, self.y) for mark in piece.marks]
        self.y += piece.height

    def row(self, label: str, parts: Sequence[Piece]) -> None:
        """A row of the table: its label at the left; it may go on over pages, between parts."""
        rest, head = list(parts), label
        whole = sum(part.height for part in parts) + 2 * PAD
        if whole <= (BOTTOM - TOP) / 3:
            self.room(whole)
        while rest:
            self.room(rest[0].height + 2 * PAD)
            inside: list[Piece] = []
            height = 2 * PAD
            while rest and (not inside or self.y + height + rest[0].height <= BOTTOM):
                inside.append(rest.pop(0))
                height += inside[-1].height
            self._cells(head, inside, height)
            head = f"{label}（续）"

    def _cells(self, label: str, inside: Sequence[Piece], height: float) -> None:
        marks: list[Mark] = [
            *_label(label, LEFT, self.y, height),
            Box(LEFT + LABEL, self.y, RIGHT - LEFT - LABEL, height, stroke=INK, width=RULE),
        ]
        down = self.y + PAD
        for part in inside:
            marks += [moved(mark, down) for mark in part.marks]
            down += part.height
        self.pages[-1] += marks
        self.y += height


def _label(words: str, left: float, top: float, height: float) -> Iterator[Mark]:
    """A cell with a label in its middle."""
    yield Box(left, top, LABEL, height, stroke=INK, width=RULE)
    lines = wrap(words, LABEL - 2 * PAD, BODY, 700)
    base = top + (height - len(lines) * BODY * LEAD) / 2 + BODY * (LEAD / 2 + 0.38)
    for line in lines:
        at = left + (LABEL - measure(line, BODY, 700)) / 2
        yield Text(at, base, line, BODY, 700, INK, left + LABEL)
        base += BODY * LEAD


def _pages(form: Form) -> list[list[Mark]]:
    flow = _Flow()
    flow.put(_head(form))
    (label, words), *facts = form.facts
    flow.row(label, list(_lines([words], BODY)))
    for at in range(0, len(facts), 2):
        flow.put(_beside(facts[at : at + 2]))
    flow.row("修改情况", list(_lines(form.changes, BODY)))
    flow.row("文件清单", [_file(row) for row in form.files])
    flow.row("检查结果", list(_lines(form.checks, BODY)))
    for step in form.steps:
        flow.row(step.label, [_step(step)])
    flow.row("说明", list(_lines([f"{n}. {t}" for n, t in enumerate(form.notices, 1)], TINY)))
    flow.turn()
    flow.put(_annex_head(form))
    for sheet in form.annex:
        for piece in _sheet(sheet):
            flow.put(piece)
    return [[*page, *_edge(form, n, len(flow.pages))] for n, page in enumerate(flow.pages, 1)]


# --- the head and the foot of pages ---------------------------------------------------------------


def _edge(form: Form, number: int, count: int) -> Iterator[Mark]:
    """What every page carries: whose form it is, the version, the number of the page."""
    version = f"版本 {form.digits}"
    wide = measure(version, SMALL, 700)
    yield Text(RIGHT - wide, HEAD_Y, version, SMALL, 700, INK, RIGHT + 1)
    room = RIGHT - LEFT - wide - 40
    yield Text(LEFT, HEAD_Y, _cut(f"{HEADING}　{form.identity}", room), SMALL, 400, GREY, RIGHT)
    yield Stroke(((LEFT, HEAD_Y + 12), (RIGHT, HEAD_Y + 12)), GREY, 1)
    words = f"第 {number} 页　共 {count} 页"
    wide = measure(words, SMALL)
    yield Text((WIDTH - wide) / 2, FOOT_Y, words, SMALL, 400, INK, RIGHT)


def _cut(text: str, width: float) -> str:
    """`text`, shortened in its middle where it is wider than `width`."""
    text = drawn(text)
    keep = len(text)
    short = text
    while measure(short, SMALL) > width and keep > 2:
        keep -= 1
        short = f"{text[: keep - keep // 2]}…{text[-(keep // 2) :]}"
    return short


def _head(form: Form) -> Piece:
    """The name of the form, and its version: as digits, whole, and as a code to scan."""
    piece = Piece()
    side = 128.0
    room = RIGHT - LEFT - side - 30
    wide = measure(form.owner, 25)
    owner = drawn(form.owner)
    piece.add(Text(LEFT + max(0.0, (room + side + 30 - wide) / 2), 36, owner, 25, 400, INK, RIGHT))
    wide = measure(HEADING, 44, 700)
    piece.add(Text((LEFT + RIGHT - wide) / 2, 94, HEADING, 44, 700, INK, RIGHT))
    piece.text((LEFT, 120, room), f"版本　{form.digits}", 25, 700, INK, 1.4)
    piece.text((LEFT, 158, room), grouped(form.version), TINY, 400, GREY, 1.35)
    piece.add(Shape(RIGHT - side, 44, side / len(form.qr), _code(form.qr), INK))
    piece.height = 44 + side + 16
    return piece


def _code(rows: Sequence[Sequence[bool]]) -> str:
    """The dark fields of a code as one outline, so that no seam shows between them."""
    out = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end]:
                end += 1
            if end > x:
                out.append(f"M{x} {y}L{end} {y}L{end} {y + 1}L{x} {y + 1}Z")
            x = max(end, x + 1)
    return "".join(out)


# --- rows -----------------------------------------------------------------------------------------


def _beside(facts: Sequence[tuple[str, str]]) -> Piece:
    """Short facts in one row, each with its label."""
    piece = Piece()
    span = (RIGHT - LEFT) / len(facts)
    room = span - LABEL - 2 * PAD
    set_ = [wrap(drawn(words), room, BODY, balance=False) for _, words in facts]
    piece.height = max(map(len, set_)) * BODY * LEAD + 2 * PAD
    for number, ((label, _), lines) in enumerate(zip(facts, set_, strict=True)):
        left = LEFT + number * span
        piece.add(*_label(label, left, 0, piece.height))
        piece.add(Box(left + LABEL, 0, span - LABEL, piece.height, stroke=INK, width=RULE))
        for at, line in enumerate(lines):
            _set(piece, left + LABEL + PAD, PAD + at * BODY * LEAD, line, BODY)
    return piece


def _lines(texts: Iterable[str], size: float) -> Iterator[Piece]:
    """A piece for each line, so that a page may end between any two."""
    for text in texts:
        for line in wrap(drawn(text), RIGHT - LEFT - LABEL - 2 * PAD, size, balance=False):
            piece = Piece(height=size * LEAD)
            _set(piece, LEFT + LABEL + PAD, 0, line, size)
            yield piece


def _set(piece: Piece, x: float, top: float, line: str, size: float, fill: str = INK) -> None:
    """One line that fits."""
    if line.strip():
        base = top + size * (LEAD / 2 + 0.38)
        piece.add(Text(x, base, line, size, 400, fill, x + measure(line, size) + 1))


def _file(row: FileRow) -> Piece:
    """A file: its path, how large, what became of it, the hash whole."""
    piece = Piece()
    left, width = LEFT + LABEL + PAD, RIGHT - LEFT - LABEL - 2 * PAD
    down = 0.0
    first = f"{row.path}　{sized(row.size)}　{row.change}　{row.sha256[:16]}"
    for line in wrap(drawn(first), width, SMALL, balance=False):
        _set(piece, left, down, line, SMALL)
        down += SMALL * LEAD
    for line in wrap(f"SHA-256 {row.sha256}", width, TINY, balance=False):
        _set(piece, left, down, line, TINY, GREY)
        down += TINY * LEAD
    piece.height = down + 4
    return piece


def _step(step: StepRow) -> Piece:
    """A review: what was taken already is printed, the rest has room for a pen."""
    piece = Piece()
    left, width = LEFT + LABEL + PAD, RIGHT - LEFT - LABEL - 2 * PAD
    able = f"有权签的人：{step.able}" if step.able and step.asked else ""
    down = piece.text((left, 0, width), drawn(step.duty), SMALL, 700, INK, LEAD)
    beside = left + measure(step.duty, SMALL, 700) + SMALL
    if able and beside + measure(drawn(able), TINY) <= left + width:
        _set(piece, beside, 2, drawn(able), TINY, GREY)
    elif able:
        down = piece.text((left, down, width), drawn(able), TINY, 400, GREY, LEAD)
    if not step.asked:
        _set(piece, left, down, "按审核办法，这一版不需要这一审。", SMALL)
        piece.height = down + SMALL * LEAD
        return piece
    if step.name:
        words = f"已通过：{step.name}　{step.time}" + (f"　意见：{step.note}" if step.note else "")
        piece.height = piece.text((left, down, width), drawn(words), BODY, 400, INK, LEAD)
        return piece
    _set(piece, left, down + 2, "□ 通过　□ 退回　　意见：", BODY)
    base = down + 2 + PEN
    _set(piece, left + width * 0.36, base, "签名：", BODY)
    _set(piece, left + width * 0.72, base, "年　　　月　　　日", BODY)
    piece.height = base + BODY * LEAD
    return piece


# --- the annex ------------------------------------------------------------------------------------


def _annex_head(form: Form) -> Piece:
    piece = Piece()
    words = "附件　送审内容全文"
    wide = measure(words, 30, 700)
    piece.add(Text((LEFT + RIGHT - wide) / 2, 34, words, 30, 700, INK, RIGHT))
    down = piece.text((LEFT, 56, RIGHT - LEFT), drawn(f"{form.title}"), BODY, 400, INK, LEAD)
    piece.height = down + 14
    return piece


def _sheet(sheet: Sheet) -> Iterator[Piece]:
    """A file of the annex in pieces: its name, then lines, a picture or a reason."""
    head = Piece()
    width = RIGHT - LEFT
    down = head.text((LEFT, 12, width), drawn(f"{sheet.path}（{sheet.about}）"), SMALL, 700, INK)
    head.add(Stroke(((LEFT, down + 4), (RIGHT, down + 4)), INK, 1.4))
    head.height = down + 14
    if sheet.png:
        yield _with_picture(head, sheet)
        return
    yield head
    if sheet.why:
        piece = Piece()
        piece.height = piece.text((LEFT, 0, width), sheet.why, SMALL) + 10
        yield piece
    for number, line in enumerate(sheet.lines, 1):
        yield from _numbered(number, drawn(line))


def _with_picture(head: Piece, sheet: Sheet) -> Piece:
    """The name of a picture and the picture; no page ends between them."""
    scale = min((RIGHT - LEFT) / sheet.width, TALLEST / sheet.height, 1.2)
    wide, tall = sheet.width * scale, sheet.height * scale
    size = f'width="{sheet.width}" height="{sheet.height}"'
    data = base64.b64encode(sheet.png).decode()
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {sheet.width} {sheet.height}">'
        f'<image {size} href="data:image/png;base64,{data}"/></svg>'
    )
    head.add(Picture(LEFT, head.height, wide, tall, svg))
    head.height += tall + 16
    return head


def _numbered(number: int, text: str) -> Iterator[Piece]:
    """A line of a text as it was written: indented as it is, its number at its first line on paper."""
    bare = text.lstrip(" ")
    indent = min((len(text) - len(bare)) * measure(" ", SMALL), 260.0)
    left = LEFT + GUTTER + indent
    for at, line in enumerate(wrap(bare, RIGHT - left, SMALL, balance=False) or [""]):
        piece = Piece(height=SMALL * LEAD)
        if at == 0:
            wide = measure(str(number), TINY)
            _set(piece, LEFT + GUTTER - 18 - wide, 0.11 * SMALL, str(number), TINY, GREY)
        _set(piece, left, 0, line, SMALL)
        yield piece
