"""Pictures of networks and of their units, in the manner of Fig. 3 of the MENet paper."""

from collections.abc import Sequence

from menet_design.errors import printable
from menet_design.graph.network import Block, Network
from menet_design.report.drawing import INCH, Drawing, Group, Shape, Text, flow, fold
from menet_design.report.figures import COLUMN_WIDTH
from menet_design.report.picture_graph import Style, graph
from menet_design.report.picture_nodes import nodes, runs, units

SCREEN = Style(big=11, small=9, line=14, padding=12, room=12, turn=12, gap=20, margin=16, page=1400)
# Letters of 8.5 pixels are of 6.4 points.
COLUMN = Style(
    big=8.5,
    small=8.5,
    line=10,
    padding=6,
    room=8,
    turn=6,
    gap=7,
    margin=2,
    page=COLUMN_WIDTH * INCH,
    stroke=0.6,
    letters=7.4,
)


def picture(networks: Sequence[Network], unit: bool = False) -> Drawing:
    """Networks side by side, each a column of its blocks, and their units as graphs of operations.

    `unit` leaves the columns out and draws the units as a column of a paper (3.5 in) has room for them. Each drawing
    says what its network takes for granted.
    """
    style = COLUMN if unit else SCREEN
    columns = [] if unit else [graph(_title(each, style), runs(each), style) for each in networks]
    if len(networks) == 1 and not unit:
        rows = [[*columns, *_units(networks[0], style)]]
    else:
        rows = [columns, [_titled(each, style) for each in networks]]
    drawn = [_flow(row, style) for row in rows if row]
    return _page(flow(drawn, 2 * style.gap, 0), networks, style)


def _flow(drawn: Sequence[Drawing], style: Style) -> Drawing:
    """Drawings side by side, as far as a page has room for them."""
    return flow(drawn, 2 * style.gap, style.page - 2 * style.margin)


def _units(network: Network, style: Style) -> list[Drawing]:
    """The units of a network, those that downsample beside those that do not."""
    return [graph(style.title(_named(block)), nodes(block, network.branches), style) for block in units(network)]


def _named(block: Block) -> str:
    return f"{block.unit or 'Block'}{', /2' * bool(block.unit and block.is_strided)} ({block.name})"


def _title(network: Network, style: Style) -> Text:
    return style.title(network.title, bold=True)


def _titled(network: Network, style: Style) -> Drawing:
    """The units of a network under its title."""
    title, drawn = _title(network, style), _flow(_units(network, style), style)
    top = 1.5 * style.line
    return Drawing((title, Group(0, top, drawn.shapes)), max(drawn.width, title.width), top + drawn.height)


def _page(body: Drawing, networks: Sequence[Network], style: Style) -> Drawing:
    """A drawing of networks with a margin around it, and notes below it, in lines of a column or more."""
    margin, room = style.margin, max(body.width, COLUMN_WIDTH * INCH - 2 * style.margin)
    lines = [line for each in [*_branches(networks), *_assumptions(networks)] for line in fold(each, style.small, room)]
    top = body.height + margin + style.line * bool(lines)
    below = [Text(margin, top + style.line * index - 2, line, style.small) for index, line in enumerate(lines, 1)]
    width = max([body.width, *(line.width for line in below)]) + 2 * margin
    title = ", ".join(printable(network.title) for network in networks)
    shapes: tuple[Shape, ...] = (Group(margin, margin, body.shapes), *below)
    return Drawing(shapes, width, top + style.line * len(lines) + margin, style.stroke, title)


def _branches(networks: Sequence[Network]) -> list[str]:
    """What is grey: the branches of networks, and what these call the operations of them that are drawn; each once."""
    drawn = ((each.branches, _grey(each)) for each in networks)
    said = (f"grey: {' and '.join(branches)} branch ({', '.join(names)})" for branches, names in drawn if names)
    return list(dict.fromkeys(said))


def _grey(network: Network) -> list[str]:
    """The names of the grey operations in the units of a network, without what they are in."""
    found = (node.name for block in units(network) for node in nodes(block, network.branches) if node.grey)
    return list(dict.fromkeys(name.rpartition(".")[2] for name in found))


def _assumptions(networks: Sequence[Network]) -> list[str]:
    """What networks take for granted, each thing once; of several it is said whose it is."""
    whose = [f" of {printable(each.title)}" if len(networks) > 1 else "" for each in networks]
    said = (f"assumption{of}: {each}" for of, found in zip(whose, networks, strict=True) for each in found.assumptions)
    return list(dict.fromkeys(said))
