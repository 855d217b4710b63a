"""Copy the photographs that scikit-image and matplotlib ship into a folder: python photographs.py FOLDER"""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

SOURCES = {
    "skimage": (
        "data",
        "astronaut.png brick.png camera.png chelsea.png coffee.png coins.png grass.png gravel.png "
        "hubble_deep_field.jpg moon.png motorcycle_left.png rocket.jpg",
    ),
    "matplotlib": ("mpl-data/sample_data", "grace_hopper.jpg"),
}


def copy(folder: Path) -> None:
    """Fill the folder, which is made if it is not there."""
    folder.mkdir(exist_ok=True)
    for package, (place, names) in SOURCES.items():
        home = Path(find_spec(package).origin).parent / place
        for name in names.split():
            shutil.copy(home / name, folder)


if __name__ == "__main__":
    copy(Path(sys.argv[1]))
