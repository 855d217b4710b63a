"""What torch allocates as it runs: its profiler sees the bytes that liveness predicts, operation by operation."""

from itertools import accumulate

import foreign
import pytest
import torch
from torch import fx, nn
from torch.profiler import ProfilerActivity, profile, record_function

from menet_design import build, memory, parse


class Marked(fx.Interpreter):
    """Runs a traced model, forgets each value after its last reader, and marks when operations are done."""

    def run_node(self, n):
        with record_function(f"done:{n.name}"):
            return super().run_node(n)


def allocated(model, images):
    """The bytes that torch holds, images apart, when each operation is done: kernels have freed what was theirs."""
    traced = fx.symbolic_trace(model)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler, torch.no_grad():
        Marked(traced).run(images)
    events = profiler.profiler.kineto_results.events()
    changes = sorted((event.start_ns(), event.nbytes()) for event in events if event.name() == "[memory]")
    times, held = [time for time, _ in changes], list(accumulate(change for _, change in changes))
    done = sorted(event.start_ns() + event.duration_ns() for event in events if event.name().startswith("done:"))
    return [next((each for time, each in zip(times[::-1], held[::-1], strict=True) if time <= end), 0) for end in done]


def check(model, found):
    """The images belong to the caller, so torch does not count them: the peak has to lie behind their last reader."""
    assert "input" not in [tensor.name for tensor in found.highest.alive]
    assert max(allocated(model, torch.rand(1, *found.network.inputs[0]))) == found.peak


@pytest.mark.parametrize("name", ["352-MENet-12x1/8", "228-MENet-12x1/3", "ShuffleNet-1x/3", "1x-MobileNet-224"])
def test_torch_holds_at_its_peak_what_liveness_says(name):
    check(build(parse(name)), memory(name))


class Halves(nn.Module):
    """A unit whose channels are split: one half is worked on while the other waits, both views of one tensor."""

    def __init__(self):
        super().__init__()
        self.stem, self.one, self.two = nn.Conv2d(3, 16, 3), nn.Conv2d(8, 8, 1), nn.Conv2d(8, 8, 1)

    def forward(self, x):
        left, right = torch.relu(self.stem(x)).chunk(2, 1)
        return torch.cat((left, self.two(torch.relu(self.one(right)))), 1)


def test_views_take_no_memory_of_their_own():
    found = memory(Halves().eval(), input=(3, 10, 10))
    # On 8×8 pixels: both halves in one tensor of 16 channels, the 8 that are worked on, and the 16 that both become.
    assert found.peak == 4 * (16 + 8 + 16) * 8**2
    check(Halves().eval(), found)


@pytest.mark.parametrize(
    ("source", "in_place"),
    [
        ("timm:convnext_atto", False),
        ("timm:ghostnet_050", False),
        ("timm:efficientnet_b0", False),
        # Their ReLUs are in place.
        ("pytorchcv:densenet121", True),
        ("pytorchcv:squeezenet_v1_1", True),
    ],
)
def test_networks_of_others_hold_as_much(source, in_place):
    model = foreign.build(source)
    check(model, memory(model, input=(3, 224, 224), in_place=in_place))
