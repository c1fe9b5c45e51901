"""What a notebook shows of a B-series."""

import xml.etree.ElementTree as ET

import imde_sym as imde
from imde_sym.series import generic_series


def test_html_is_a_table_with_a_drawn_tree_in_each_line():
    s = imde.inverse_modified_series(imde.methods["explicit_midpoint"], 6)
    table = ET.fromstring(s._repr_html_())
    rows = table.findall("tr")
    assert len(rows) == 1 + 12 + 1 and rows[-1][0].text == "25 more"
    assert all(row[0].find("{http://www.w3.org/2000/svg}svg") is not None for row in rows[1:-1])
    assert [cell.text for cell in rows[3]][1:] == ["1/12", "1/24", "f''(f, f)"]


def test_names_of_symbols_cannot_break_out_of_the_table():
    s = generic_series(1, symbol="<script>")
    assert "<script>" not in s._repr_html_()
