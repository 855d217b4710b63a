"""How networks are measured. Without torch, so that what there is not is refused at once."""

from dataclasses import dataclass
from typing import Literal, get_args

from menet_design.errors import DesignError
from menet_design.values import check_known, check_number, check_whole

Engine = Literal["eager", "compiled", "onnxruntime"]
Precision = Literal["float32", "bfloat16", "float16"]
Part = Literal["layer", "type"]
ENGINES, PRECISIONS, PARTS = map(get_args, (Engine, Precision, Part))
_MOST_THREADS, _MOST_SECONDS = 1024, 3600


@dataclass(frozen=True)
class Conditions:
    """By which of ENGINES networks run, with how many threads, in which layout and precision; for how many seconds.

    The seconds are those of all networks together, once they are prepared. `by` is one of PARTS, of which the time is
    asked for. Raises DesignError for what there is not, and for what an engine does not have.
    """

    engine: Engine = "eager"
    threads: int = 1
    channels_last: bool = False
    precision: Precision = "float32"
    seconds: float = 10.0
    by: Part | None = None

    def __post_init__(self) -> None:
        check_known("engine", self.engine, ENGINES)
        check_known("precision", self.precision, PRECISIONS)
        check_whole("threads", self.threads, 1, _MOST_THREADS)
        check_number("the time of a measurement", self.seconds)
        if not 0 <= self.seconds <= _MOST_SECONDS:
            raise DesignError(f"{self.seconds:g} seconds are no time for a measurement", f"Give 0 to {_MOST_SECONDS:,}")
        if self.engine == "onnxruntime" and (self.channels_last or self.precision != "float32"):
            raise DesignError("onnxruntime chooses its layout itself, and runs in float32 here", "Take another engine")
        self._check_parts()

    def _check_parts(self) -> None:
        if self.by is None:
            return
        check_known("part", self.by, PARTS)
        if self.engine == "compiled" or (self.engine, self.by) == ("onnxruntime", "layer"):
            remedy = "Ask for the type of kernel" if self.engine == "onnxruntime" else "Take the engine eager"
            raise DesignError(f"{self.engine} joins layers, whose times cannot be told apart", remedy)

    @property
    def is_fused(self) -> bool:
        """Whether the engine computes norms and activations as it writes what they read."""
        return self.engine != "eager"
