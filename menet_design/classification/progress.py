"""How far an evaluation has come, in a file that is whole whenever the evaluation ends."""

import json
from pathlib import Path
from typing import Any

from menet_design.errors import DesignError
from menet_design.files import check_writable, read_file, unique, write_text

_SCHEMA = "menet-design/evaluate-progress/1"
_LARGEST = 2**26  # bytes, of which the names of images that were left out take most
_COUNTS = ("seen", "top1", "top5")


class Progress:
    """A file of the counts over the first images of a data set, in its order, by a network with its weights."""

    def __init__(self, path: Path, weights: str, images: str) -> None:
        """The digests of weights and images are kept beside the counts, so that they are never those of others."""
        self.path, self.digests = path, {"weights": weights, "images": images}

    def read(self, images: int) -> dict[str, Any]:
        """The counts that are there, none without a file. Raises DesignError for those of others, or what is none."""
        check_writable(self.path, force=True)  # now, and not once a batch has been counted
        if not self.path.exists():
            return {}
        content = read_file(self.path, _LARGEST)
        try:
            found = json.loads(content, object_pairs_hook=unique)
            known = {key: found.pop(key) for key in ("schema", *self.digests)}
            skipped = tuple(found.pop("skipped"))
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
            raise self._none() from None
        for what, digest in self.digests.items():
            if known[what] != digest and known["schema"] == _SCHEMA:
                raise DesignError(f"{self.path} is the progress of other {what}", "Give another file to --resume")
        if known["schema"] != _SCHEMA or not _is_possible(found, skipped, images):
            raise self._none()
        return {**found, "skipped": skipped}

    def write(self, **counts: Any) -> None:
        """Replace the file by one of these counts."""
        write_text(json.dumps({"schema": _SCHEMA, **self.digests, **counts}, indent=1) + "\n", self.path, force=True)

    def _none(self) -> DesignError:
        return DesignError(f"{self.path} is not the progress of an evaluation", "Give another file to --resume")


def _is_possible(counts: dict[str, Any], skipped: tuple[Any, ...], images: int) -> bool:
    """Whether these are counts over the first of so many images."""
    if tuple(counts) != _COUNTS or not all(type(each) is int for each in counts.values()):
        return False
    seen, top1, top5 = counts.values()
    return 0 <= top1 <= top5 <= seen - len(skipped) <= seen <= images and all(type(each) is str for each in skipped)
