"""What runtimes take for activations, beside the peak by liveness: python tests/benchmarks/arena.py

Not a test: nothing here fails. Needs the extra `torch` and ExecuTorch, which plans an arena for all tensors of an
exported model ahead of time: `pip install --no-deps executorch ruamel.yaml flatbuffers`. Without `--no-deps` it brings
compilers for phones.
"""

import logging
import warnings
from itertools import accumulate

import torch
from executorch.exir import ExecutorchProgramManager, to_edge
from executorch.exir.passes.constant_prop_pass import constant_prop_pass
from torch.export import ExportedProgram
from torch.profiler import ProfilerActivity, profile

from menet_design import build, memory, parse

NAMES = ("352-MENet-12x1/8", "228-MENet-12x1/3", "ShuffleNet-1x/3", "1x-MobileNet-224", "ResNet-20", "VGG-16")


def allocated(model: torch.nn.Module, images: torch.Tensor) -> int:
    """The bytes that torch has allocated at the peak of a forward pass, images and parameters apart."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler, torch.no_grad():
        model(images)
    events = profiler.profiler.kineto_results.events()
    changes = sorted((event.start_ns(), event.nbytes()) for event in events if event.name() == "[memory]")
    return max(accumulate(change for _, change in changes))


def executable(program: ExportedProgram) -> ExecutorchProgramManager:
    """A program with its arenas planned."""
    return to_edge(program).to_executorch()


def planned(program: ExecutorchProgramManager) -> int:
    """The bytes of the arenas."""
    return sum(program.executorch_program.execution_plan[0].non_const_buffer_sizes)


def alive(program: ExecutorchProgramManager) -> int:
    """The most bytes that are alive at once by the lifetimes that were planned for, views apart."""
    found = {}
    for node in program.exported_program().graph.nodes:
        spec = node.meta.get("spec")
        several = spec if isinstance(spec, list | tuple) else [spec]
        found |= {id(each): each for each in several if each is not None and "view" not in node.name}
    tensors = [each for each in found.values() if each.mem_offset is not None]
    starts = {each.lifetime[0] for each in tensors}
    return max(
        sum(each.allocated_memory for each in tensors if each.lifetime[0] <= now <= each.lifetime[1]) for now in starts
    )


def row(name: str) -> str:
    """A network: the peak by liveness, what torch allocates, what ExecuTorch plans, and by which lifetimes."""
    design = parse(name)
    found, model = memory(design), build(design).eval()
    images = torch.rand(1, *found.network.inputs[0])
    program = torch.export.export(model, (images,))
    folded = executable(constant_prop_pass(program.run_decompositions()))
    plans = planned(executable(program)), planned(folded), alive(folded)
    amounts = (found.peak, allocated(model, images), *plans)
    return " | ".join(("", name, *(f"{amount:,}" for amount in amounts), "")).strip()


HEADER = "| network | liveness | torch | ExecuTorch | constants folded | its lifetimes |\n|:--|--:|--:|--:|--:|--:|"

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    print(HEADER)
    for each in NAMES:
        print(row(each))
