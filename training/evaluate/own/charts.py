"""Curves of the page as SVG: FROC and reliability, one line a bundle."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

#: Okabe & Ito: the bundle, and the other; the other's line is dashed as well.
COLOURS = ("#0072B2", "#D55E00")
_INK, _SOFT, _GRID = "#1b2430", "#4f5b69", "#dfe4ea"
_WIDTH, _HEIGHT = 460, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 14, 48
_FONT = 'font-family="Open Sans, system-ui, sans-serif"'


@dataclass(frozen=True, slots=True)
class Line:
    """One curve. points: (x, y). dots: radius of each point; none for a plain line."""

    name: str
    points: tuple[tuple[float, float], ...]
    dots: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Axis:
    """Words, and the values that are written; the last is the end of the axis."""

    title: str
    ticks: tuple[float, ...]


def chart(
    lines: Sequence[Line], across: Axis, up: Axis, diagonal: bool = False, stepped: bool = False
) -> str:
    """SVG text. stepped: points are joined by steps, as a FROC goes from one threshold to the next."""
    x_end, y_end = across.ticks[-1], up.ticks[-1]

    def x(value: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * min(value / x_end, 1.0)

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * min(value / y_end, 1.0)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" {_FONT}>']
    parts.append(f"<title>{escape(up.title)} by {escape(across.title)}</title>")
    for tick in up.ticks:
        parts.append(f'<path d="M{_LEFT} {y(tick):.1f}H{_WIDTH - _RIGHT}" stroke="{_GRID}"/>')
        parts.append(_text(_LEFT - 7, y(tick) + 4, f"{tick:g}", "end"))
    for tick in across.ticks:
        parts.append(f'<path d="M{x(tick):.1f} {_HEIGHT - _BOTTOM}v4" stroke="{_SOFT}"/>')
        parts.append(_text(x(tick), _HEIGHT - _BOTTOM + 18, f"{tick:g}", "middle"))
    parts.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 8, across.title, "middle", _INK))
    middle = (_TOP + _HEIGHT - _BOTTOM) / 2
    turned = f'transform="rotate(-90 14 {middle:g})"'
    parts.append(_text(14, middle, up.title, "middle", _INK, turned))
    if diagonal:
        parts.append(f'<path d="M{x(0):.1f} {y(0):.1f}L{x(x_end):.1f} {y(y_end):.1f}" stroke="{_SOFT}" '
                     'stroke-dasharray="2 4"/>')  # fmt: skip
    for line, colour, dash in zip(lines, COLOURS, ("", ' stroke-dasharray="7 4"'), strict=False):
        places = [(x(a), y(b)) for a, b in line.points if a <= x_end]
        if places:
            parts.append(
                f'<path d="{_path(places, stepped)}" fill="none" stroke="{colour}" stroke-width="2.2"{dash}/>'
            )
        for (a, b), radius in zip(places, line.dots, strict=False):
            parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{radius:.1f}" fill="{colour}"/>')
    return "".join([*parts, "</svg>"])


def _path(places: Sequence[tuple[float, float]], stepped: bool) -> str:
    steps = [f"M{places[0][0]:.1f} {places[0][1]:.1f}"]
    for a, b in places[1:]:
        steps.append(f"H{a:.1f}V{b:.1f}" if stepped else f"L{a:.1f} {b:.1f}")
    return "".join(steps)


def _text(x: float, y: float, text: str, anchor: str, colour: str = _SOFT, more: str = "") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="12.5" fill="{colour}" {more}>'
        f"{escape(text)}</text>"
    )
