"""Forward time beside pytorchcv's model of the same network: python tests/benchmarks/deploy.py [threads] [batch...]

Not a test: nothing here fails. Plain, deployed, deployed and compiled, and deployed through onnxruntime run in turn,
round by round, with the peer; printed is the median of the ratios with their range. The bound is what the network's
multiply-adds take at the rate of a product of large matrices. Needs the extras `onnx` and `test`, and a C++ compiler.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import onnxruntime
import torch

from menet_design import build, count, deploy, export
from menet_design.measurement.comparison import compare
from menet_design.measurement.conditions import Conditions
from menet_design.measurement.engines import feeds, session_options
from menet_design.measurement.latency import interleaved

PEERS = {
    "108-MENet-8x1/3": "menet108_8x1_g3",
    "228-MENet-12x1/3": "menet228_12x1_g3",
    "352-MENet-12x1/8": "menet352_12x1_g8",
    "456-MENet-24x1/3": "menet456_24x1_g3",
}

# The side of the square matrices whose product is the bound's measure.
SIDE = 1024


def peer_of(name: str) -> torch.nn.Module:
    """pytorchcv's model; the torchvision that it installs cannot be imported beside a torch for the CPU."""
    sys.modules.setdefault("torchvision", None)
    from pytorchcv.models import menet

    return getattr(menet, PEERS[name])().eval()


def runs(name: str, batch: int, threads: int) -> dict[str, Callable[[], object]]:
    """What runs in a round: the peer, and ours by what is measured of it."""
    model, peer = build(name).eval(), peer_of(name)
    deployed, images = deploy(model), torch.rand(batch, 3, 224, 224)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "deployed.onnx")
        export(model, path, deploy=True, batch=batch)
        options = session_options(Conditions(threads=threads))
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    fed = feeds(session, (images,))
    torch.compiler.reset()
    compiled = torch.compile(deployed, options={"freezing": True})
    matrix = torch.rand(SIDE, SIDE)
    return {
        "pytorchcv": lambda: peer(images),
        "plain": lambda: model(images),
        "deployed": lambda: deployed(images),
        "compiled": lambda: compiled(images),
        "onnxruntime": lambda: session.run(None, fed),
        "product": lambda: matrix @ matrix,
    }


def row(name: str, batch: int, threads: int) -> str:
    """A network on so many images: milliseconds of the peer, and the ratios to it."""
    found = runs(name, batch, threads)
    with torch.inference_mode():
        peer, *ours, products = interleaved(list(found.values()), 0)
    share = batch * count(name).macs / SIDE**3
    ratios = (compare(each, peer) for each in (*ours, [share * product for product in products]))
    cells = (f"{each.ratio:.2f} ({each.low:.2f} to {each.high:.2f})" for each in ratios)
    return f"| {name} | {batch} | {1e3 * median(peer):.1f} | {' | '.join(cells)} |"


if __name__ == "__main__":
    threads, *batches = map(int, sys.argv[1:] or ("1", "1", "32"))
    torch.set_num_threads(threads)
    print("| network | batch | pytorchcv, ms | plain | deployed | compiled | onnxruntime | bound |")
    print("|:--" + "|--:" * 7 + "|")
    for each in PEERS:
        for size in batches:
            print(row(each, size, threads), flush=True)
