"""How fast, as ratios to peers in the same run: python tests/benchmarks/ratios.py [whole-process|in-process]

Not a test: nothing here fails. Machines are noisy, so both sides of a ratio run in turn, pair by pair, and
the median of the ratios is printed with their range. Needs the extras `torch` and `bench`.
"""

import compileall
import gc
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

TOOL = str(Path(sys.executable).with_name("menet-design"))
BASELINE = [sys.executable, "-c", "import typer, rich.table"]
COUNT_ONCE = """
import warnings
import torch
from fvcore.nn import FlopCountAnalysis
from menet_design import build, parse
warnings.simplefilter("ignore")
analysis = FlopCountAnalysis(build(parse("352-MENet-12x1/8")).eval(), torch.rand(1, 3, 224, 224))
print(analysis.unsupported_ops_warnings(False).total())
"""


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """Seconds of one call, from `times` calls in a row without garbage collection."""
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    for _ in range(times):
        work()
    elapsed = (time.perf_counter() - start) / times
    gc.enable()
    return elapsed


def report(what: str, ratios: list[float], target: str) -> None:
    """A line of the table: the median ratio, its range, and what it should be."""
    print(f"| {what} | {statistics.median(ratios):,.2f} | {min(ratios):,.2f} to {max(ratios):,.2f} | {target} |")


def process(command: list[str]) -> Callable[[], object]:
    """A whole process, its output thrown away."""
    return lambda: subprocess.run(command, check=True, capture_output=True)


def whole_process() -> None:
    """Commands against the import of the libraries that they are made of, and the proof against one count."""
    for arguments in (
        ("loss-ratio", "--groups", "3"),
        ("flops", "352-MENet-12x1/8"),
        ("budget", "140", "--groups", "8"),
        ("table", "228-MENet-12x1/3", "256-MENet-12x1/4", "352-MENet-12x1/8"),
    ):
        ours, baseline = process([TOOL, *arguments]), process(BASELINE)
        ratios = [seconds(ours) / seconds(baseline) for _ in range(21)]
        report(f"`{' '.join(arguments[:3])}` : `import typer, rich.table`", ratios, "at most 1.5")
    ours, baseline = process([TOOL, "verify", "352-MENet-12x1/8"]), process([sys.executable, "-c", COUNT_ONCE])
    ratios = [seconds(ours) / seconds(baseline) for _ in range(11)]
    report("`verify` : import torch and fvcore, count once", ratios, "at most 1.3")


def in_process() -> None:
    """Counts, formula and budget against the peers that need a model."""
    # pytorchcv, which the tests need, installs a torchvision that cannot be imported beside a torch for the CPU.
    sys.modules.setdefault("torchvision", None)
    import torch
    from fvcore.nn import FlopCountAnalysis
    from ptflops import get_model_complexity_info

    from menet_design import build, count, formula, parse, solve

    warnings.simplefilter("ignore")
    design = parse("352-MENet-12x1/8")
    model, macs = build(design).eval(), formula("menet").compile("macs")

    def fvcore(width: int) -> int:
        analysis = FlopCountAnalysis(build(design.but(width=width)).eval(), torch.rand(1, 3, 224, 224))
        return int(analysis.unsupported_ops_warnings(False).total())

    def bisected() -> int:
        low, high = 1, 64  # widths of 32 to 2048, in steps of 32
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if fvcore(32 * middle) <= 140e6 else (low, middle)
        return 32 * low

    def ptflops() -> object:
        return get_model_complexity_info(
            model, (3, 224, 224), backend="aten", print_per_layer_stat=False, as_strings=False
        )

    def counted() -> object:
        return count("352-MENet-12x1/8").rows

    def compiled() -> object:
        return macs(w=352, k=12, alpha=1, g=8, c=24, r=224, n=1000)

    ptflops(), compiled(), bisected()
    pairs = [(seconds(ptflops, 3), seconds(counted, 100)) for _ in range(15)]
    report("ptflops (aten) : a full count by layer, from its name", [a / b for a, b in pairs], "at least 100")
    pairs = [(seconds(ptflops, 3), seconds(compiled, 10_000)) for _ in range(15)]
    report("ptflops (aten) : the compiled formula", [a / b for a, b in pairs], "at least 10,000")
    pairs = [(seconds(bisected), seconds(lambda: solve(140e6, groups=8), 10)) for _ in range(7)]
    report("bisecting with build and fvcore : `solve`", [a / b for a, b in pairs], "at least 500")
    of_count, of_solve = 1e6 * seconds(counted, 500), 1e3 * seconds(lambda: solve(140e6, groups=8), 50)
    print(f"\ncount {of_count:.0f} µs, formula {1e6 * seconds(compiled, 10_000):.2f} µs, solve {of_solve:.1f} ms")


if __name__ == "__main__":
    # pip compiles what it installs; from a checkout, a first run or PYTHONDONTWRITEBYTECODE would compile in every one.
    compileall.compile_dir(str(Path(__file__).parents[2] / "menet_design"), quiet=1)
    print("| pair | median ratio | range | target |\n|:--|--:|:--|:--|")
    for part in sys.argv[1:] or ("whole-process", "in-process"):
        {"whole-process": whole_process, "in-process": in_process}[part]()
