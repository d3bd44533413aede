# SPDX-License-Identifier: GPL-2.0
"""The sequence ladder as an SVG drawing, for scripts/ladder --svg.

A Scene is what is drawn: segments with the time each was sent and the time it arrived (or None: it was lost), changes of
state and remarks, each on one of two sides. Time runs down. It is stretched where much happens at once and shortened where
nothing does, for both ends alike, so that what was first is higher and segments that travel equally long slant equally.

Nothing here depends on the day, on initial sequence numbers or on addresses of memory: the same scene gives the same file.
"""
import math
import re
from dataclasses import dataclass, field
from html import escape

LEFT, RIGHT = 0, 1

# Sizes in pixels
WIDTH = 900
SPAN = 468              # between the life lines
RAIL = {LEFT: 226, RIGHT: 226 + SPAN}
BAR = 9                 # thickness of a state's bar
AXIS = 50               # right edge of the times
LINE = 17               # from one segment's end to the next on the same side
TURN = 14               # from an arrival to a departure on the same side
NOTE = 11               # more, where a note stands below the arrow
FLIGHT = 30             # what the usual way from end to end takes at least
PAUSE = 56              # the most that a time without events takes

# Colour of each state in light and in dark
STATES = {
    "CLOSED": ("#8c959f", "#6e7681"), "LISTEN": ("#57606a", "#9aa4af"),
    "SYN-SENT": ("#bf8700", "#d4a72c"), "SYN-RECEIVED": ("#d1570c", "#f0883e"),
    "ESTABLISHED": ("#2da44e", "#3fb950"),
    "FIN-WAIT-1": ("#218bff", "#58a6ff"), "FIN-WAIT-2": ("#0550ae", "#388bfd"),
    "CLOSING": ("#a475f9", "#bc8cff"), "TIME-WAIT": ("#6639ba", "#8957e5"),
    "CLOSE-WAIT": ("#1b7c83", "#39c5cf"), "LAST-ACK": ("#bf3989", "#db61a2"),
}
# What stands in a change of state because somebody called; the rest is to be seen on the wire
CALLS = ("passive open", "active open", "close", "abort", "time-out")

# Ink for strokes (class s-...) and fills (f-...). Not every viewer knows variables in style sheets.
INKS = {
    "back": ("#ffffff", "#0d1117"), "ink": ("#1f2328", "#e6edf3"), "soft": ("#656d76", "#8d96a0"),
    "faint": ("#d0d7de", "#30363d"), "lost": ("#cf222e", "#ff7b72"), "again": ("#bc4c00", "#ffa657"),
}
STYLE = """\
text { font-family: "DejaVu Sans", "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
.mono, .mono tspan { font-family: "DejaVu Sans Mono", ui-monospace, Menlo, Consolas, monospace; }
line { stroke-width: 1.3; }
.gap { stroke-width: 3; }
.halo { paint-order: stroke; stroke-width: 3px; stroke-linejoin: round; }
"""


def style_sheet(states):
    """Rules for light, then those for dark."""
    rules = [[], []]
    for name, both in INKS.items():
        for kind, prefix in (("stroke", "s-"), ("fill", "f-")):
            for mode in (0, 1):
                rules[mode].append(f".{prefix}{name} {{ {kind}: {both[mode]}; }}")
    for state in states:
        for mode in (0, 1):
            rules[mode].append(f".{colour(state)} {{ fill: {STATES[state][mode]}; }}")
    light, dark = ("\n".join(lines) for lines in rules)
    return f"{STYLE}{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"


@dataclass
class Arrow:
    """A segment on its way."""
    side: int               # of the sender
    sent: float             # seconds since the scene began
    arrived: float          # None: it never did
    flags: str
    label: str              # the numbers
    notes: list = field(default_factory=list)
    again: bool = False     # a retransmission


@dataclass
class Change:
    """An end's new state; a remark has none."""
    side: int
    time: float
    state: str
    text: str = ""


@dataclass
class Scene:
    title: str
    caption: str
    ends: tuple             # ((name, address), (name, address))
    start: tuple            # states before the first segment
    arrows: list = field(default_factory=list)
    changes: list = field(default_factory=list)
    measured: bool = True   # arrivals were seen, not supposed

    def shift(self, zero):
        """Counts time from there."""
        for arrow in self.arrows:
            arrow.sent -= zero
            arrow.arrived = None if arrow.arrived is None else arrow.arrived - zero
        for change in self.changes:
            change.time -= zero


@dataclass
class Point:
    """Something at a height: an arrow's end, or a change."""
    time: float
    side: int
    kind: str               # "out", "in", "change"
    what: object
    y: float = 0


def colour(state):
    """The name of a state's class of colour."""
    return "state-" + state.lower()


def points_of(scene):
    """All that needs a height, in the order of time."""
    points = []
    for arrow in scene.arrows:
        points.append(Point(arrow.sent, arrow.side, "out", arrow))
        if arrow.arrived is not None:
            points.append(Point(arrow.arrived, 1 - arrow.side, "in", arrow))
    points += [Point(change.time, change.side, "change", change) for change in scene.changes]
    # stable: what was found first stays first. Who is asked changes state before it answers.
    order = {"in": 0, "change": 1, "out": 2}
    return sorted(points, key=lambda p: (round(p.time * 1e6), order[p.kind]))


def distances(scene):
    """Pixels for a second: such that the usual way takes FLIGHT."""
    ways = sorted(a.arrived - a.sent for a in scene.arrows if a.arrived is not None and a.arrived > a.sent)
    usual = ways[len(ways) // 2] if ways else 0.01
    return FLIGHT / usual


def text_height(change):
    """Of a change of state, or of a remark."""
    lines = len(wrap(change.text, 24)) if change.text else 0
    return (14 if change.state else 1) + 12 * lines


def place(scene, points, top):
    """Gives each point its height; returns the lowest and the pauses that were shortened."""
    scale = distances(scene)
    inner, outer = [(top - LINE, "")] * 2, [top - 30] * 2
    y, before, pauses = top, None, []
    for point in points:
        step = 0 if before is None else (point.time - before) * scale
        short = step > 2 * PAUSE
        came_from = y
        y += PAUSE if short else min(step, PAUSE)
        if point.kind == "change":
            y = max(y, outer[point.side])
            outer[point.side] = y + text_height(point.what) + 2
        else:
            last, kind = inner[point.side]
            apart = TURN if kind == "in" and point.kind == "out" else LINE
            y = max(y, last + apart)
            inner[point.side] = (y + (NOTE if point.kind == "out" and point.what.notes else 0), point.kind)
        if short:
            pauses.append((came_from, y))
        point.y = y
        before = point.time
    return y, pauses


def wrap(text, width):
    """Lines of at most @width characters, cut at blanks."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) > width and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


class Drawing:
    """Collects elements; coordinates are rounded, so that the file does not tell the machine's arithmetic."""

    def __init__(self):
        self.parts = []

    @staticmethod
    def number(value):
        return f"{value:.1f}".removesuffix(".0")

    def add(self, name, content=None, **attributes):
        words = [name]
        for key, value in attributes.items():
            if value is not None:
                value = self.number(value) if isinstance(value, float) else value
                words.append(f'{key.rstrip("_").replace("_", "-")}="{escape(str(value))}"')
        self.parts.append(f"<{' '.join(words)}/>" if content is None else f"<{' '.join(words)}>{content}</{name}>")

    def text(self, x, y, content, size=11, anchor=None, mono=False, ink="f-ink", **more):
        self.add("text", content, x=float(x), y=float(y), font_size=size, text_anchor=anchor,
                 class_="mono " + ink if mono else ink, **more)

    def line(self, x1, y1, x2, y2, ink, **more):
        self.add("line", x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), class_="s-" + ink, **more)


def draw_heading(pen, scene):
    """Title, caption, the ends' names; returns the height where time may begin."""
    pen.text(24, 32, escape(scene.title), size=17, font_weight="600")
    y = 36
    for line in wrap(scene.caption, 128):
        y += 17
        pen.text(24, y, escape(line), size=12, ink="f-soft")
    y += 34
    for side, (name, where) in enumerate(scene.ends):
        pen.text(RAIL[side], y, escape(name), size=13, anchor="middle", font_weight="600")
        pen.text(RAIL[side], y + 15, escape(where), size=10.5, anchor="middle", mono=True, ink="f-soft")
    return y + 46


def draw_states(pen, scene, points, top, bottom):
    """Bars of the states along both life lines, and what they are called."""
    for side in (LEFT, RIGHT):
        out = -1 if side == LEFT else 1
        anchor = "end" if side == LEFT else "start"
        x = RAIL[side] + out * (BAR / 2 + 9)
        spans = [(top - 22, scene.start[side], "")]
        for point in points:
            if point.kind != "change" or point.side != side:
                continue
            if point.what.state:
                spans.append((point.y, point.what.state, point.what.text))
            else:
                for n, line in enumerate(wrap(point.what.text, 24)):
                    pen.text(x, point.y + 4 + 12 * n, escape(line), size=10.5, anchor=anchor, font_style="italic")
        for n, (y, state, text) in enumerate(spans):
            end = spans[n + 1][0] if n + 1 < len(spans) else bottom
            pen.add("rect", x=RAIL[side] - BAR / 2, y=float(y), width=BAR, height=float(max(end - y, 0)),
                    class_=colour(state))
            if n and state == spans[n - 1][1]:
                continue
            pen.text(x, y + (4 if n else 10), state, size=11.5, anchor=anchor, font_weight="600",
                     ink=colour(state))
            for m, line in enumerate(wrap(text, 24) if text else []):
                pen.text(x, y + 17 + 12 * m, escape(line), size=10.5, anchor=anchor, font_style="italic",
                         ink="f-soft")


def draw_arrow(pen, arrow, y1, y2):
    """A shaft that slants, its point or a cross."""
    out = 1 if arrow.side == LEFT else -1
    x1, x2 = RAIL[arrow.side] + out * BAR / 2, RAIL[1 - arrow.side] - out * BAR / 2
    lost = arrow.arrived is None
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    dx, dy = (x2 - x1) / length, (y2 - y1) / length
    ink = "lost" if lost else "again" if arrow.again else "ink"
    if lost:
        pen.line(x1, y1, *gone(x1, y1, x2, y2), ink, stroke_dasharray="5 3")
    else:
        pen.line(x1, y1, x2 - dx * 6, y2 - dy * 6, ink, stroke_dasharray="7 2" if arrow.again else None)
        back = (x2 - dx * 9, y2 - dy * 9)
        pen.add("path", d=f"M{x2:.1f} {y2:.1f}L{back[0] - dy * 3.6:.1f} {back[1] + dx * 3.6:.1f}"
                          f"L{back[0] + dy * 3.6:.1f} {back[1] - dx * 3.6:.1f}Z", class_="f-" + ink)


def gone(x1, y1, x2, y2):
    """Where the cross of a lost segment stands."""
    return x1 + (x2 - x1) * 0.78, y1 + (y2 - y1) * 0.78


def draw_cross(pen, arrow, y1, y2):
    """On top of all else, if the segment was lost."""
    if arrow.arrived is None:
        x, y = gone(RAIL[arrow.side], y1, RAIL[1 - arrow.side], y2)
        for ink, thick in (("back", 6), ("lost", 2.2)):
            pen.add("path", d=f"M{x - 6:.1f} {y - 6:.1f}l12 12m0 -12l-12 12", fill="none", stroke_width=thick,
                    class_="s-" + ink, stroke_linecap="round")


def draw_label(pen, arrow, y1, y2):
    """What the segment says, along its arrow and near its sender."""
    out = 1 if arrow.side == LEFT else -1
    x1, x2 = RAIL[arrow.side] + out * BAR / 2, RAIL[1 - arrow.side] - out * BAR / 2
    # the text reads from left to right whichever way the arrow points
    slope = (y2 - y1) / (x2 - x1)
    x, y = x1 + out * 12, y1 + slope * out * 12
    turn = f"rotate({Drawing.number(math.degrees(math.atan(slope)))} {x:.1f} {y:.1f})"
    more = {"anchor": "start" if arrow.side == LEFT else "end", "mono": True, "transform": turn}
    ink = "lost" if arrow.arrived is None else "again" if arrow.again else "ink"
    size, words = 10.8, len(arrow.flags) + 1 + len(arrow.label)
    size *= min(1, (x2 - x1) * out / math.cos(math.atan(slope)) / (words * size * 0.602 + 40))
    content = f'<tspan font-weight="700">{escape(arrow.flags)}</tspan> {escape(arrow.label)}'
    if "RST" not in arrow.flags:
        content = re.sub(r"win=0$", '<tspan font-weight="700" class="f-lost">win=0</tspan>', content)
    pen.text(x, y - 3.5, content, size=Drawing.number(size), ink=f"f-{ink} halo s-back", **more)
    if arrow.notes:
        pen.text(x, y + 10.5, escape(", ".join(arrow.notes)), size=9.4, ink="f-soft halo s-back", **more)


def draw_times(pen, points, pauses, top, bottom):
    """The axis at the left: when things were sent or arrived."""
    pen.line(AXIS + 8, top - 22, AXIS + 8, bottom, ink="faint")
    pen.text(AXIS, top - 13, "ms", size=10, anchor="end", ink="f-soft")
    # first what happens beside the axis, then what happens far from it and has room
    taken, told = [], set()
    for point in sorted(points, key=lambda p: (p.kind == "change", p.side, p.y)):
        time = f"{point.time * 1000:.{1 if point.time < 10 else 0}f}"
        if all(abs(point.y - other) >= 12 for other in taken):
            taken.append(point.y)
            pen.line(AXIS + 5, point.y, AXIS + 11, point.y, ink="soft")
            if time not in told:
                pen.text(AXIS, point.y + 3.5, time, size=10, anchor="end", mono=True, ink="f-soft")
            told.add(time)
    for above, below in pauses:
        middle = (above + below) / 2
        for x in [AXIS + 8, RAIL[LEFT], RAIL[RIGHT]]:
            pen.add("path", d=f"M{x - 9:.1f} {middle + 3:.1f}l18 -6m-18 12l18 -6", fill="none", class_="gap s-back")


def fall(scene, arrow, ends):
    """Where an arrow begins and ends. One that was lost, as the nearest that was not."""
    heights = ends[id(arrow)]
    if not scene.measured:
        return heights[0], heights[0] + TURN - 4
    if len(heights) == 2:
        return tuple(heights)
    others = [ends[id(other)] for other in scene.arrows if other.side == arrow.side and len(ends[id(other)]) == 2]
    near = min(others, key=lambda other: abs(other[0] - heights[0]), default=(0, FLIGHT))
    return heights[0], heights[0] + near[1] - near[0]


def render(scene):
    """The drawing as text."""
    pen = Drawing()
    top = draw_heading(pen, scene)
    points = points_of(scene)
    lowest, pauses = place(scene, points, top)
    ends = {}
    for point in points:
        if point.kind != "change":
            ends.setdefault(id(point.what), []).append(point.y)
    ways = [(arrow, fall(scene, arrow, ends)) for arrow in scene.arrows]
    bottom = max([lowest + 34] + [down + 24 for _, (_, down) in ways])
    draw_states(pen, scene, points, top, bottom)
    draw_times(pen, points, pauses, top, bottom)
    for draw in (draw_arrow, draw_label, draw_cross):
        for arrow, (y1, y2) in ways:
            draw(pen, arrow, y1, y2)
    height = round(bottom + 20)
    states = sorted({c.state for c in scene.changes if c.state} | set(scene.start))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">\n'
            f"<title>{escape(scene.title)}</title>\n<desc>{escape(scene.caption)}</desc>\n<style>\n{style_sheet(states)}</style>\n"
            f'<rect width="{WIDTH}" height="{height}" class="f-back"/>\n'
            + "\n".join(pen.parts) + "\n</svg>\n")
