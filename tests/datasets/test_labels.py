"""Names of classes: ImageNet's in the order of the networks, and those of files."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from menet_design.datasets.labels import imagenet, names
from menet_design.errors import DesignError


def test_imagenets_are_those_of_ilsvrc_2012_in_its_order():
    """As torchvision lists them, by whose numbers published weights classify."""
    found = list(imagenet().items())
    assert (len(found), found[0], found[285]) == (1000, ("n01440764", "tench"), ("n02124075", "Egyptian cat"))
    assert [found[each][1] for each in (1, 207, 388, 999)] == [
        "goldfish",
        "golden retriever",
        "giant panda",
        "toilet tissue",
    ]
    synsets = Path(find_spec("timm").origin).parent / "data" / "_info" / "imagenet_synsets.txt"
    assert list(imagenet()) == synsets.read_text().split() == sorted(imagenet())


def test_a_thousand_classes_are_imagenets_and_others_have_numbers():
    assert names(1000) == tuple(imagenet().values())
    assert names(10) is None


def test_a_file_lists_names(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_bytes("\ufeffKöter\r\nhouse cat\n".encode())
    assert names(2, path) == ("Köter", "house cat")
    for classes, content, says in ((3, b"a\nb\n", "has 2 lines, and the network 3 classes"), (1, b"\xff", "UTF-8")):
        path.write_bytes(content)
        with pytest.raises(DesignError, match=says):
            names(classes, path)
    with pytest.raises(DesignError, match="cannot read"):
        names(2, tmp_path)
