"""The site: `python -m sphinx -W --keep-going -b html docs docs/_build/html`. It opens from the file system, without a net."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_extensions")]

import imde_sym  # noqa: E402

project = "imde_sym"
author = "The imde_sym developers"
copyright = f"2022-2026, {author}"
version = release = imde_sym.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "myst_nb",
    "sphinx_copybutton",
    "formulas",
    "docstrings",
    "reference_pages",
    "gallery_pages",
    "copied_pages",
]
exclude_patterns = ["_build", "_extensions", "learning/*.json", "Thumbs.db", ".DS_Store"]

myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
nb_execution_mode = "off"
nb_ipywidgets_js = {}
nb_mime_priority_overrides = [("html", "text/latex", 25)]
suppress_warnings = ["mystnb.mime_priority"]

html_math_renderer = "imde_mathml"
html_theme = "pydata_sphinx_theme"
html_title = f"imde_sym {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_sidebars = {"index": []}
html_theme_options = {
    "show_prev_next": True,
    "navbar_align": "left",
    "header_links_before_dropdown": 7,
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "show_toc_level": 1,
    "navigation_with_keys": False,
}

autodoc_member_order = "groupwise"
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
toc_object_entries_show_parents = "hide"
maximum_signature_line_length = 88
add_module_names = False
python_use_unqualified_type_names = True
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
