"""A model as an `.onnx` file: whole in itself, checked by onnx, and run by onnxruntime beside torch."""

from pathlib import Path
from typing import Any

import torch

from menet_design.errors import DesignError, lines_of, missing
from menet_design.exporting.aligned import align
from menet_design.exporting.difference import Difference, difference
from menet_design.exporting.program import open_sides, program
from menet_design.exporting.subject import Subject
from menet_design.quiet import quiet


def write(subject: Subject, path: Path) -> Difference:
    """Write the model as one `.onnx` file. Raises MissingPackage without onnx, onnxscript and onnxruntime."""
    try:
        import onnx
        import onnxruntime
        import onnxscript  # noqa: F401  # torch's exporter needs it
    except ModuleNotFoundError as error:
        raise missing(error) from None
    names: dict[str, Any] = {"input_names": ["images"], "output_names": ["logits"]} if subject.design else {}
    if subject.deploy:
        align(subject.runnable)
    made = program(subject)
    try:
        with quiet():
            exported: Any = torch.onnx.export(
                made, (), dynamic_shapes=open_sides(subject), dynamo=True, verbose=False, **names
            )
    except Exception as error:  # what ONNX has no operation for, it raises through several steps
        raise DesignError(f"torch cannot export {subject.title} to ONNX: {lines_of(_first(error))[0]}") from None
    exported.save(path, external_data=False)
    onnx.checker.check_model(path, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def run(*images: torch.Tensor) -> Any:
        fed = {each.name: image.numpy() for each, image in zip(session.get_inputs(), images, strict=True)}
        return session.run(None, fed)

    return difference(subject, f"onnxruntime {onnxruntime.__version__}", run)


def _first(error: BaseException) -> Any:
    """The error that others were raised from."""
    return _first(error.__cause__) if error.__cause__ else error
