"""Every wrong use is one clear line on stderr that names what would be right; exit code 2; nothing else happens."""

import json
from pathlib import Path

import pytest
from answers import check_error

# A command, and what its error line says.
WRONG = {
    # Illegal numbers, with the nearest legal ones. A width is a multiple of 4g; a stem one of g.
    "flops 230-MENet-12x1/3": "Nearest legal widths: 228, 240",
    "table 230-MENet-12x1/3": "228, 240",
    "table SEP-Net ResNet-20": "SEP-Net and ResNet-20 are not laid out in the same lines. Ask for a table of each",
    "verify 230-MENet-12x1/3": "228, 240",
    "config 230-MENet-12x1/3": "228, 240",
    "flops 232-MENet-12x1/3": "228, 240",
    "flops 228-MENet-12x1/3 --stem 240": "252",
    "flops 0-MENet-12x1/3": "24",
    "flops 99999999-MENet-12x1/3": "65532",
    "flops 228-MENet-12x1/5 --stem 24": "Nearest legal stems: 20, 25",
    "budget 140 --groups 5 --stem 24": "Nearest legal stems: 20, 25",
    "budget 140 --groups 3,5 --stem 24": "20, 25",
    "flops 228-MENet-12x1/3 --stem 0": "stem 0",
    "flops 228-MENet-12x1/3 --stem -3": "stem -3",
    "flops 228-MENet-12x1/0": "groups 0",
    "flops 228-MENet-12x1 --groups -1": "groups -1",
    "flops 228-MENet-0x1/3": "fusion 0",
    "flops 228-MENet-12x1.3/3": "expansions 1, 1.5",  # 12·α² is whole for multiples of 1/2
    "flops 228-MENet-12x0/3": "expansion 0",
    "flops '228-MENet-12x(1/0)/3'": "expansion 1/0",
    "flops 352-MENet-12x1/8 --resolution 16": "too small for 5 halvings. The smallest is 32",
    "table 352-MENet-12x1/8 --resolution 31": "too small for 5 halvings. The smallest is 32",
    "verify 352-MENet-12x1/8 --resolution 16": "too small for 5 halvings. The smallest is 32",
    "budget 140 --groups 8 --resolution 16": "too small for 5 halvings. The smallest is 32",
    "flops 352-MENet-12x1/8 --resolution 999999": "16384",
    "flops 352-MENet-12x1/8 --classes 0": "classes: 1",
    "flops 228-MENet-12x1/3 --groups 4": "groups",
    "flops '228-MENet-12x1/3 (g = 4)'": "gives groups 3, 4. Give groups once",
    # Names, with what is meant perhaps.
    "flops 352-MNet-12x1/8": "Did you mean 352-MENet-12x1/8",
    "flops 352-MENet-12x1": "Did you mean 352-MENet-12x1/8?",
    "table 352-MENet-12x1/8 228-MENet-12x1/": "Did you mean 228-MENet-12x1/3",
    "verify menet228_12x1_g": "Did you mean",
    "config 360-MENet-12x1": "--groups",
    "flops densenet121": "densenet121",
    "flops resnet50": "resnet50 is not built in",
    "flops something": "Families: menet, shufflenet",
    "flops ''": "Families: menet, shufflenet",
    "networks densenet*": "Families: menet, shufflenet",
    "networks menet352_12x1_g9": "Write it as in 228-MENet-12x1/3",
    "flops missing.json": "missing.json",
    "formula resnet": "menet",
    # Budgets.
    "budget 0 --groups 8": "0 MFLOPs or less. The smallest, 32-MENet-8x1/8,",
    "budget -5 --groups 8": "-5",
    "budget --groups 8 -- -5": "-5 MFLOPs or less. The smallest, 32-MENet-8x1/8,",
    "budget nan --groups 8": "nan is not a number",
    "budget inf --groups 8": "The largest, 65536-MENet-24x1/8,",
    "budget 1e400 --groups 8": "The largest, 65536-MENet-24x1/8,",
    "budget 1e30 --groups 8": "The largest, 65536-MENet-24x1/8,",
    "budget abc --groups 8": "'abc'",
    "budget '' --groups 8": "''",
    # The smallest is the first multiple of 4g above the stem.
    "budget 0.1 --groups 8": "stem 16, fusion 8 has 0.1 MFLOPs or less. The smallest, 32-MENet-8x1/8,",
    "budget 1e12 --groups 8": "The largest, 65536-MENet-24x1/8,",  # the largest width that any design may have
    "budget 0.001 --groups 3 --metric params": "The smallest, 24-MENet-8x1/3,",
    "budget 140": "groups",
    "budget 140 --groups 8 --width 352": "width",
    "budget 140 --groups 8 --solve fusion": "width",
    "budget 140 --groups 8 --solve fusion --width 350": "320, 352",
    "budget 140 --groups 8 --solve fusion --width 352 --fusion 12": "fusion",
    "budget 140 --groups 8 --expansion abc": "abc",
    "budget 140 --groups 8 --expansion 1.3": "1, 1.5",
    "budget 140 --groups 8 --fit best": "'nearest', 'under'",
    "budget 140 --groups 8 --metric flops": "'macs', 'params'",
    "budget 140 --groups 8 --solve depth": "Known: width, fusion, expansion, resolution",
    # Conventions.
    "flops 352-MENet-12x1/8 --convention ptflops": "Give ptflops-pytorch or ptflops-aten",
    "flops 352-MENet-12x1/8 --output cost.xlsx": ".xlsx says no format. Known: .txt, .json, .csv, .tsv, .md, .tex",
    "budget 140e6 --groups 8": "Is a budget of 140 million meant?",
    "budget 0.00014 --groups 8": "Is a budget of 140 million meant?",
    "budget 140 --groups 8 --convention ''": "convention '' is not known",
    "budget 5 --groups 8 --convention thop": "5 MFLOPs (thop) or less. The smallest, 32-MENet-8x1/8,",
    "reconcile 230-MENet-12x1/3": "Nearest legal widths: 228, 240",
    # Numbers of groups.
    "loss-ratio": "--groups",
    "loss-ratio --groups abc": "1-16",
    "loss-ratio --groups ''": "1-16",
    "loss-ratio --groups 2,,3": "1-16",
    "loss-ratio --groups 3.5": "1-16",
    "loss-ratio --groups 1-2-3": "1-16",
    "loss-ratio --groups 4-": "1-16",
    "loss-ratio --groups 1_6": "1-16",
    "loss-ratio --groups 0": "between 1 and 65,536",
    "loss-ratio --groups 8-3": "between 1 and 65,536",
    "loss-ratio --groups 1-99999999999": "1-16",
    "budget 140 --groups 0": "between 1 and 65,536",
    "loss-ratio --groups 3 --channels 88": "87, 90",
    "loss-ratio --groups 8 --channels 5": "8",
    "loss-ratio --groups 3 --channels 0": "channels 0",
    "loss-ratio --groups 3 --channels many": "'many'",
    # Numbers for letters.
    "formula --at w": "w=352",
    "formula --at w=": "w=352",
    "formula --at w=wide": "w=wide",
    "formula --at w=1/0": "w=1/0",
    "formula --at w=nan": "w=nan",
    "formula --at w=228,z=3": "w, k, alpha, g, c, r, n",
    "formula --at W=228": "w, k, alpha, g, c, r, n",
    "formula --at w=228,w=240": "w",
    "formula --at r=100": "96, 128",
    "formula --at r=0": "32",
    "formula --at r=-32": "32",
    "formula --at g=0": "g",
    "formula --at g=-3": "g",
    "formula --at w=-5": "w",
    "formula --at w=1e400": "w",
    "formula --at w=230,k=12,alpha=1,g=3,c=24,r=224,n=1000": "228, 240",
    # Files.
    "flops 352-MENet-12x1/8 --output nowhere/cost.txt": "no folder",
    "flops 352-MENet-12x1/8 --output .": "not a regular file",
    f"flops 352-MENet-12x1/8 --output {'long' * 80}": "File name too long",
    "config 352-MENet-12x1/8 --output nowhere/model.json": "no folder",
    "config 352-MENet-12x1-add/8": "addition",
    "loss-ratio --groups 3 --plot loss.bmp": ".pdf, .svg, .eps, .png",
    "loss-ratio --groups 3 --plot loss": ".pdf, .svg, .eps, .png",
    "loss-ratio --groups 3 --plot nowhere/loss.pdf": "no folder",
    "loss-ratio --groups 3 --plot loss.pdf --output nowhere/loss.txt": "no folder",
    # Connectivity.
    "connectivity": "NETWORK",
    "connectivity 230-MENet-12x1/3": "Nearest legal widths: 228, 240",
    "connectivity 352-MENet-12x1": "Did you mean 352-MENet-12x1/8?",
    "connectivity 352-MENet-12x1/8 --groups 4": "Give groups once",
    "connectivity 352-MENet-12x1/8 --resolution 16": "too small for 5 halvings. The smallest is 32",
    "connectivity 352-MENet-12x1/8 --by layer": "'block', 'pair', 'group'",
    "connectivity 352-MENet-12x1/8 --images .": "--images are what --weights are measured on. Give both",
    "connectivity 352-MENet-12x1/8 --prove --weights w.pth": "Give one of them",
    "connectivity 352-MENet-12x1/8 --by pair --weights w.pth": "Give --by block or --by group",
    "connectivity 352-MENet-12x1/8 228-MENet-12x1/3 --weights w.pth": "Measure one design at a time",
    "connectivity 352-MENet-12x1/8 --weights missing.pth": "cannot read missing.pth: No such file",
    "connectivity 352-MENet-12x1/8 --weights .": "directory",
    "connectivity 352-MENet-12x1/8 --weights missing.pth --images nowhere": "there is no folder nowhere",
    "connectivity 352-MENet-12x1/8 --weights missing.pth --images .": "Give a folder of .jpg or .png files",
    "connectivity 352-MENet-12x1/8 --plot connections.bmp": ".pdf, .svg, .eps, .png",
    "connectivity 352-MENet-12x1/8 --plot connections": ".pdf, .svg, .eps, .png",
    "connectivity 352-MENet-12x1/8 --plot nowhere/connections.pdf": "no folder",
    "connectivity 352-MENet-12x1/8 --prove --plot nowhere/connections.pdf": "no folder",
    "connectivity 352-MENet-12x1/8 --plot connections.pdf --output nowhere/answer.txt": "no folder",
    "connectivity 352-MENet-12x1/8 --plot one.svg --output ./one.svg": "Give two names",
    "loss-ratio --groups 3 --channels 121 --derive": "Nearest multiples of 3: 120, 123",
    "loss-ratio --groups 3 --derive --plot one.svg --output one.svg": "Give two names",
    # Detectors.
    "detector ssd VGG-16": "'faster-rcnn'",
    "detector faster-rcnn VGG-16 --image 600x": "'600x' is not a height and a width.",
    "detector faster-rcnn VGG-16 --image 20x1000": "Nearest legal image height: 32",
    "detector faster-rcnn VGG-16 --proposals 0": "Nearest legal number of proposals: 1",
    "detector faster-rcnn VGG-16 --subnet stage1": "Known: stage2, stage3, stage4, stage5, classifier",
    "detector faster-rcnn MobileNet --roi 1": "reads no RoIs of 1×1. By itself it reads 14×14",
    "verify 108-MENet-8x1/3 --weights missing.pth": "cannot read missing.pth: No such file",
    "verify 108-MENet-8x1/3 --weights .": "directory",
    "verify 108-MENet-8x1/3 228-MENet-12x1/3 --weights w.pth": "Verify one at a time",
    # Sizes, differences, tables of papers, figures.
    "memory ResNet-20 --dtype int4": "'float32', 'float16', 'int8'",
    "memory ResNet-20 --by stage": "'tensor', 'layer'",
    "memory ResNet-20 --plot memory.gif": "memory.gif is not the name of a figure. Known endings: .pdf",
    "size SEP-Net --scheme int4": "'float32', 'float16', 'int8', 'pattern', 'pattern+int8'",
    "size ResNet-20 --only nowhere": "no layer with k×k kernels is named 'nowhere'. Known: stage1.conv,",
    "size 20-SEP-Net": "Nearest legal widths: 16, 32",
    "size ResNet-21": "Write it as in ResNet-20",
    "diff 228-MENet-12x1/3": "Missing argument 'B'",
    "diff 230-MENet-12x1/3 VGG-16": "Nearest legal widths: 228, 240",
    "diff VGG-16 VGG-99": "Write it as in VGG-16",
    "table": "a table needs a network. Give a NETWORK",
    "table --paper IX": "table of a paper 'IX' is not known. Known: I, II",
    "table 352-MENet-12x1/8 --paper IV": "Leave out designs and their options",
    "table --paper IV --groups 3": "Leave out designs and their options",
    "picture 228-MENet-12x1/3": "--output",
    "picture 228-MENet-12x1/3 --output a.gif": "Known endings: .pdf, .svg, .eps, .png",
    "picture --output a.svg": "NETWORK",
    "picture 229-MENet-12x1/3 --output a.svg": "228",
    "plot figure-4": "--output",
    "plot figure-5 --output a.svg": "figure-4",
    "plot figure-4 --output a.jpg": ".pdf, .svg, .eps, .png",
    # The command line itself.
    "flop 352-MENet-12x1/8": "'flops'",
    "lossratio --groups 3": "'loss-ratio'",
    "export 352-MENet-12x1/8": "Missing option '--output'",
    "352-MENet-12x1/8": "menet-design flops 352-MENet-12x1/8",
    "flops 352-MENet-12x1/8 --per-layer": "--by layer",
    "budget 140 --verbose": "No such option: --verbose",
    "flops :Net": "timm:NAME",
    "flops a..b:Net": "timm:NAME",
    "flops net.py": "Write net.py:Net",
    "flops /dev": "is no file that is read here",
    "flops VGG-16 --input 224": "3x224x224",
    "flops VGG-16 --by layer --depth 1": "Give one of them",
    "flops VGG-16 --depth 0": "depth",
    "detector faster-rcnn VGG-16 --input 3x600x600": "Give --image",
    "flops --detector faster-rcnn 352-MENet-12x1/8": "menet-design detector faster-rcnn",
    "nonsense": "menet-design -h",
    "--nonsense": "menet-design -h",
    "flops": "NETWORK",
    "flops 352-MENet-12x1/8 --formt json": "--format",
    "flops 352-MENet-12x1/8 --format jsn": "'json'",
    "flops 352-MENet-12x1/8 --by layr": "'layer'",
    "flops 352-MENet-12x1/8 --stem wide": "'wide'",
    "config 352-MENet-12x1/8 228-MENet-12x1/3": "menet-design config -h",
}


@pytest.mark.parametrize("command", WRONG, ids=[command[:60] for command in WRONG])
def test_wrong_use_is_one_line_and_nothing_else(cli, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    check_error(cli(command), WRONG[command])
    assert list(tmp_path.iterdir()) == []


def test_a_stem_of_nothing_is_told_the_nearest_that_splits_into_the_groups(cli):
    check_error(cli("flops 228-MENet-12x1/3 --stem 0"), "Nearest legal stems: 3")


@pytest.mark.parametrize(
    "command",
    [
        "flops 352-MENet-12x1/8 --format json --output",
        "config 352-MENet-12x1/8 --output",
        "loss-ratio --groups 3 --plot",
        "plot figure-4 --output",
        "plot cost VGG-16 --output",
        "picture 228-MENet-12x1/3 --output",
        "formula --python --output",
        "connectivity 352-MENet-12x1/8 --format csv --output",
        "connectivity 352-MENet-12x1/8 --plot",
        "connectivity 352-MENet-12x1/8 --weights missing.pth --plot",
    ],
)
def test_an_existing_file_is_left_as_it_is(cli, tmp_path, command):
    file = tmp_path / "mine.svg"
    file.write_text("mine")
    check_error(cli(command, file), "--force")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"mine.svg": "mine"}


@pytest.mark.parametrize("command", ["loss-ratio --groups 3", "connectivity 352-MENet-12x1/8"])
def test_no_figure_is_drawn_where_the_answer_cannot_be_written(cli, tmp_path, command):
    file = tmp_path / "mine.txt"
    file.write_text("mine")
    check_error(cli(f"{command} --plot", tmp_path / "figure.svg", "--output", file), "--force")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_forbids_writing_is_an_error(cli, tmp_path, monkeypatch):
    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", forbidden)  # root may write anywhere, so that no mode of the folder does it
    check_error(cli("flops 352-MENet-12x1/8 --output", tmp_path / "cost.txt"), "Permission denied")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_model_config_is_an_error(cli, tmp_path):
    """All kinds of them are in tests/families/test_notation.py."""
    (tmp_path / "model.json").write_text("{")
    check_error(cli("flops", tmp_path / "model.json"), "not JSON")


# Files of weights, all kinds of which tests/models/test_checkpoint.py refuses.


class Malicious:
    """Unpickled, it would write a file."""

    def __init__(self, victim: Path) -> None:
        self.victim = victim

    def __reduce__(self):
        return Path.touch, (self.victim,)


@pytest.fixture(scope="module")
def weights():
    from menet_design import build, parse

    return build(parse("108-MENet-8x1/3")).state_dict()


@pytest.fixture
def checkpoint(cli, tmp_path):
    """Write a file, give it to verify as weights, and return what verify did."""

    def verify(content):
        import torch

        torch.save(content, tmp_path / "weights.pth")
        return cli("verify 108-MENet-8x1/3 --resolution 32 --weights", tmp_path / "weights.pth")

    return verify


def test_whole_weights_are_proven(checkpoint, weights):
    assert checkpoint({"state_dict": weights}).code == 0


def test_weights_that_cannot_be_loaded_are_refused_and_run_nothing(checkpoint, weights, cli, tmp_path):
    check_error(checkpoint({"state_dict": Malicious(tmp_path / "victim")}), "could run code")
    assert not (tmp_path / "victim").exists()
    check_error(checkpoint({**weights, "extra": weights["classifier.fc.bias"]}), "extra")
    check_error(checkpoint([weights]), "state dict")
    (tmp_path / "text.pth").write_text("not weights")
    check_error(cli("verify 108-MENet-8x1/3 --weights", tmp_path / "text.pth"), "whole checkpoint")


def test_weights_that_give_no_number_are_not_proven(checkpoint, weights):
    result = checkpoint({**weights, "classifier.fc.bias": weights["classifier.fc.bias"] * float("nan")})
    assert result.code == 1
    assert "NOT proven" in result.stdout
    assert "not finite" in result.stdout


def test_a_model_beyond_the_memory_is_refused_before_it_is_built(cli):
    check_error(cli("verify 65536-MENet-12x1/8"), "GB of memory")


@pytest.fixture
def broken_model(monkeypatch):
    """Models in which two layers are not what the design says."""
    from torch import nn

    from menet_design.models import build

    def build_broken(design):
        model = build(design)
        model.get_submodule("stage4.1.fusion").merge = nn.Conv2d(108, 8, 1, bias=True)  # 8 parameters too many
        model.get_submodule("stage3.2.residual").compress = nn.Conv2d(216, 54, 1, bias=False)  # not grouped
        return model

    monkeypatch.setattr("menet_design.verification.agreement.build", build_broken)


@pytest.mark.usefixtures("broken_model")
def test_a_failed_proof_exits_with_1_and_names_the_first_layer(cli):
    result = cli("verify 108-MENet-8x1/3")
    assert (result.code, result.stderr) == (1, "")
    # 14×14 pixels, 216 to 54 channels, in 3 groups and in one.
    grouped, whole = 14 * 14 * 216 * 54 // 3, 14 * 14 * 216 * 54
    verdict = " ".join(result.stdout.partition("\n\n")[0].splitlines())
    assert verdict.startswith("108-MENet-8×1 (g = 3): NOT proven. First disagreement: stage3.2.residual.compress: MACs")
    assert f"should be {grouped}, in the model {whole}" in verdict
    assert "stage4.1" not in result.stdout


@pytest.mark.usefixtures("broken_model")
def test_a_failed_proof_is_not_hidden_by_a_good_one_or_a_format(cli):
    several = cli("verify 108-MENet-8x1/3 108-MENet-8x1-add/3 --format json")
    assert several.code == 1
    first = [result["first_disagreement"]["layer"] for result in json.loads(several.stdout)["results"]]
    assert first == ["stage3.2.residual.compress"] * 2
    budget = cli("budget 40 --groups 3 --verify")
    assert (budget.code, "NOT proven" in budget.stdout) == (1, True)


def test_an_interrupt_is_one_line_and_exits_with_130(cli, monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("menet_design.analysis.cost.count", interrupted)
    assert cli("flops 352-MENet-12x1/8") == (130, "", "interrupted\n")
