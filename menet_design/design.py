"""The frozen description of one network, which every family refines."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from fnmatch import fnmatchcase
from fractions import Fraction
from math import ceil, floor
from numbers import Integral, Real
from typing import Any, ClassVar, NamedTuple, Self

from menet_design.errors import DesignError, IllegalDesign, NotationError

MAX_CHANNELS = 2**16
MAX_RESOLUTION = 2**14
MAX_CLASSES = 2**20
IMAGENET = "ILSVRC 2012"
LARGEST = {"resolution": MAX_RESOLUTION, "classes": MAX_CLASSES}
# The smallest image that every network here takes.
MIN_RESOLUTION = 32


class Lattice(NamedTuple):
    """The legal values of one quantity in ascending order: each index times the unit.

    The indices are a `range`, so that a million legal widths cost nothing and can be bisected. Cost grows along
    every `strands`-th of them.
    """

    indices: range
    unit: Fraction = Fraction(1)
    strands: int = 1

    def value(self, index: int) -> int | Fraction:
        """The legal value of an index; an int wherever it is whole."""
        scaled = index * self.unit
        return scaled.numerator if scaled.denominator == 1 else scaled

    def around(self, value: Any) -> tuple[int | Fraction, ...]:
        """The nearest legal values on each side of an illegal one: two, one or none."""
        if not self.indices or not isinstance(value, Real) or is_nan(value):
            return ()
        first, last, step = self.indices.start, self.indices[-1], self.indices.step
        within: Any = min(max(value, self.value(first)), self.value(last))
        index = Fraction(within) / self.unit
        below = first + int((index - first) // step) * step
        return tuple(self.value(each) for each in dict.fromkeys((below, below if index == below else below + step)))


# The legal values of quantities, each a function of a design's other numbers, by field.
Lattices = Mapping[str, Callable[[Mapping[str, Any]], Lattice]]


class Quote(NamedTuple):
    """What a source prints of a network: MFLOPs, accuracies in percent (center crop), and its stored size.

    Sources are tables of the family's paper; "release" is the authors' published models. The accuracies are those on
    `dataset`; `megabytes` (10⁶ bytes) are those that the parameters take under a storage scheme; `flops_per_mac` are
    the FLOPs that the source counts for a multiply-add.
    """

    source: str
    mflops: float | None = None
    top1: float | None = None
    top5: float | None = None
    dataset: str = IMAGENET
    megabytes: float | None = None
    scheme: str = ""
    flops_per_mac: int = 1


class Reading(NamedTuple):
    """What a design takes for granted that no source documents: the answer to a question that it leaves open.

    `instead` are names, or options beside the name, of the same network under other answers.
    """

    question: str
    answer: str
    remark: str
    instead: tuple[str, ...] = ()

    def __str__(self) -> str:
        others = f" (instead: {', '.join(self.instead)})" if self.instead else ""
        return f"{self.question} = {self.answer}, {self.remark}{others}"


class Tier(NamedTuple):
    """The channel numbers, by field, that the authors gave to networks of up to `macs` multiply-adds."""

    macs: float
    channels: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Design(ABC):
    """One network, legal by construction: an illegal one raises IllegalDesign.

    Families add their own numbers, with the same names for the same things: `width` is the number of output
    channels of the first stage of blocks, `stem` that of the first convolution, `groups` those of pointwise
    convolutions, `resolution` the height and width of the input in pixels, `classes` the number of logits.
    `quantities` are what can be solved for; `lattices` are the legal values of what has to fit the other numbers,
    those of the resolution being multiples of what `halvings` leave whole; `example` is a name that hints can give;
    `is_reconstruction` says that the authors' network is known in part only. `subnet` is the stage that the MENet
    paper makes the R-CNN subnet of detectors, "" where it has none, and `subnet_remark` what it says otherwise.
    """

    family: ClassVar[str]
    example: ClassVar[str]
    quantities: ClassVar[tuple[str, ...]] = ("width", "resolution")
    lattices: ClassVar[Lattices] = {}
    tiers: ClassVar[tuple[Tier, ...]] = (Tier(float("inf"), {}),)
    published: "ClassVar[Mapping[Design, tuple[Quote, ...]]]"
    halvings: ClassVar[int] = 5
    is_reconstruction: ClassVar[bool] = False
    subnet: ClassVar[str] = ""
    subnet_remark: ClassVar[str] = ""

    resolution: int = 224
    classes: int = 1000

    def __post_init__(self) -> None:
        smallest = self.smallest_resolution()
        if is_whole(self.resolution) and self.resolution < smallest:
            cause = f"resolution {self.resolution} is too small for {self.halvings} halvings"
            raise IllegalDesign(cause, f"The smallest is {smallest}", (smallest,))
        self._keep("resolution", check_whole("resolution", self.resolution, smallest, MAX_RESOLUTION))
        self._keep("classes", check_whole("number of classes", self.classes, 1, MAX_CLASSES))

    def _keep(self, field: str, value: Any) -> None:
        """Store a checked number of this frozen design."""
        object.__setattr__(self, field, value)

    @property
    @abstractmethod
    def name(self) -> str:
        """The canonical name, in ASCII."""

    @property
    @abstractmethod
    def title(self) -> str:
        """The name as the paper prints it."""

    @property
    @abstractmethod
    def identifier(self) -> str:
        """The name as model collections write it: "menet228_12x1_g3"."""

    @classmethod
    @abstractmethod
    def read(cls, text: str) -> dict[str, Any] | None:
        """The numbers that a name in plain ASCII gives, or None where it is no name of this family."""

    @classmethod
    def resolve(cls, numbers: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a design from the numbers that a name and options give together."""
        return dict(numbers)

    @classmethod
    def read_config(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """The numbers that the authors' JSON model config gives; NotationError where it says no design."""
        raise NotationError(f"{config.get('name')} networks have no model config", f"Write the name: {cls.example}")

    def config(self) -> dict[str, Any]:
        """The authors' JSON model config of this design; NotationError where they have none."""
        raise NotationError(f"there is no model config for {self.name}", "The authors' config knows MENet")

    @classmethod
    def lattice(cls, quantity: str, numbers: Mapping[str, Any]) -> Lattice:
        """The legal values of one quantity while the other numbers stay; empty where nothing is legal.

        Raises DesignError for a quantity that has none of its own.
        """
        check_known("quantity", quantity, ("resolution", *cls.lattices))
        if quantity != "resolution":
            return cls.lattices[quantity](numbers)
        # Between them cost does not grow with every pixel.
        return Lattice(range(cls.smallest_resolution(), MAX_RESOLUTION + 1, cls.smallest_resolution()))

    @classmethod
    def smallest_resolution(cls) -> int:
        """The resolution of which the halvings leave one pixel; they leave its multiples whole."""
        return int(2**cls.halvings)

    @classmethod
    def has(cls, field: str) -> bool:
        """Whether designs of this family have a number of that name."""
        return any(each.name == field for each in fields(cls))

    @classmethod
    def check_has(cls, field: str) -> None:
        """Raise DesignError, naming the numbers that there are, unless designs of this family have that one."""
        if not cls.has(field):
            known = listed(each.name for each in fields(cls))
            raise DesignError(f"a network like {cls.example} has no {field}", f"It has {known}")

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """The numbers that need not be given, by field."""
        return {each.name: each.default for each in fields(cls) if each.default is not MISSING}

    @property
    def readings(self) -> tuple[Reading, ...]:
        """What this design takes for granted that no source documents."""
        return ()

    @property
    def patterns(self) -> tuple[str, ...]:
        """The layers that SEP-Net's authors binarized of this very network, if not all with k×k kernels."""
        return ()

    def numbers(self) -> dict[str, Any]:
        """The design's numbers by field name, as its architecture function takes them; whole ones as ints."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}

    def but(self, **changes: Any) -> Self:
        """The same design with some numbers changed."""
        return replace(self, **changes)

    def named_with(self, **changes: Any) -> tuple[str, ...]:
        """The name of the same design with some numbers changed; none where that is illegal."""
        try:
            return (self.but(**changes).name,)
        except IllegalDesign:
            return ()

    def __str__(self) -> str:
        return self.name


def _plain(value: Any) -> Any:
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def check_whole(what: str, value: Any, smallest: int, largest: int) -> int:
    """The value as an int; numpy's integers are ints too. Raises IllegalDesign unless it is one in the range."""
    if is_whole(value) and smallest <= value <= largest:
        return int(value)
    nearest = _nearest_whole(value, smallest, largest)
    cause = f"{what} {_shortened(value)} is not a whole number from {smallest:,} to {largest:,}"
    raise IllegalDesign(cause, f"Nearest legal {what}: {listed(nearest)}", nearest)


def is_whole(value: Any) -> bool:
    """Whether a value is an integer, and no truth value."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_nan(value: Any) -> bool:
    """Whether a value is not a number; unlike `math.isnan`, for ints of any size too."""
    return bool(value != value)  # noqa: PLR0124


def _nearest_whole(value: Any, smallest: int, largest: int) -> tuple[int, ...]:
    """The legal whole numbers around a value, or the smallest where it is no number."""
    if not isinstance(value, Real) or isinstance(value, bool) or is_nan(value):
        return (smallest,)
    within: Any = min(max(value, smallest), largest)
    return tuple(dict.fromkeys((floor(within), ceil(within))))


def _shortened(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 20 else f"{text[:20]}…"


def on_lattice(design: Design, quantity: str, fault: Callable[[], str]) -> int:
    """The value of a quantity as an int; IllegalDesign, with the fault and the nearest, unless it is legal."""
    value, lattice = getattr(design, quantity), design.lattice(quantity, vars(design))
    if is_whole(value) and value in lattice.indices:
        return int(value)
    whole = is_whole(value) and 1 <= value <= MAX_CHANNELS
    cause = fault() if whole else f"{quantity} {listed((value,)):.20} is not a whole number from 1 to {MAX_CHANNELS:,}"
    nearest = lattice.around(value)
    remedy = f"Nearest legal {quantity}s: {listed(nearest)}" if nearest else ""
    raise IllegalDesign(cause, remedy, nearest)


def check_known(what: str, value: str, known: Sequence[str]) -> None:
    """Raise DesignError, naming the known values, unless a value is one of them."""
    if value not in known:
        raise DesignError(f"{what} {value!r} is not known", f"Known: {', '.join(known)}", known)


def matching(what: str, names: Sequence[str], patterns: Iterable[str] | None) -> list[str]:
    """The names that match one of some patterns with wildcards; all of them where there are none.

    Raises DesignError, with the first names, for a pattern that no name matches.
    """
    if patterns is None:
        return list(names)
    patterns = [patterns] if isinstance(patterns, str) else list(patterns)
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            known = f"Known: {listed(names[:3])}, …" if names else ""
            raise DesignError(f"no {what} is named {pattern!r:.60}", known, names[:3])
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]


def listed(values: Iterable[Any]) -> str:
    """Values as a sentence lists them: "228, 240"."""
    return ", ".join(decimal(value) if isinstance(value, Fraction) else str(value) for value in values)


def rational(text: str) -> Fraction:
    """The number that "1.5" or "4/3" writes. Raises ValueError for any other text, powers of ten included."""
    if not _RATIONAL.fullmatch(text):
        raise ValueError(text)
    return Fraction(text)


def exact(number: Any) -> Fraction:
    """A number as the fraction that it prints as: 1.1 is 11/10. Raises ValueError, TypeError or OverflowError."""
    return Fraction(str(number)) if isinstance(number, float) else Fraction(number)


_RATIONAL = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12}|/0*[1-9][0-9]{0,11})?")


def decimal(value: Fraction | int) -> str:
    """A number as a finite decimal ("1", "2.5") or, where it has none, as "(4/3)"."""
    digits = next((n for n in range(10) if (value * 10**n).denominator == 1), None)
    return f"({value})" if digits is None else f"{float(value):.{digits}f}"
