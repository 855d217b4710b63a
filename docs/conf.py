"""Sphinx configuration."""

from importlib.metadata import version as installed_version

project = "menet-design"
author = "The menet-design authors"
project_copyright = "2026, the menet-design authors"
version = release = installed_version("menet-design")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinxcontrib.typer",
]
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_mock_imports = ["torch", "fvcore"]
html_theme = "furo"
html_title = "menet-design"
exclude_patterns = ["_build"]
