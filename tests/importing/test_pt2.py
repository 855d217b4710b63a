"""`.pt2` archives: every graph as torch counts it, read without torch, and whatever else they may hold in one line."""

import copy
import json
import subprocess
import sys
import time
import zipfile

import pytest
import torch
from exported import (
    EXAMPLES,
    ORDER,
    Shuffles,
    Tokens,
    UNet,
    export_pt2,
    macs,
    parameters,
    rearranged,
    timm_model,
    torch_macs,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.export import Dim
from torch.nn import functional

from menet_design.errors import DesignError
from menet_design.importing.graph import read
from menet_design.importing.pt2 import ArchiveError, read_archive


def exported(module, inputs, path, dynamic=None):
    return read(read_archive(export_pt2(module.eval(), inputs, path, dynamic)))


@pytest.mark.parametrize("module", EXAMPLES)
def test_exported_modules_are_as_torch_counts_them(module, tmp_path):
    network, inputs = module(), EXAMPLES[module]
    graph = exported(network, inputs, tmp_path / "net.pt2")
    assert macs(graph) == torch_macs(network, inputs)
    assert parameters(graph) == sum(each.numel() for each in network.parameters())
    assert graph.inputs == tuple(tuple(each.shape[1:]) for each in inputs)


def test_a_shuffle_is_one_in_any_spelling(tmp_path):
    """Seven spellings of one shuffle, by a buffer of indices and by a list among them."""
    assert rearranged(exported(Shuffles(), EXAMPLES[Shuffles], tmp_path / "x.pt2")) == [("shuffle", ORDER)] * 7


@pytest.mark.parametrize("module", [Shuffles, Tokens])
def test_a_batch_that_is_open_is_one(module, tmp_path):
    """All sides that grow with the batch shrink with it: of windows and heads too."""
    network, inputs = module(), EXAMPLES[module]
    twice = tuple(each.repeat(3, *[1] * (each.dim() - 1)) for each in inputs)
    graph = exported(network, twice, tmp_path / "open.pt2", tuple({0: Dim.DYNAMIC} for _ in inputs))
    fixed = exported(network, inputs, tmp_path / "fixed.pt2")
    assert [op._replace(name="") for op in graph.operations] == [op._replace(name="") for op in fixed.operations]


def test_other_open_sides_are_those_of_the_example(tmp_path):
    network, (image,) = UNet(), EXAMPLES[UNet]
    sides = ({0: Dim.DYNAMIC, 2: Dim.DYNAMIC, 3: Dim.DYNAMIC},)
    graph = exported(network, (image.repeat(2, 1, 1, 1),), tmp_path / "unet.pt2", sides)
    assert (graph.inputs, macs(graph)) == (((3, 32, 48),), torch_macs(network, (image,)))


class Unusual(nn.Module):
    """A shared weight, layers that run twice, gradients and types set inside, counted indices, writing in place."""

    def __init__(self):
        super().__init__()
        self.one, self.two, self.act = nn.Conv2d(8, 8, 1, bias=False), nn.Conv2d(8, 8, 1, bias=False), nn.ReLU()
        self.two.weight = self.one.weight
        self.last = nn.Conv2d(8, 4, 1, groups=2)

    def forward(self, x):
        x = self.act(self.one(self.act(self.two(x))))
        with torch.no_grad():
            x = x + self.one(x)
        with torch.autocast("cpu", enabled=False):
            x = x * 2
        x = x[:, torch.arange(8).view(2, 4).t().reshape(-1)]
        functional.relu_(x)
        y = torch.zeros_like(x)
        y[:, 2:6] = self.one(x)[:, :4]
        return self.last(y)


def test_what_is_unusual(tmp_path):
    graph = exported(Unusual(), (torch.rand(1, 8, 3, 5),), tmp_path / "x.pt2")
    assert (macs(graph), parameters(graph)) == ((4 * 8 * 8 + 4 * 4) * 15, 64 + 16 + 4)
    by_name = {op.name: op for op in graph.operations}
    assert [(op.name, op.kind, op.selection) for op in graph.operations if op.selection] == [
        ("shuffle", "shuffle", (0, 4, 1, 5, 2, 6, 3, 7)),
        ("last.select", "select", (-1, -1, 0, 1, 2, 3, -1, -1)),
    ]
    written = next(op for op in graph.operations if op.variant == "relu" and op.inputs == ("shuffle",))
    assert by_name["one.3"].inputs == (written.name,)
    assert by_name["last"].inputs == ("last.select",)
    assert [op.layer for op in graph.operations if op.variant == "relu"] == ["ReLU", "ReLU", ""]


class Turned(nn.Module):
    """Writes into its map turned by a right angle, and reads that, or the map itself."""

    def __init__(self, reads_the_map):
        super().__init__()
        self.conv, self.reads_the_map = nn.Conv2d(4, 4, 1), reads_the_map

    def forward(self, x):
        x = self.conv(x)
        turned = x.transpose(2, 3)
        turned.relu_()
        return x + 1 if self.reads_the_map else turned + 1


def test_a_view_that_was_written_into_is_followed_or_refused(tmp_path):
    image = (torch.rand(1, 4, 2, 3),)
    graph = exported(Turned(reads_the_map=False), image, tmp_path / "turned.pt2")
    assert [(op.variant or op.kind, op.output) for op in graph.operations] == [
        ("conv", (4, 2, 3)),
        ("relu", (4, 3, 2)),
        ("add", (4, 3, 2)),
    ]
    with pytest.raises(ArchiveError, match=r"writes into a view of 'conv2d', and reads it again"):
        exported(Turned(reads_the_map=True), image, tmp_path / "map.pt2")


def test_functions_and_layers_are_told_apart(tmp_path):
    class Called(nn.Module):
        def __init__(self):
            super().__init__()
            self.act, self.pool = nn.ReLU(), nn.AdaptiveAvgPool2d(1)

        def forward(self, x):
            x = functional.gelu(torch.relu(functional.relu(self.act(x))))
            return functional.avg_pool2d(self.pool(x) * x + x.relu(), 2)

    graph = exported(Called(), (torch.rand(1, 3, 4, 4),), tmp_path / "x.pt2")
    assert [(op.layer, op.function) for op in graph.operations] == [
        ("ReLU", "torch.nn.functional.relu"),
        ("", "torch.nn.functional.relu"),
        ("", "torch.relu"),
        ("", "torch.nn.functional.gelu"),
        ("AdaptiveAvgPool2d", "torch.nn.functional.adaptive_avg_pool2d"),
        ("", "Tensor.mul"),
        ("", "Tensor.relu"),
        ("", "Tensor.add"),
        ("", "torch.nn.functional.avg_pool2d"),
    ]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The members of a small archive."""
    path = export_pt2(Shuffles().eval(), EXAMPLES[Shuffles], tmp_path_factory.mktemp("archive") / "shuffles.pt2")
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


MODEL = "models/model.json"


def packed(path, members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def having(archive, ending, content):
    return {name: content if name.endswith(ending) else each for name, each in archive.items()}


def with_version(archive, **version):
    model = json.loads(next(each for name, each in archive.items() if name.endswith(MODEL)))
    return having(archive, MODEL, json.dumps(model | {"schema_version": version}))


BAD = {
    "no zip": (lambda archive: None, "is not a whole archive"),
    "no graph": (lambda archive: {k: v for k, v in archive.items() if not k.endswith(MODEL)}, f"holds no {MODEL}"),
    "no weights": (
        lambda archive: {k: v for k, v in archive.items() if not k.endswith("weights_config.json")},
        "holds no weights/model_weights_config.json",
    ),
    "another version": (
        lambda archive: with_version(archive, major=9, minor=0),
        "has schema version 9. Known: version 8",
    ),
    "a long version": (
        lambda archive: with_version(archive, major="9" * 99),
        "has schema version 99999999999999999999. ",
    ),
    "no version": (with_version, "is not an archive of a known schema"),
    "no JSON": (lambda archive: having(archive, MODEL, b"\x80\x02}"), "is not an archive of a known schema"),
    "a list": (lambda archive: having(archive, MODEL, b"[]"), "is not an archive of a known schema"),
    "a long number": (lambda archive: having(archive, MODEL, b"9" * 10**5), "is not an archive of a known schema"),
    "deep": (lambda archive: having(archive, MODEL, b"[" * 10**6), "is nested too deeply"),
    "indices cut short": (
        lambda archive: having(archive, "weights/weight_16", b"12"),
        "is not an archive of a known schema",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_archives_are_refused_in_a_line_that_names_them(name, archive, tmp_path):
    spoiled, said = BAD[name]
    path, members = tmp_path / "bad.pt2", spoiled(archive)
    if members is None:
        path.write_text("not a zip file")
    else:
        packed(path, members)
    with pytest.raises(ArchiveError) as error:
        read_archive(path)
    assert said in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_bomb_is_not_unpacked(archive, tmp_path):
    """256 MiB of zeros in 1 MB: refused by the size that it says; and one that says less is cut off there."""
    path = tmp_path / "bomb.pt2"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file,
        file.open("x/" + MODEL, "w", force_zip64=True) as member,
    ):
        for _ in range(2**8):
            member.write(bytes(2**20))
    start = time.process_time()
    with pytest.raises(ArchiveError, match=r"x/models/model.json in .* is larger than 67,108,864 bytes"):
        read_archive(path)
    assert time.process_time() - start < 0.5
    content = path.read_bytes().replace((2**28).to_bytes(4, "little"), (2**10).to_bytes(4, "little"))
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="is not a"):
        read_archive(path)
    packed(path, archive, zipfile.ZIP_BZIP2)
    with pytest.raises(ArchiveError, match="is packed as torch packs nothing"):
        read_archive(path)


def test_archives_that_cannot_be_read(archive, tmp_path):
    for path in (tmp_path / "none.pt2", tmp_path):
        with pytest.raises(ArchiveError, match=f"cannot read {path}: "):
            read_archive(path)
    whole = packed(tmp_path / "whole.pt2", archive).read_bytes()
    for length in range(0, len(whole), len(whole) // 40):
        (tmp_path / "cut.pt2").write_bytes(whole[:length])
        # One that ends behind the examples, which are a zip file themselves, looks like that file.
        with pytest.raises(ArchiveError, match=r"is not a whole archive|holds no models/model\.json"):
            read_archive(tmp_path / "cut.pt2")
    packed_well = packed(tmp_path / "deflated.pt2", archive, zipfile.ZIP_DEFLATED)
    assert macs(read(read_archive(packed_well))) == 8 * 12 * 4 * 30


def places(tree, path=()):
    """The places in a tree of JSON, each as its keys."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


def changed(tree, path, value):
    tree = copy.deepcopy(tree)
    inner = tree
    for key in path[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return tree


NAMES = ("x", "conv2d", "order", "as_int", "torch.ops.aten.permute.default", "torch.ops.aten.tile.default")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.sampled_from(NAMES),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("as_int", "as_tensor", "name", "x")), inner, max_size=2)
    ),
    max_leaves=4,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_graph_changed_anywhere_is_read_or_refused(archive, tmp_path, data):
    """Any field of the graph, or of what is said of the weights, replaced by anything or left out."""
    member = data.draw(
        st.sampled_from([name for name in archive if name.endswith((MODEL, MODEL, "weights_config.json"))])
    )
    tree = json.loads(archive[member])
    path = data.draw(st.sampled_from([each for each in places(tree) if each[0] != "guards_code"]))
    spoiled = changed(tree, path, data.draw(JSON | st.just(...)))
    file = packed(tmp_path / "changed.pt2", archive | {member: json.dumps(spoiled)})
    said = ""
    try:
        assert macs(read(read_archive(file))) >= 0
    except DesignError as error:
        said = str(error)
    assert said.isprintable()


def test_neither_torch_nor_a_pickle_is_touched(archive, tmp_path):
    path = packed(tmp_path / "x.pt2", having(archive, "sample_inputs/model.pt", b"no pickle"))
    script = (
        "import sys; from pathlib import Path; from menet_design.importing.pt2 import read_archive;"
        "from menet_design.importing.graph import read;"
        f"read(read_archive(Path({str(path)!r}))); print([n for n in ('torch', 'pickle', 'sympy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "torch" not in done.stdout


def test_a_batch_that_is_fixed_is_refused(tmp_path):
    path = export_pt2(Shuffles().eval(), (torch.rand(4, 12, 6, 5),), tmp_path / "four.pt2")
    with pytest.raises(ArchiveError, match=r"is made for a batch of 4. Export it for a batch of 1"):
        read_archive(path)


def test_our_own_network_is_what_it_is_by_name(tmp_path):
    from menet_design import build, parse

    network, image = build(parse("228-MENet-12x1/3")).eval(), (torch.rand(1, 3, 224, 224),)
    graph = exported(network, image, tmp_path / "menet.pt2")
    assert macs(graph) == torch_macs(network, image)
    assert parameters(graph) == sum(each.numel() for each in network.parameters())
    assert [op.kind for op in graph.operations].count("shuffle") == 16


TIMM = (
    *("convnext_tiny", "resnet50", "efficientnet_b0", "mobilenetv3_large_100", "vit_tiny_patch16_224", "ghostnet_100"),
    *("swin_tiny_patch4_window7_224", "mobilevit_xxs", "regnety_002", "res2net50_26w_4s", "xcit_nano_12_p16_224"),
    *("levit_128s", "edgenext_xx_small", "coat_lite_tiny", "resnest14d", "lambda_resnet26t", "nf_regnet_b0"),
)


@pytest.mark.slow
@pytest.mark.parametrize("name", TIMM)
@pytest.mark.parametrize("batch", ["fixed", "open"])
def test_models_of_timm_are_as_torch_counts_them(name, batch, tmp_path):
    network, shape = timm_model(name)
    image = torch.rand(1, *shape)
    given, sides = (image, None) if batch == "fixed" else (image.repeat(2, 1, 1, 1), ({0: Dim.DYNAMIC},))
    graph = exported(network, (given,), tmp_path / "net.pt2", sides)
    assert macs(graph) == torch_macs(network, (image,))
    assert parameters(graph) == sum(each.numel() for each in network.parameters())
