"""What a notebook shows of a B-series."""

import xml.etree.ElementTree as ET

import imde_sym as imde
from imde_sym.series import generic_series


def test_html_is_a_table_with_a_drawn_tree_in_each_line():
    s = imde.inverse_modified_series(imde.methods["explicit_midpoint"], 6)
    page = ET.fromstring(s._repr_html_())
    rows = page.findall("./table/tbody/tr")
    assert len(rows) == 12 and page.find("p").text == "... 25 more"
    assert all(row[1].find("{http://www.w3.org/2000/svg}svg") is not None for row in rows)
    assert [cell[1].text for cell in rows[2][2:]] == [r"$\frac{1}{12}$", r"$\frac{1}{24}$", "$f''(f, f)$"]
    assert rows[2][1][0].tail.strip() == "[[],[]]"  # the tree stays where pictures are removed


def test_names_of_symbols_cannot_break_out_of_the_table():
    s = generic_series(1, symbol="<script>")
    assert "<script>" not in s._repr_html_()
