"""The layout of trees, what is drawn from it, and the formulas that trees stand for."""

import re
import xml.etree.ElementTree as ET
from fractions import Fraction
from itertools import chain, pairwise, product

import numpy as np
import pytest
from hypothesis import given

from imde_sym import RootedTree, methods, rooted_trees
from imde_sym.base.errors import ImdeError, TreeError
from imde_sym.method import ButcherTableau
from imde_sym.series import method_series
from imde_sym.trees import Gallery, elementary_differential, elementary_weight, formula_table, tree_layout
from imde_sym.trees.layout import LINE, fill, grid
from tests.rows import rows
from tests.strategies import examples, trees

QUICK = examples(80)
SVG = "{http://www.w3.org/2000/svg}"
SQUARES = RootedTree("[[[]],[[]]]")
LARGE = trees(max_order=40, colors=3)


# -- layout -------------------------------------------------------------------------------------
@QUICK
@given(LARGE)
def test_the_nodes_of_a_layout_are_the_nodes_of_the_tree(t):
    nodes = tree_layout(t).nodes
    branches = [[] for _ in nodes]
    for i in reversed(range(1, len(nodes))):
        branches[nodes[i].parent].append(RootedTree.with_children(branches[i], nodes[i].color))
    assert RootedTree.with_children(branches[0], nodes[0].color) == t


@QUICK
@given(LARGE)
def test_neighbours_on_a_level_keep_their_order_and_a_distance_of_one(t):
    nodes = tree_layout(t).nodes
    for level in range(t.height + 1):
        row = [node.x for node in nodes if node.y == level]
        assert all(b - a >= 1 for a, b in pairwise(row))


@QUICK
@given(LARGE)
def test_parents_stand_midway_between_their_outer_children_one_level_below(t):
    layout = tree_layout(t)
    for i, parent in enumerate(layout.nodes):
        children = [node for node in layout.nodes if node.parent == i]
        if children:
            assert parent.x == (children[0].x + children[-1].x) / 2
        assert all(child.y == parent.y + 1 for child in children)
    assert layout.nodes[0].y == 0
    assert min(node.x for node in layout.nodes) == 0
    assert (layout.width, layout.height) == (max(node.x for node in layout.nodes), t.height)


def test_a_short_branch_stands_under_the_crown_of_a_tall_one():
    """The crown of four leaves is 3 wide; boxes side by side would take 4."""
    assert tree_layout(RootedTree("[[[]],[[[],[],[],[]]]]")).width == 3


@pytest.mark.parametrize("text", ["[[],[],[]]", "[[[]],[[]]]", "[[[],[]],[[],[]],[[],[]]]"])
def test_equal_branches_are_drawn_as_mirror_images(text):
    layout = tree_layout(RootedTree(text))
    places = {(node.x, node.y) for node in layout.nodes}
    assert places == {(layout.width - x, y) for x, y in places}


def test_a_small_branch_between_two_with_wide_crowns_stands_in_the_middle():
    """Packed to the left it would stand at 2 of 5."""
    left, right = (RootedTree("[[[[[" + ",".join(["[]"] * n) + "]]]]]") for n in (4, 6))
    nodes = tree_layout(RootedTree.with_children([left, RootedTree("[[[[]]],[[[]]],[[[]]]]"), right])).nodes
    a, b, c = (node.x for node in nodes if node.y == 1)
    assert (b - a, c - b) == (2.5, 2.5)


def test_trees_of_a_grid_do_not_overlap_and_rows_stand_on_one_line():
    page = grid(list(rooted_trees(5)), columns=4)
    boxes = [(x, x + t.width, y, y + t.height) for t, (x, y) in zip(page.layouts, page.origins)]
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a[0] >= b[1] + 1 or b[0] >= a[1] + 1 or a[2] >= b[3] + 1 or b[2] >= a[3] + 1
    assert [len({y for _, y in page.origins[i : i + 4]}) for i in (0, 4, 8)] == [1, 1, 1]
    assert min(box[0] for box in boxes) >= 0 and max(box[1] for box in boxes) <= page.width
    assert min(box[2] for box in boxes) == 0 and max(box[3] for box in boxes) == page.height


# -- SVG ----------------------------------------------------------------------------------------
@QUICK
@given(trees(max_order=12, colors=4))
def test_svg_is_valid_and_shows_every_node_and_edge_inside_its_frame(t):
    root = ET.fromstring(t.svg())
    assert root.tag == SVG + "svg" and root.find(SVG + "title").text == t.brackets
    circles = list(root.iter(SVG + "circle"))
    assert sorted(c.get("fill") for c in circles) == sorted(
        fill(color) if color else "currentColor" for color in t.color_sequence
    )
    assert "".join(p.get("d") for p in root.iter(SVG + "path")).count("M") == t.order - 1
    assert sorted(x.text for x in root.iter(SVG + "text")) == sorted(str(c) for c in t.color_sequence if c > 1)
    for c in circles:
        x, y, r = (float(c.get(k)) for k in ("cx", "cy", "r"))
        assert r < x < float(root.get("width")) - r and r < y < float(root.get("height")) - r


def test_the_root_of_an_svg_is_at_the_bottom():
    ys = [float(c.get("cy")) for c in ET.fromstring(RootedTree("[[[]]]").svg()).iter(SVG + "circle")]
    assert ys[0] > ys[1] > ys[2]


def _luminance(color: str) -> float:
    """Relative luminance of WCAG 2.1."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_lines_and_numbers_have_the_contrast_that_graphics_need():
    """WCAG 2.1, 1.4.11: at least 3 for graphics; on white paper and on a dark notebook; 4.5 for text, 1.4.3."""

    def contrast(a, b):
        high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    assert contrast(LINE, "#ffffff") >= 3 and contrast(LINE, "#111111") >= 3
    assert (fill(0), fill(1)) == ("#000000", "#ffffff")
    assert all(contrast("#000000", fill(color)) >= 4.5 for color in range(2, 100))
    assert len({fill(color) for color in range(8)}) == 8


def test_jupyter_gets_a_picture_and_no_formula_that_would_hide_it():
    t = RootedTree("[[],[]]")
    assert t._repr_svg_() == t.svg()
    assert not hasattr(t, "_repr_latex_") and not hasattr(t, "_repr_html_")


def test_a_gallery_shows_every_tree_with_its_label():
    found = list(rooted_trees(4))
    root = ET.fromstring(Gallery(found, labels=["a<b", "&", "c", '"'], columns=3).svg())
    groups = root.findall(SVG + "g")
    assert [g.find(SVG + "title").text for g in groups] == [t.brackets for t in found]
    assert [g.find(SVG + "text").text for g in groups] == ["a<b", "&", "c", '"']
    assert Gallery(found, labels=elementary_differential).labels[-1] == "f'f'f'f"
    assert Gallery(iter(["[]", "[[]]"])) == Gallery([RootedTree(), RootedTree("[[]]")])


@rows(
    "arguments, why",
    [
        (([],), "no trees"),
        ((3,), "3"),
        (("[[]]",), "list of trees"),
        ((["[[]"],), "not closed"),
        ((["[]"], ["a", "b"]), "2 labels for 1 trees"),
        ((["[]"], [], 0), "columns"),
        ((["[]"] * 2001,), "2000"),
    ],
)
def test_galleries_that_cannot_be_drawn_are_refused(arguments, why):
    with pytest.raises(ImdeError, match=re.escape(why)):
        Gallery(*arguments)


# -- text and LaTeX -----------------------------------------------------------------------------
def test_an_upright_drawing_has_its_root_at_the_bottom():
    drawing = RootedTree("[[],[[1],[],[1]]]").ascii(upright=True)
    expected = ["●   ○   ○", "└───┼───┘", "●   ●", "└─┬─┘", "  ●"]
    assert drawing.split("\n") == expected


@QUICK
@given(trees(max_order=25, colors=3))
def test_upright_drawings_show_every_node_on_its_level_and_every_branching(t):
    lines = t.ascii(upright=True).split("\n")
    for level in range(t.height + 1):
        assert len(re.findall("[●○◆]", lines[-1 - 2 * level])) == t.level_sequence.count(level)
    joints = "".join(lines[-2::-2])
    inner = sum(node.children != () for node in _subtrees(t))
    assert len(re.findall("[┬┼│]", joints)) == inner  # one stem down for each parent
    assert len(re.findall("[└┴┼┘│]", joints)) == t.order - 1  # one stem up for each child


def _subtrees(t):
    return [t, *chain.from_iterable(_subtrees(child) for child in t.children)]


@QUICK
@given(trees(max_order=12, colors=4))
def test_tikz_draws_every_edge_and_node_once(t):
    text = t.tikz()
    assert text.startswith(r"\begin{tikzpicture}[") and text.endswith(r"\end{tikzpicture}")
    nodes = re.findall(r"fill=([\w!]+)\] (\([-\d.]+,\d+\)) circle", text)
    edges = re.findall(r"\\draw (\S+) -- (\S+);", text)
    assert len(nodes) == len({at for _, at in nodes}) == t.order and len(edges) == t.order - 1
    assert nodes[0][1] == "(0,0)" and {at for edge in edges for at in edge} <= {at for _, at in nodes}
    assert [f for f, _ in nodes].count("white") == t.color_sequence.count(1)
    assert text.count("{") == text.count("}")


@QUICK
@given(trees(max_order=12, colors=4))
def test_forest_text_reads_back_to_the_same_tree(t):
    begin, style, body, end = t.forest(style="for tree={circle}").split("\n")
    assert (begin, style.strip(), end) == (r"\begin{forest}", "for tree={circle}", r"\end{forest}")
    colors = {"": "", ", fill=white": "1"}
    back = re.sub(r"\[([^][]*)", lambda m: "[" + colors.get(m[1].rstrip(), m[1][6:7]), body.strip()).replace("][", "],[")
    assert RootedTree(back) == t
    assert "grow'=north" in t.forest()


def test_elementary_differentials_keep_their_notation():
    t = RootedTree("[[],[1[]]]")
    assert t.elementary_differential() == elementary_differential(t) == "f''(f, f1'f)"
    assert t.elementary_differential(latex=True, names="fg") == "f''(f, g' f)"


@pytest.mark.parametrize("names", ["", "fg"])
def test_names_that_do_not_fit_the_colours_are_refused(names):
    with pytest.raises(TreeError, match="one letter"):
        RootedTree("[[2]]").elementary_differential(names=names)


# -- elementary weights -------------------------------------------------------------------------
def _evaluate(text, tableaux):
    """The value of 'Σ b_i a_ij c_j^2 ...' over all stages: an independent reading of the text."""
    factors = re.findall(r"([abc])(?:\[(\d+)\])?_((?:[a-z]\d*)+)(?:\^(\d+))?(?: |$)", text.removeprefix("Σ "))
    assert "Σ " + " ".join(text.removeprefix("Σ ").split(" ")) == text and len(factors) == text.count(" ")
    operands, subscripts, axes = [], [], {}
    for letter, color, names, power in factors:
        A, b = tableaux[int(color or 0)]
        operands.append({"a": A, "b": b, "c": A.sum(axis=1)}[letter] ** int(power or 1))
        subscripts.append([axes.setdefault(name, len(axes)) for name in re.findall(r"[a-z]\d*", names)])
    total = 0
    for stages in product(range(len(tableaux[0][1])), repeat=len(axes)):
        total += np.prod([x[tuple(stages[axis] for axis in s)] for x, s in zip(operands, subscripts)])
    return total


def _integers(seed, colors=1):
    """Small integer tableaux of three stages, as object arrays: sums are exact."""
    random = np.random.default_rng(seed)
    return [(random.integers(-2, 4, (3, 3)), random.integers(-2, 4, 3)) for _ in range(colors)]


def test_the_written_weights_equal_the_series_of_a_random_method_for_all_trees_to_order_6():
    ((A, b),) = tableaux = _integers(7)
    series = method_series(ButcherTableau(A.tolist(), b.tolist()), order=6)
    for t, value in series.items():
        assert value == Fraction(int(_evaluate(t.elementary_weight(), tableaux))), t


def _weight(t, tableaux):
    """Σ b_i Π over the branches of Σ a_ij..., with each branch's colour: the definition, by recursion."""

    def stages(node):
        return np.prod([np.ones(3, int), *(tableaux[c.color][0] @ stages(c) for c in node.children)], axis=0)

    return tableaux[t.color][1] @ stages(t)


@examples(40)
@given(trees(max_order=7, colors=3))
def test_the_written_weights_of_coloured_trees_follow_their_recursion(t):
    tableaux = _integers(11, colors=3)
    assert _evaluate(t.elementary_weight(), tableaux) == _weight(t, tableaux)


@rows(
    "tree, text, latex",
    [
        ("[]", "Σ b_i", r"\sum_{i} b_i"),
        ("[[],[]]", "Σ b_i c_i^2", r"\sum_{i} b_i c_i^{2}"),
        ("[[[]],[[]]]", "Σ b_i a_ij c_j a_ik c_k", r"\sum_{i,j,k} b_i a_{ij} c_j a_{ik} c_k"),
        ("[[1],[1]]", "Σ b[0]_i c[1]_i^2", r"\sum_{i} b_i^{[0]} \left(c_i^{[1]}\right)^{2}"),
        ("[1[2[]]]", "Σ b[1]_i a[2]_ij c[0]_j", r"\sum_{i,j} b_i^{[1]} a_{ij}^{[2]} c_j^{[0]}"),
    ],
)
def test_weights_are_written_as_in_the_books(tree, text, latex):
    """HNW II.2, table 2.1; two equal branches have their own indices, not the square of one sum."""
    assert RootedTree(tree).elementary_weight() == text
    assert RootedTree(tree).elementary_weight(latex=True) == latex


def test_two_equal_branches_are_not_one_sum_squared():
    A, b = methods["rk4"].A, methods["rk4"].b
    inner = [sum(A[i][j] * sum(A[j]) for j in range(4)) for i in range(4)]
    assert method_series(methods["rk4"], 5)[SQUARES] == sum(w * x**2 for w, x in zip(b, inner))
    assert elementary_weight(SQUARES).count("c_") == 2


def test_there_are_indices_for_every_stage_sum():
    t = RootedTree("[" + ",".join(["[[]]"] * 40) + "]")
    text, latex = t.elementary_weight(), t.elementary_weight(latex=True)
    indices = set(re.findall(r"c_([a-z]\d*)", text))
    assert len(indices) == 40 and {"j", "z", "i1", "z1", "i2"} <= indices
    assert "a_{ii_{1}} c_{i_{1}}" in latex and latex.count("{") == latex.count("}")


def test_colours_are_written_where_asked_for():
    assert elementary_weight(RootedTree("[[]]"), colored=True) == "Σ b[0]_i c[0]_i"


def test_the_table_of_formulas_has_a_line_for_each_tree_and_no_bracket_after_a_line_break():
    table = formula_table(rooted_trees(4))
    assert len(table.split("\n")) == 4 + 3
    assert not re.search(r"\\\\(\\hline|\s)*\[", table)
    assert r"[\tau^{3}] & 6 & 4 & f'''(f, f, f) & \sum_{i} b_i c_i^{3} \\" in table
