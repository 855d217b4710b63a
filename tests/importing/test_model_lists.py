"""Networks of two libraries, counted to the integer as torch's own counter does, with every parameter."""

import re
import warnings

import foreign
import pytest
import torch
from exported import torch_macs

from menet_design import count

# By library and side of the image; small sides where the network takes them.
NAMES = {
    ("timm", 32): "convmixer_768_32",
    ("timm", 64): (
        "resnet18 resnet50 resnext50_32x4d seresnet50 densenet121 efficientnet_b0 tf_efficientnet_b0 "
        "tf_efficientnetv2_b0 mobilenetv2_100 mobilenetv3_small_100 mobilenetv3_large_100 mobilenetv4_conv_small "
        "ghostnet_100 regnetx_002 regnety_002 convnext_atto convnext_tiny convnextv2_atto res2net50_26w_4s "
        "hrnet_w18_small nfnet_l0 resnetv2_50x1_bit repvgg_a0 poolformer_s12 mobilevit_xxs mobilevitv2_050 "
        "edgenext_xx_small mobileone_s0 resnest14d skresnet18 gcresnet33ts mnasnet_small rexnet_100 tinynet_e "
        "lcnet_050 hardcorenas_a fbnetc_100 spnasnet_100 semnasnet_100 cspresnet50 cspdarknet53 vovnet39a "
        "ese_vovnet19b_dw dla34 dpn68 hgnet_tiny efficientvit_b0 fasternet_t0 repghostnet_050 pvt_v2_b0 "
        "inception_next_atto starnet_s1 selecsls42 fastvit_t8 focalnet_tiny_srf"
    ),
    ("timm", 96): "inception_v3 inception_v4 xception41",
    ("timm", 224): (
        "pit_ti_224 cait_xxs24_224 twins_svt_small vit_tiny_patch16_224 deit_tiny_patch16_224 "
        "swin_tiny_patch4_window7_224 levit_128s mixer_s32_224 vgg11 efficientformer_l1 xcit_nano_12_p16_224 "
        "coat_lite_tiny gmlp_s16_224 resmlp_12_224 visformer_tiny davit_tiny"
    ),
    ("timm", 240): "crossvit_tiny_240",
    ("timm", 256): (
        "halonet26t swinv2_tiny_window8_256 bat_resnext26ts maxvit_rmlp_pico_rw_256 lambda_resnet26t botnet26t_256"
    ),
    ("timm", 384): "vit_tiny_patch16_384",
    ("pytorchcv", 64): "efficientnet_b0 regnetx002 resnesta18",
    ("pytorchcv", 128): "unet_cityscapes",
    ("pytorchcv", 224): (
        "menet108_8x1_g3 menet352_12x1_g8 bn_vgg11 alexnet bninception condensenet74_c4_g4 dpn68 peleenet fbnet_cb "
        "nasnet_4a1056 resnet18 resnext50_32x4d seresnet18 densenet121 mobilenet_w1 mobilenetv2_w1 "
        "mobilenetv3_large_w1 shufflenet_g3_w1 shufflenetv2_w1 igcv3_w1 ghostnet mnasnet_b1 squeezenet_v1_0 dla34 "
        "mixnet_s hrnet_w18_small_v1 octresnet10_ad2 cbam_resnet18 darknet53 proxylessnas_gpu spnasnet sknet50 "
        "bam_resnet18 wrn50_2 vovnet27s selecsls42 hardnet39ds airnet50_1x64d_r2 preresnet18 senet16"
    ),
    ("pytorchcv", 256): "sinet_cityscapes",
    ("pytorchcv", 299): "xception inceptionv3",
    ("pytorchcv", 368): "lwopenpose2d_mobilenet_cmupan_coco",
    ("pytorchcv", 1024): "fastscnn_cityscapes",
}
NETWORKS = [f"{library}:{name}@{side}" for (library, side), names in NAMES.items() for name in names.split()]
QUICK = [
    "timm:resnet18@64",
    "timm:mobilenetv3_small_100@64",
    "timm:convnext_atto@64",
    "timm:lcnet_050@64",
    "timm:repghostnet_050@64",
    "timm:deit_tiny_patch16_224@224",
    "pytorchcv:shufflenetv2_w1@224",
    "pytorchcv:mobilenetv2_w1@224",
]
FAMILIES = (
    *("resnet", "densenet", "inception", "efficientnet", "mobilenetv2", "mobilenetv3", "shufflenetv2", "ghostnet"),
    *("regnet", "convnext", "unet_", "vit_", "menet"),
)


def assert_exact(source):
    name, _, side = source.partition("@")
    # Torch's counter hooks the gradients of what enters a module, and stumbles over a parameter that does.
    module, shape = foreign.build(name).requires_grad_(False), (3, int(side), int(side))
    cost = count(module, input=shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        macs = torch_macs(module, (torch.ones(1, *shape),))
    assert (cost.macs, cost.params) == (macs, sum(each.numel() for each in module.parameters()))


@pytest.mark.parametrize("source", QUICK)
def test_a_network_is_counted_exactly(source):
    assert_exact(source)


@pytest.mark.slow
@pytest.mark.parametrize("source", [source for source in NETWORKS if source not in QUICK])
def test_any_network_is_counted_exactly(source):
    assert_exact(source)


def test_the_list_is_long_and_has_every_family():
    assert len(set(NETWORKS)) == len(NETWORKS) >= 72
    assert set(QUICK) <= set(NETWORKS)
    missing = [each for each in FAMILIES if not any(re.search(f":{each}", source) for source in NETWORKS)]
    assert not missing
