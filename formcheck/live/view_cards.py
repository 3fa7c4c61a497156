"""Cards of the live window: dark panels with words on them, painted once for each content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from formcheck.coach.guidance import Count, Hint
from formcheck.live.chooser import Row
from formcheck.report.overlay_sprites import Canvas, Sprite
from formcheck.report.palette import ALARM, CAUTION, COMFORT, LEG_COLOURS, MUTED, PAPER, Rgb
from formcheck.report.text import BOLD, LINE_HEIGHT, REGULAR, SEMIBOLD, TextBlock, text_width_px, wrapped

__all__ = ["Style", "advice_card", "chooser_card", "correction_card", "count_card", "hint_bar", "notice_card", "text_card", "title_card"]

_TRACK: Rgb = (74, 84, 100)
_OPACITY = 0.86


@dataclass(frozen=True, slots=True)
class Style:
    """Text size, px, and the widest a card may be, px."""

    em: float
    most: float

    def size(self, ems: float) -> int:
        """A text size in px."""
        return max(8, round(ems * self.em))


def _block(text: str, width: float, size: int, weight: int = REGULAR) -> TextBlock:
    lines = wrapped(text, int(width), size, weight)
    widest = max((text_width_px(line, size, weight) for line in lines), default=0)
    return TextBlock(tuple(lines), size, widest, round(len(lines) * size * LINE_HEIGHT))


def title_card(style: Style, title: str, instruction: str, detail: Sequence[str], progress: float | None) -> Sprite:
    """Where we are and what to do now, with a bar of what is being waited for."""
    em, pad = style.em, 0.8 * style.em
    room = style.most - 2 * pad
    head = _block(title, room, style.size(0.95), SEMIBOLD)
    main = _block(instruction, room, style.size(1.5), BOLD)
    more = [_block(line, room, style.size(1.0)) for line in detail]
    bar = 1.1 * em if progress is not None else 0.0
    width = max(block.width_px for block in (head, main, *more)) + 2 * pad
    width = max(width, 14 * em if progress is not None else 0.0)
    height = 2 * 0.65 * em + head.height_px + main.height_px + sum(block.height_px + 0.15 * em for block in more) + bar
    canvas = Canvas(round(width), round(height))
    canvas.panel(0.5 * em, opacity=_OPACITY)
    y = 0.65 * em
    canvas.block(head, pad, y, MUTED, SEMIBOLD)
    y += head.height_px
    canvas.block(main, pad, y, PAPER, BOLD)
    y += main.height_px
    for block in more:
        y += 0.15 * em
        canvas.block(block, pad, y, PAPER)
        y += block.height_px
    if progress is not None:
        y += 0.45 * em
        canvas.box(pad, y, width - 2 * pad, 0.45 * em, 0.22 * em, _TRACK)
        canvas.box(pad, y, max(0.45 * em, (width - 2 * pad) * progress), 0.45 * em, 0.22 * em, COMFORT)
    return canvas.sprite()


def count_card(style: Style, count: Count, others: Sequence[Count], remaining_s: int | None) -> Sprite:
    """The large count of the leg at work, with the other leg small below; in a countdown its seconds."""
    em = style.em
    name = "Both legs" if count.side is None else f"{count.side.value.capitalize()} leg"
    colour = PAPER if count.side is None else LEG_COLOURS[count.side]
    number = str(count.done if remaining_s is None else remaining_s)
    below = f"of {count.target}" if remaining_s is None else "seconds"
    big = style.size(6.5)
    width = max(9.5 * em, text_width_px(number, big, BOLD) + 1.6 * em)
    rest = [one for one in others if one.side is not count.side]
    height = 10.2 * em + 1.3 * em * len(rest)
    canvas = Canvas(round(width), round(height))
    canvas.panel(0.5 * em, opacity=_OPACITY)
    canvas.box(0.8 * em, 0.75 * em, 0.75 * em, 0.75 * em, 0.2 * em, colour)
    canvas.text(name, 1.9 * em, 1.5 * em, style.size(1.15), PAPER, SEMIBOLD)
    canvas.text(number, (width - text_width_px(number, big, BOLD)) / 2, 7.4 * em, big, PAPER, BOLD)
    size = style.size(1.35)
    canvas.text(below, (width - text_width_px(below, size, SEMIBOLD)) / 2, 9.4 * em, size, MUTED, SEMIBOLD)
    for place, one in enumerate(rest):
        other = "Both" if one.side is None else one.side.value.capitalize()
        line = f"{other} {one.done} of {one.target}"
        small = style.size(0.95)
        canvas.text(line, (width - text_width_px(line, small)) / 2, (10.5 + 1.3 * place) * em, small, MUTED)
    return canvas.sprite()


def _warning(canvas: Canvas, x: float, y: float, size: float, colour: Rgb, ink: Rgb) -> None:
    """A triangle with a stroke and a dot: a warning without colour, too."""
    canvas.polygon([(x + size / 2, y), (x + size, y + 0.9 * size), (x, y + 0.9 * size)], colour)
    canvas.box(x + 0.45 * size, y + 0.32 * size, 0.1 * size, 0.28 * size, 0.03 * size, ink)
    canvas.disc(x + size / 2, y + 0.73 * size, 0.065 * size, ink)


def correction_card(style: Style, text: str, detail: str) -> Sprite:
    """The one thing to do better now, to be read from the other end of the room."""
    em, icon = style.em, 3.0 * style.em
    room = style.most - icon - 2.6 * em
    main = _block(text, room, style.size(2.3), BOLD)
    more = _block(detail, room, style.size(1.0))
    body = main.height_px + (0.3 * em + more.height_px if more.lines else 0)
    width = icon + 2.6 * em + max(main.width_px, more.width_px)
    height = max(icon, body) + 1.4 * em
    canvas = Canvas(round(width), round(height))
    canvas.panel(0.5 * em, opacity=0.92)
    canvas.box(0, 0, 0.5 * em, height, 0.25 * em, CAUTION)
    _warning(canvas, 1.1 * em, (height - 0.9 * icon) / 2, icon, CAUTION, (12, 16, 24))
    x, y = icon + 1.9 * em, (height - body) / 2
    canvas.block(main, x, y, PAPER, BOLD)
    if more.lines:
        canvas.block(more, x, y + main.height_px + 0.3 * em, PAPER)
    return canvas.sprite()


def notice_card(style: Style, text: str) -> Sprite:
    """A short passing line."""
    em = style.em
    block = _block(text, style.most - 1.8 * em, style.size(1.35), SEMIBOLD)
    canvas = Canvas(round(block.width_px + 1.8 * em), round(block.height_px + 0.9 * em))
    canvas.panel(0.5 * em, opacity=_OPACITY)
    canvas.block(block, 0.9 * em, 0.42 * em, PAPER, SEMIBOLD)
    return canvas.sprite()


def text_card(style: Style, title: str, lines: Sequence[str], height_px: float) -> Sprite:
    """A headline and lines below it, those that end with a colon set as headlines too; all smaller where it would not fit."""
    scale = 1.0
    while True:
        em = style.em * scale
        pad = 1.1 * em
        room = style.most - 2 * pad
        head = _block(title, room, max(8, round(1.9 * em)), BOLD)
        heads = [line.endswith(":") for line in lines]
        sizes = [(0.95, SEMIBOLD) if is_head else (1.15, REGULAR) for is_head in heads]
        body = [_block(line, room, max(8, round(size * em)), weight) for line, (size, weight) in zip(lines, sizes, strict=True)]
        gaps = [(0.8 if is_head else 0.3) * em for is_head in heads]
        height = 2 * pad + head.height_px + sum(block.height_px for block in body) + sum(gaps)
        if height <= height_px or scale < 0.5:
            break
        scale *= 0.93
    width = 2 * pad + max(block.width_px for block in (head, *body))
    canvas = Canvas(round(width), round(height))
    canvas.panel(0.6 * em, opacity=0.93)
    canvas.block(head, pad, pad, PAPER, BOLD)
    y = pad + head.height_px
    for block, gap, is_head in zip(body, gaps, heads, strict=True):
        y += gap
        canvas.block(block, pad, y, COMFORT if is_head else PAPER, SEMIBOLD if is_head else REGULAR)
        y += block.height_px
    return canvas.sprite()


def advice_card(style: Style, title: str, advice: str) -> Sprite:
    """Calm advice after pain or discomfort."""
    em = style.em
    room = style.most - 3.4 * em
    head = _block(title, room, style.size(2.4), BOLD)
    body = _block(advice, room, style.size(1.45))
    width = 3.4 * em + max(head.width_px, body.width_px)
    canvas = Canvas(round(width), round(head.height_px + body.height_px + 3.0 * em))
    canvas.panel(0.6 * em, opacity=0.95)
    canvas.box(0, 0, 0.6 * em, canvas.height, 0.3 * em, ALARM)
    canvas.block(head, 2.0 * em, 1.2 * em, PAPER, BOLD)
    canvas.block(body, 2.0 * em, 1.6 * em + head.height_px, PAPER)
    return canvas.sprite()


def chooser_card(style: Style, title: str, rows: Sequence[Row], safety: Sequence[str]) -> Sprite:
    """The rows to choose from, the active one framed and with arrows, and two lines of safety below."""
    em, pad = style.em, 1.2 * style.em
    size = style.size(1.2)
    names = max(text_width_px(row.name, size) for row in rows)
    room = style.most - 2 * pad
    notes = [_block(line, room, style.size(0.95)) for line in safety]
    head = _block(title, room, style.size(1.9), BOLD)
    go = _block("Enter: begin. Arrow keys: change. Esc: leave.", room, style.size(1.1), SEMIBOLD)
    pitch = 2.05 * em
    height = 2 * pad + head.height_px + 0.6 * em + pitch * len(rows) + 0.6 * em + go.height_px + sum(n.height_px + 0.3 * em for n in notes)
    canvas = Canvas(round(style.most), round(height))
    canvas.panel(0.6 * em, opacity=0.93)
    canvas.block(head, pad, pad, PAPER, BOLD)
    y = pad + head.height_px + 0.6 * em
    for row in rows:
        if row.active:
            canvas.box(pad - 0.5 * em, y, style.most - 2 * pad + 1.0 * em, pitch * 0.94, 0.35 * em, COMFORT)
            canvas.box(pad - 0.4 * em, y + 0.1 * em, style.most - 2 * pad + 0.8 * em, pitch * 0.94 - 0.2 * em, 0.3 * em, (24, 32, 46))
        base = y + 1.42 * em
        canvas.text(row.name, pad, base, size, MUTED)
        value = f"‹ {row.value} ›" if row.active else row.value
        canvas.text(value, pad + names + 1.4 * em, base, size, PAPER, SEMIBOLD if row.active else REGULAR)
        y += pitch
    y += 0.6 * em
    canvas.block(go, pad, y, PAPER, SEMIBOLD)
    y += go.height_px
    for block in notes:
        y += 0.3 * em
        canvas.block(block, pad, y, MUTED)
        y += block.height_px
    return canvas.sprite()


def hint_bar(style: Style, hints: Sequence[Hint], width_px: int, status: str) -> Sprite:
    """The keys that do something now, in one or more lines across the whole width; on the right how the camera is doing."""
    em, size = style.em, style.size(0.85)
    gap, pitch = 1.1 * em, 1.7 * em
    lines: list[list[tuple[float, Hint, str, float]]] = [[]]
    x = 0.7 * em
    for hint in hints:
        keys = " ".join(hint.keys)
        cap = text_width_px(keys, size, SEMIBOLD) + 0.7 * em
        wide = cap + 0.4 * em + text_width_px(hint.text, size)
        if lines[-1] and x + wide > width_px - 0.7 * em:
            lines.append([])
            x = 0.7 * em
        lines[-1].append((x, hint, keys, cap))
        x += wide + gap
    told = text_width_px(status, size) if status else 0
    if status and x + told > width_px - 0.7 * em:
        lines.append([])
    canvas = Canvas(width_px, round(pitch * len(lines) + 0.3 * em))
    canvas.box(0, 0, width_px, canvas.height, 0, (14, 19, 29), 0.86)
    for number, line in enumerate(lines):
        base = number * pitch + 1.25 * em
        for left, hint, keys, cap in line:
            alarm = hint.action == "pain"
            canvas.box(left, base - 0.95 * em, cap, 1.3 * em, 0.28 * em, ALARM if alarm else (228, 232, 240))
            canvas.text(keys, left + 0.35 * em, base, size, (12, 16, 24), SEMIBOLD)
            canvas.text(hint.text, left + cap + 0.4 * em, base, size, PAPER, SEMIBOLD if alarm else REGULAR)
    if status:
        canvas.text(status, width_px - told - 0.7 * em, (len(lines) - 1) * pitch + 1.25 * em, size, MUTED)
    return canvas.sprite()
