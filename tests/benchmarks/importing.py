"""How fast networks of others are counted, as ratios in the same run: python tests/benchmarks/importing.py

Not a test: nothing here fails. Both sides of a ratio run in turn, pair by pair. Needs the extras `torch` and `test`. A
model of a library is made by the same factory on both sides, so that only the counting differs.
"""

import compileall
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

from ratios import TOOL, process, report, seconds

NET = """
import sys
sys.modules.setdefault("torchvision", None)
from pytorchcv.models.{module} import {factory} as Net
"""
FVCORE = """
import sys, torch
sys.path.insert(0, {folder!r})
from net_{factory} import Net
from fvcore.nn import FlopCountAnalysis
print(FlopCountAnalysis(Net().eval(), torch.rand(1, 3, 224, 224)).total())
"""
MODELS = {"menet": "menet352_12x1_g8", "mobilenetv2": "mobilenetv2_w1", "resnet": "resnet50", "densenet": "densenet121"}
EXPORT = """
import torch
from menet_design import build, parse
model = build(parse("352-MENet-12x1/8")).eval()
torch.export.save(torch.export.export(model, (torch.rand(1, 3, 224, 224),)), {path!r})
"""


def whole_process(folder: Path) -> None:
    """`flops` of a model against three lines of fvcore; an exported file against a name."""
    for module, factory in MODELS.items():
        path = folder / f"net_{factory}.py"
        path.write_text(NET.format(module=module, factory=factory), encoding="utf-8")
        ours = process([TOOL, "flops", f"{path}:Net"])
        theirs = process([sys.executable, "-c", FVCORE.format(folder=str(folder), factory=factory)])
        ours(), theirs()
        ratios = [seconds(ours) / seconds(theirs) for _ in range(11)]
        report(f"`flops net.py:{factory}` : three lines of fvcore", ratios, "at most 1.1")
    path = folder / "menet.pt2"
    subprocess.run([sys.executable, "-c", EXPORT.format(path=str(path))], check=True, capture_output=True)
    ours, theirs = process([TOOL, "flops", str(path)]), process([TOOL, "flops", "352-MENet-12x1/8"])
    report("`flops menet.pt2` : by name", [seconds(ours) / seconds(theirs) for _ in range(11)], "at most 3")


def in_process(folder: Path) -> None:
    """`count` of a module against fvcore's count of it."""
    import torch
    from fvcore.nn import FlopCountAnalysis

    from menet_design import count

    warnings.simplefilter("ignore")
    sys.path.insert(0, str(folder))
    for factory in MODELS.values():
        model = __import__(f"net_{factory}").Net().eval()
        images = torch.rand(1, 3, 224, 224)

        def ours(model: torch.nn.Module = model) -> int:
            return count(model, input=(3, 224, 224)).macs

        def theirs(model: torch.nn.Module = model, images: torch.Tensor = images) -> int:
            return int(FlopCountAnalysis(model, images).unsupported_ops_warnings(False).total())

        ours(), theirs()
        report(f"`count({factory})` : fvcore", [seconds(ours) / seconds(theirs) for _ in range(11)], "below 1")


if __name__ == "__main__":
    # As ratios.py does: pip compiles what it installs.
    compileall.compile_dir(str(Path(__file__).parents[2] / "menet_design"), quiet=1)
    os.environ["PYTHONWARNINGS"] = "ignore"
    print("| pair | median ratio | range | target |\n|:--|--:|:--|:--|")
    with tempfile.TemporaryDirectory() as made:
        whole_process(Path(made))
        in_process(Path(made))
