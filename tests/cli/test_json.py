"""docs/json.md lists every key of every command's JSON, and no other."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli.test_golden import COMMANDS

PAGE = Path(__file__).parents[2] / "docs" / "json.md"
SLIM = Path(__file__).parents[1] / "papers" / "slim_mobilenet_v1.csv"
# A golden command for each set of options that answers in JSON, but for proofs, which are asked for below.
ASKED = [
    each for each in COMMANDS.values() if not re.search("--(format|latex|python|prove|verify)|^(config|verify)", each)
]
GOLDEN = {(each.split()[0], *re.findall(r"--by \w+|--[a-z-]+", each)): each for each in ASKED}.values()
SMALL = "24-MENet-2x1/2 --resolution 32 --classes 5 --blocks 1,1,1"
# What the golden commands do not ask for: {} is a folder that `files` fills.
BESIDE = [
    "detector faster-rcnn VGG-16",
    "flops 108-MENet-8x1/3 --small-images --resolution 32x64 --channels 1 --blocks 1,2,1 --batch 2",
    "flops 108-MENet-8x1/3 --widths 108,216,432 --fusions 8,9,10",
    "flops 0.5x-MobileNet-160 --round-to 8",
    "reconcile 228-MENet-12x1/3 --earlier",
    "reconcile 1x-MobileNetV2-224",
    "reconcile 228-MENet-12x1/3 --figure 148.93M",
    f"explain --table '{SLIM}'",
    "budget 20 --model '{}/net.py:Net' --vary width=16:640:8 --input 3x64x64",
    "diff GoogLeNet 1x-MobileNetV2-224",
    "memory GoogLeNet",
    "search --groups 3 --width 200-230 --max-size 9MB --min-fusion-share 5% --max-mixing-depth 3 --minimise exact_loss",
    "search --family resnet15 --width 24-48 --latencies '{}/measured.csv' --fit-latency --minimise latency",
    "latency 48-ResNet-15 --resolution 32 --seconds 0 --by layer",
    "table GoogLeNet",
    "table --paper II",
    f"connectivity {SMALL} --prove",
    "budget 0.3 --groups 2 --resolution 32 --classes 5 --blocks 1,1,1 --verify",
    f"connectivity {SMALL} --weights '{{}}/weights.pth' --images '{{}}'",
    f"verify {SMALL} --weights '{{}}/infinite.pth'",
    f"classify '{{}}/picture.png' --weights '{{}}/weights.pth' --network {SMALL}",
    f"evaluate '{{}}/val' --weights '{{}}/weights.pth' --network {SMALL}",
    "networks",
    "errata",
]
NET = """from torch import nn
class Net(nn.Sequential):
    def __init__(self, width=16):
        super().__init__(nn.Conv2d(3, width, 1), nn.Conv2d(width, width, 1, groups=4))
"""
MEASURED = """network,family,macs,ms,ms_q1,ms_q3,engine
24-ResNet-15,resnet15,1,1,1,1,eager
32-ResNet-15,resnet15,1,2,2,2,eager
40-ResNet-15,resnet15,1,3,3,3,eager
44-ResNet-15,resnet15,1,4,4,4,eager
48-ResNet-15,resnet15,1,5,5,5,eager
"""
Row = tuple[str, str]  # its section and its key
Page = dict[str, list[tuple[str, list[str]]]]
ROW = re.compile(r"\| (?:`([^`]+)` )?\| (.+?) \| .*\|")


def files(folder: Path) -> None:
    """A network, weights that are measured and weights that disagree, a picture, and a table of latencies."""
    import torch
    from PIL import Image

    from menet_design import build

    state = build("24-MENet-2x1/2", resolution=32, classes=5, blocks=(1, 1, 1)).state_dict()
    torch.save(state, folder / "weights.pth")
    infinite = {name: each + torch.inf if each.is_floating_point() else each for name, each in state.items()}
    torch.save(infinite, folder / "infinite.pth")
    Image.effect_noise((50, 40), 60).save(folder / "picture.png")
    for label in range(5):
        (folder / "val" / str(label)).mkdir(parents=True)
        Image.effect_noise((50, 40), 60).save(folder / "val" / str(label) / "picture.png")
    (folder / "net.py").write_text(NET)
    (folder / "measured.csv").write_text(MEASURED)


def sections() -> Page:
    """The keys of each section of the page, by its anchor, with the sections whose keys follow each."""
    parts = re.split(r"^## (.+)\n", PAGE.read_text(encoding="utf-8"), flags=re.M)[1:]
    return {
        title.lower().replace(" ", "-"): [
            (key, re.findall(r"\(#([\w-]+)\)", kind)) for key, kind in ROW.findall(text) if kind != "type"
        ]
        for title, text in zip(parts[::2], parts[1::2], strict=True)
    }


def listed(section: str, page: Page) -> Iterator[tuple[str, Row]]:
    """Every path of keys that a section lists, and the row of the page that says so."""
    for key, links in page[section]:
        if key:
            yield key.removesuffix("[]"), (section, key)
        for path, row in (found for link in links for found in listed(link, page)):
            yield (f"{key}.{path}" if key else path), row


def paths(value: dict[str, Any], before: str = "") -> Iterator[str]:
    """Every path of keys of a JSON object."""
    for key, inner in value.items():
        yield before + key
        dots = "[]." if isinstance(inner, list) else "."
        for each in inner if isinstance(inner, list) else [inner]:
            yield from paths(each, before + key + dots) if isinstance(each, dict) else ()


def matching(path: str, known: list[tuple[str, Row]]) -> set[Row]:
    """The rows of the page that list a path, in which a last * stands for any key."""
    either = {path, f"{path.rpartition('.')[0]}.*"}
    return {row for key, row in known if key in either}


def test_paths_and_rows():
    assert [*paths({"a": 1, "b": [{"c": {"d": []}}], "e": [1]})] == ["a", "b", "b[].c", "b[].c.d", "e"]
    page = {"one": [("b[]", ["two"]), ("", ["two"])], "two": [("c", []), ("d.*", [])]}
    assert [path for path, _ in listed("one", page)] == ["b", "b[].c", "b[].d.*", "c", "d.*"]
    assert matching("d.x", [*listed("one", page)]) == {("two", "d.*")}


def test_the_page_lists_the_keys_that_occur_and_no_others(cli, tmp_path):
    files(tmp_path)
    page = sections()
    rows = {row for section in page for _, row in listed(section, page)}
    seen, unlisted = set(), set()
    for command in [*GOLDEN, *BESIDE]:
        document = json.loads(cli(f"{command} --format json".replace("{}", str(tmp_path))).stdout)
        section = document["schema"].split("/")[1]
        known = [*listed(section, page)]
        for path in {path for result in document["results"] for path in paths(result)}:
            found = matching(path, known)
            seen |= found
            unlisted |= set() if found else {(section, path)}
        assert f"`{document['schema']}`" in PAGE.read_text(encoding="utf-8")
    assert (unlisted, rows - seen) == (set(), set())
