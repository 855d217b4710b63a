"""Inter-group connections lost at a channel shuffle (arXiv 1803.09127, Section III-A, Eq. 1 to 3)."""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from menet_design.errors import IllegalDesign
from menet_design.values import MAX_CHANNELS, check_whole


def loss_ratio(groups: int) -> Fraction:
    """The share (G - 1)/G of inter-group connections that is lost with G groups (Eq. 3).

    Exact wherever G² divides the number of channels. Raises IllegalDesign for less than one group.

    >>> loss_ratio(3)
    Fraction(2, 3)
    """
    check_whole("groups", groups, 1, MAX_CHANNELS)
    return Fraction(groups - 1, groups)


@dataclass(frozen=True)
class Connections:
    """Inter-group connections between two grouped convolutions of C channels around a shuffle.

    A connection is an unordered pair of channels of different groups of the first convolution; it is kept
    where the shuffle brings both into one group of the second. `possible` is N_total of Eq. 1,
    `kept_closed_form` is N_actual of Eq. 2, `kept` is counted channel by channel.
    """

    groups: int
    channels: int
    possible: int
    kept_closed_form: Fraction
    kept: int

    @property
    def exact_loss_ratio(self) -> Fraction:
        """The counted share of lost connections; 0 where there is none to lose."""
        return Fraction(self.possible - self.kept, self.possible) if self.possible else Fraction(0)

    @property
    def excess(self) -> Fraction:
        """By how much Eq. 2 exceeds the count: s(G - s)/2, where s is the remainder of C/G by G."""
        return self.kept_closed_form - self.kept

    @property
    def bound(self) -> Fraction:
        """What `excess` cannot exceed: G²/8."""
        return Fraction(self.groups**2, 8)

    @property
    def is_exact(self) -> bool:
        """Whether the closed form equals the count: each group receives C/G² channels of every group."""
        return self.channels % self.groups**2 == 0


def connections(groups: int, channels: int) -> Connections:
    """Count the inter-group connections of `channels` channels in `groups` groups around one shuffle.

    Raises IllegalDesign, with the nearest multiples, where the channels do not split into the groups.

    >>> found = connections(4, 64)
    >>> found.possible, found.kept, found.exact_loss_ratio
    (1536, 384, Fraction(3, 4))
    """
    check_whole("groups", groups, 1, MAX_CHANNELS)
    check_whole("channels", channels, 1, MAX_CHANNELS)
    _check_split(groups, channels)
    size = channels // groups
    possible = channels * (channels - size) // 2
    kept_closed_form = Fraction(channels**2 * (groups - 1), 2 * groups**2)
    return Connections(groups, channels, possible, kept_closed_form, _kept(groups, size))


def _kept(groups: int, size: int) -> int:
    """Pairs of channels from different groups that meet in one group after the shuffle."""
    return sum(_mixed_pairs(sources) for sources in _arrivals(groups, size))


def _arrivals(groups: int, size: int) -> list[list[int]]:
    """For each group after the shuffle, the group before it that each of its channels comes from."""
    # The shuffle reads a groups × size matrix of channels column by column.
    shuffled = [group * size + index for index in range(size) for group in range(groups)]
    sources = [channel // size for channel in shuffled]
    return [sources[start : start + size] for start in range(0, groups * size, size)]


def _mixed_pairs(sources: list[int]) -> int:
    alike = sum(times**2 for times in Counter(sources).values())
    return (len(sources) ** 2 - alike) // 2


def _check_split(groups: int, channels: int) -> None:
    below = channels // groups * groups
    if below != channels:
        nearest = [multiple for multiple in (below, below + groups) if 0 < multiple <= MAX_CHANNELS]
        cause = f"{channels} channels do not split into {groups} groups"
        raise IllegalDesign(cause, f"Nearest multiples of {groups}: {', '.join(map(str, nearest))}", nearest)
