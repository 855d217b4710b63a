"""What a network sees of a picture: its centre, normalised. More in verification/test_pictures."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from menet_design.datasets.transforms import Evaluation, normalised


def resized_and_cropped(picture, shorter, side):
    """The whole picture made smaller, its longer edge rounded, then the crop."""
    size = [round(edge * shorter / min(picture.size)) for edge in picture.size]
    left, top = ((each - side) // 2 for each in size)
    return picture.resize(size, Image.Resampling.BILINEAR).crop((left, top, left + side, top + side))


@settings(max_examples=25)
@given(width=st.integers(1, 700), height=st.integers(1, 700))
def test_the_crop_is_that_of_the_resized_picture(width, height):
    if max(width, height) > 20 * min(width, height):
        return
    picture = Image.effect_noise((width, height), 60).convert("RGB")
    expected = normalised(resized_and_cropped(picture, 256, 224))
    # A level of 255, by which its sums in whole numbers may differ.
    torch.testing.assert_close(Evaluation((3, 224, 224))(picture), expected, rtol=0, atol=1.01 / 255 / 0.224)


def test_small_networks_see_the_whole_picture():
    picture = Image.effect_noise((32, 32), 60)
    assert torch.equal(Evaluation((1, 32, 32))(picture), normalised(picture))
    wide = Image.effect_noise((64, 32), 60)
    assert torch.equal(Evaluation((1, 32, 32))(wide), normalised(wide.crop((16, 0, 48, 32))))


def test_a_picture_is_not_made_huge_however_long_it_is():
    assert Evaluation((3, 224, 224))(Image.new("RGB", (1, 2**20))).shape == (3, 224, 224)


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (Image.new("RGB", (2, 1), (255, 0, 51)), [(1 - 0.485) / 0.229, -0.456 / 0.224, (0.2 - 0.406) / 0.225]),
        (Image.new("L", (2, 1), 51), [(0.2 - 0.449) / 0.226]),
    ],
    ids=["colour", "grey"],
)
def test_levels_are_normalised(picture, expected):
    torch.testing.assert_close(normalised(picture), torch.tensor(expected)[:, None, None].expand(-1, 1, 2))
