"""The frozen description of one network, which every family refines."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from fractions import Fraction
from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from menet_design.errors import DesignError, IllegalDesign
from menet_design.families.legal import LegalRules, LegalValues
from menet_design.families.spelling import Spellings, parts
from menet_design.graph.network import Assumption
from menet_design.values import (
    MAX_CHANNELS,
    MAX_CLASSES,
    MAX_RESOLUTION,
    check_known,
    check_number,
    check_whole,
    is_whole,
    listed,
    reduced,
)

IMAGENET = "ILSVRC 2012"

# What a name may leave unsaid.
UNNAMED = ("stem", "resolution", "classes")
# Height and width, in pixels.
Size = tuple[int, int]
# Those of a photograph: red, green and blue.
IMAGE_CHANNELS = 3

# What is wrong with an illegal value of a quantity, a function of the design that has it.
Faults = Mapping[str, Callable[[Any], str]]


def sides(resolution: Any) -> tuple[Any, Any]:
    """Height and width from one number for both, or two; TypeError for what is neither."""
    if not isinstance(resolution, list | tuple):
        return resolution, resolution
    if len(resolution) != 2:
        raise TypeError(f"resolution is a number, or height and width, not {len(resolution)} numbers")
    height, width = resolution
    return height, width


class PublishedFigure(NamedTuple):
    """What a source prints of a network: MFLOPs, accuracies in percent (center crop), and its stored size.

    Sources are tables of the family's paper; "release" is the authors' published models. The accuracies are those on
    `dataset`; `megabytes` (10⁶ bytes) are those that the parameters take under a storage scheme; `flops_per_mac` are
    the FLOPs that the source counts for a multiply-add; `of_reconstruction` says that they are those of the authors'
    network, of which the design is a reconstruction.
    """

    source: str
    mflops: float | None = None
    top1: float | None = None
    top5: float | None = None
    dataset: str = IMAGENET
    megabytes: float | None = None
    scheme: str = ""
    flops_per_mac: int = 1
    of_reconstruction: bool = False


@dataclass(frozen=True, kw_only=True, repr=False)
class Design(ABC):
    """One network, legal by construction: an illegal one raises IllegalDesign.

    Families add their own numbers, with the same names for the same things: `width` is the number of output
    channels of the first stage of blocks, `stem` that of the first convolution, `groups` those of pointwise
    convolutions, `resolution` the height and width of the input in pixels, one number or two, `channels` the number of
    its channels, `classes` the number of logits.
    `example` is a name that hints can give, `quantities` are what can be solved for. Fields that are `derived` follow
    from the others; those that are `optional` are said only where they are not the default.

    Families say to this room alone: `_spellings`, those of names, which carry the fields that are `_carried`, of those
    in UNNAMED no others; `_legal`, the legal values of what has to fit the other numbers, those of the resolution being
    multiples of what `_halvings` leave whole; `_faults`, what is wrong with others, in the order in which they are
    looked for; `_always`, what is assumed of all designs.
    """

    family: ClassVar[str]
    example: ClassVar[str]
    _spellings: ClassVar[Spellings]
    quantities: ClassVar[tuple[str, ...]] = ("width", "resolution")
    _legal: ClassVar[LegalRules] = {}
    _faults: ClassVar[Faults] = {}
    _always: ClassVar[tuple[Assumption, ...]] = ()
    _carried: ClassVar[tuple[str, ...]] = ()
    derived: ClassVar[tuple[str, ...]] = ()
    optional: ClassVar[tuple[str, ...]] = ("channels",)
    published: "ClassVar[Mapping[Design, tuple[PublishedFigure, ...]]]"
    _halvings: ClassVar[int] = 5

    if TYPE_CHECKING:  # a number of every family: int but in those that multiply it

        @property
        def width(self) -> int | Fraction:
            """The output channels of the first stage of blocks."""

    resolution: int | Size = 224
    channels: int = IMAGE_CHANNELS
    classes: int = 1000

    def __post_init__(self) -> None:
        height, width = map(self._side, sides(self.resolution))
        self._keep("resolution", height if height == width else (height, width))
        self._keep("channels", check_whole("number of input channels", self.channels, 1, MAX_CHANNELS))
        self._keep("classes", check_whole("number of classes", self.classes, 1, MAX_CLASSES))
        for quantity, fault in self._faults.items():
            self._keep(quantity, check_legal(self, quantity, partial(fault, self)))
        for field, usual in self._usual.items():
            given = getattr(self, field)
            self._keep(field, check_whole(field, usual if given is None else given, 1, MAX_CHANNELS))

    def _side(self, side: Any) -> int:
        """A height or width of the input as an int; IllegalDesign for one that the halvings leave nothing of."""
        smallest = int(2**self._halved)
        if is_whole(side) and side < smallest:
            cause = f"resolution {side} is too small for {self._halved} halvings"
            raise IllegalDesign(cause, f"The smallest is {smallest}", (smallest,))
        return check_whole("resolution", side, smallest, MAX_RESOLUTION)

    def _keep(self, field: str, value: Any) -> None:
        """Store a checked number of this frozen design."""
        object.__setattr__(self, field, value)

    @property
    @abstractmethod
    def name(self) -> str:
        """The canonical name, in ASCII."""

    @property
    @abstractmethod
    def heading(self) -> str:
        """The name as the paper prints it."""

    @property
    def title(self) -> str:
        """The name as the paper prints it, with the input and the classes where they are unusual and it has no word."""
        return ", ".join((self.heading, *self._fed))

    @property
    def _fed(self) -> tuple[str, ...]:
        """What its name does not say, but for the stem, where it is not the default: "160×160", "10 classes"."""
        numbers, usual = vars(self), self.defaults()
        unusual = (key for key in self.unnamed if key != "stem" and numbers[key] != usual[key])
        return tuple(_said(key, numbers[key]) for key in unusual)

    @property
    @abstractmethod
    def identifier(self) -> str:
        """The name as model collections write it: "menet228_12x1_g3"."""

    @classmethod
    def _read(cls, text: str) -> dict[str, Any] | None:
        """The numbers that a name in plain ASCII gives, or None where it is not a name of this family."""
        said = parts(text, cls._spellings)
        return None if said is None else cls._said(said)

    @classmethod
    def _said(cls, parts: Mapping[str, str]) -> dict[str, Any] | None:
        """The numbers that the parts of a name say; None where no network of this family has them."""
        return {part: int(number) for part, number in parts.items()}

    @classmethod
    def _resolve(cls, numbers: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a design from the numbers that a name and options give together."""
        return dict(numbers)

    @classmethod
    def constrained(cls) -> tuple[str, ...]:
        """The quantities of which not every whole number is legal beside the others."""
        return tuple(cls._legal)

    @classmethod
    def checked(cls) -> tuple[str, ...]:
        """Those of them that decide, one after the other, whether a design is legal."""
        return tuple(quantity for quantity in cls._legal if quantity in (cls._faults or cls._legal))

    @classmethod
    def legal_values(cls, quantity: str, numbers: Mapping[str, Any]) -> LegalValues:
        """The legal values of one quantity while the other numbers stay; empty where nothing is legal.

        Raises DesignError for a quantity that has none of its own.
        """
        check_known("quantity", quantity, ("resolution", *cls._legal))
        if quantity != "resolution":
            return cls._legal[quantity](numbers)
        # Between them cost does not grow with every pixel.
        return LegalValues(range(cls.smallest_resolution(), MAX_RESOLUTION + 1, cls.smallest_resolution()))

    @classmethod
    def smallest_resolution(cls) -> int:
        """The resolution of which the halvings leave one pixel; they leave its multiples whole."""
        return int(2**cls._halvings)

    @classmethod
    def has(cls, field: str) -> bool:
        """Whether designs of this family have a number of that name."""
        return field in _fields(cls)

    @classmethod
    def check_has(cls, field: str) -> None:
        """Raise DesignError, naming the numbers that there are, unless designs of this family have that one."""
        if not cls.has(field):
            known = listed(_fields(cls))
            raise DesignError(f"a network like {cls.example} has no {field}", f"It has {known}")

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """The numbers that need not be given, by field."""
        return dict(_defaults(cls))

    @property
    def _halved(self) -> int:
        """How often this very design halves its map."""
        return self._halvings

    @property
    def unnamed(self) -> tuple[str, ...]:
        """The fields that the name does not carry: a name alone means the usual value of each."""
        return tuple(field for field in (*UNNAMED, *self.optional) if self.has(field) and field not in self._carried)

    @property
    def also(self) -> tuple["Design", ...]:
        """Other networks that people call by the same name where they feed it such images."""
        return ()

    @property
    def _usual(self) -> Mapping[str, int]:
        """The channels that go with the other numbers where they are not given, by field."""
        return {}

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """What this design takes for granted that no source documents."""
        return self._always

    def numbers(self) -> dict[str, Any]:
        """The design's numbers by field name, as its architecture function takes them; whole ones as ints.

        Those that are optional are there where they are not the default.
        """
        usual = self.defaults()
        kept = (name for name in _fields(type(self)) if name not in self.optional or vars(self)[name] != usual[name])
        return {name: reduced(getattr(self, name)) for name in kept}

    def but(self, **changes: Any) -> Self:
        """The same design with some numbers changed; those that go with others follow them."""
        followed = {field: None for field, usual in self._usual.items() if getattr(self, field) == usual}
        return replace(self, **{**dict.fromkeys(self.derived), **followed, **changes})

    def _named_with(self, **changes: Any) -> tuple[str, ...]:
        """The name of the same design with some numbers changed; none where that is illegal."""
        try:
            return (self.but(**changes).name,)
        except IllegalDesign:
            return ()

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value!r}" for name, value in self.numbers().items())
        return f"{type(self).__name__}({said})"

    def __str__(self) -> str:
        return ", ".join((self.name, *self._fed))


def _said(field: str, value: Any) -> str:
    """A number as a title says it."""
    if field == "resolution":
        return "×".join(map(str, sides(value)))
    if field in ("channels", "classes"):
        one = {"channels": "channel", "classes": "class"}[field]
        return f"{value} {one if value == 1 else field}"
    if field == "round_to":
        return "channels cut to whole" if value == 1 else f"channels in multiples of {value}"
    words = field.replace("_", " ")
    return words if value is True else f"{words} {listed(value) if isinstance(value, tuple) else value}"


@cache
def _fields(design: type[Design]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(design))


@cache
def _defaults(design: type[Design]) -> Mapping[str, Any]:
    return {each.name: each.default for each in fields(design) if each.default is not MISSING}


def check_legal(design: Design, quantity: str, fault: Callable[[], str]) -> Any:
    """The value of a quantity, whole ones as ints; IllegalDesign, with fault and nearest, unless it is legal."""
    value, legal = getattr(design, quantity), design.legal_values(quantity, vars(design))
    check_number(quantity, value)
    if legal.allows(value):
        return reduced(value)
    whole = is_whole(value) and 1 <= value <= MAX_CHANNELS
    cause = fault() if whole else f"{quantity} {listed((value,)):.20} is not a whole number from 1 to {MAX_CHANNELS:,}"
    nearest = legal.around(value)
    remedy = f"Nearest legal {quantity}s: {listed(nearest)}" if nearest else ""
    raise IllegalDesign(cause, remedy, nearest)
