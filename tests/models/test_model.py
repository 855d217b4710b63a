"""What models have beside their layers: training as PyTorch users write it, and the parts that timm names."""

import copy
import pickle

import pytest
import torch
from foreign import import_libraries
from torch import nn
from torch.nn import functional

from menet_design import build, families, parse
from menet_design.errors import IllegalDesign, NotationError


@pytest.fixture(params=families.FAMILIES)
def model(request):
    """The model of a family's first published design, for small images."""
    design = next(iter(families.family(request.param).published))
    torch.manual_seed(0)
    return build(design, resolution=max(32, design.smallest_resolution()), classes=5)


@pytest.fixture
def images(model):
    return torch.rand(2, 3, model.design.resolution, model.design.resolution)


def test_a_plain_training_loop_moves_batch_norm_and_lowers_the_loss():
    torch.manual_seed(0)
    model = build("108-MENet-8x1/3", classes=4, resolution=32)
    images, labels = torch.randn(16, 3, 32, 32), torch.arange(16) % 4
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(25):
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    assert {int(norm.num_batches_tracked) for norm in norms} == {25}
    assert all(norm.running_mean.any() for norm in norms)
    assert f"{loss.item():.2f}" == "0.00"  # above 1 where norms stand still


def test_build_takes_a_name_or_a_design_and_numbers():
    design = parse("228-MENet-12x1/3", classes=10)
    for model in (build("228-MENet-12x1/3", classes=10), build(design), build(parse("228-MENet-12x1/3"), classes=10)):
        assert (model.design, model.num_classes, model.training) == (design, 10, True)
    with pytest.raises(TypeError, match="a design is a name, a path or a Design, not int"):
        build(228)
    with pytest.raises(NotationError, match="timm:resnet50"):
        build("resnet50")


@torch.no_grad()
def test_features_and_head_make_the_logits(model, images):
    model.eval()
    features = model.forward_features(images)
    assert features.shape[:2] == (2, model.num_features)
    assert torch.equal(model.forward_head(features), model(images))
    hidden = model.forward_head(features, pre_logits=True)
    assert hidden.shape == (2, model.head_hidden_size)
    classifier = model.get_classifier()
    # A 1×1 convolution takes what a fully connected layer takes, on one pixel.
    given = hidden[:, :, None, None] if isinstance(classifier, nn.Conv2d) else hidden
    torch.testing.assert_close(classifier(given).flatten(1), model(images))
    model.reset_classifier(0)
    assert (model.num_classes, model.design.classes) == (0, 5)
    assert torch.equal(model(images), hidden)


def test_a_classifier_is_reset_as_the_model_is(model, images):
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    model.double().eval().requires_grad_(False).reset_classifier(7)
    assert (model.num_classes, model.design.classes, model(images.double()).shape) == (7, 7, (2, 7))
    layer = model.get_classifier()
    assert layer.weight.requires_grad
    assert not layer.training
    changed = {name for name, each in model.state_dict().items() if each.shape != before[name].shape}
    assert all(name.startswith("classifier.fc") for name in changed)
    assert build(model.design).state_dict().keys() == model.state_dict().keys()
    with pytest.raises(IllegalDesign, match="number of classes -1"):
        model.reset_classifier(-1)


@torch.no_grad()
def test_stages_give_their_maps(model, images):
    features, made = model.features_only().eval(), {}
    for name, module in model.named_children():
        module.register_forward_hook(lambda _, taken, found, name=name: made.update({name: found}))
    maps = features(images)
    model(images)
    assert [stage.module for stage in features.feature_info] == [n for n, _ in model.named_children() if "stage" in n]
    for stage, found in zip(features.feature_info, maps, strict=True):
        assert torch.equal(found, made[stage.module])
        assert found.shape[1] == stage.channels
        assert abs(images.shape[2] / found.shape[2] - stage.stride) < 1
    scripted = torch.jit.script(build(model.design).eval().features_only())
    assert len(scripted(images)) == len(maps)
    assert {name for name, _ in features.named_parameters()} < {name for name, _ in model.named_parameters()}


# The channels and strides of the Table I of arXiv 1704.04861 and the Table 2 of arXiv 1801.04381, as timm has them.
@pytest.mark.parametrize(("ours", "theirs"), [("1x-MobileNet", "mobilenetv1_100"), ("MobileNetV2", "mobilenetv2_100")])
def test_timm_means_the_same(ours, theirs):
    import_libraries()
    import timm

    peer, model = timm.create_model(theirs), build(ours)
    assert (model.num_features, model.head_hidden_size) == (peer.num_features, peer.head_hidden_size)
    of_peer = timm.create_model(theirs, features_only=True).feature_info
    found = model.features_only().feature_info
    assert [stage.stride for stage in found] == of_peer.reduction()
    images = torch.rand(1, 3, 64, 64)
    assert model.eval().forward_features(images).shape == peer.eval().forward_features(images).shape
    peer.reset_classifier(0)
    model.reset_classifier(0)
    assert model(images).shape == peer(images).shape


def test_a_last_norm_belongs_to_the_features():
    """timm's pre-activation networks norm and cut off what forward_features gives."""
    assert build("PreResNet-20").forward_features(torch.randn(2, 3, 32, 32)).min() == 0


def test_models_are_copied_and_pickled(model, images):
    model.eval()
    with torch.no_grad():
        for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
            assert other.design == model.design
            assert torch.equal(other(images), model(images))
