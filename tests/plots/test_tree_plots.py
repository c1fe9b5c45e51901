"""Trees in matplotlib."""

import sys

import pytest

from imde_sym import RootedTree, rooted_trees
from imde_sym.base.errors import MissingLibraryError, TreeError
from imde_sym.plots import plot_tree, plot_trees
from imde_sym.trees import elementary_differential, tree_layout


def test_a_plot_shows_the_layout(plt):
    t = RootedTree("[[],[1],[2[]]]")
    ax = plot_tree(t)
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    places = {(float(d.get_xdata()[0]), float(d.get_ydata()[0])) for d in dots}
    assert places == {(node.x, node.y) for node in tree_layout(t).nodes}
    lines = [tuple(map(tuple, line.get_xydata().tolist())) for line in ax.lines if line not in dots]
    assert lines == [((a.x, a.y), (b.x, b.y)) for a, b in tree_layout(t).edges]
    assert [text.get_text() for text in ax.texts] == ["2"]
    ax.figure.canvas.draw()


def test_a_given_axes_is_used_and_returned(plt):
    figure, ax = plt.subplots()
    assert plot_tree("[[]]", ax) is ax
    assert plot_trees(["[[]]"], ax=ax) is ax
    assert plt.get_fignums() == [figure.number]


def test_a_gallery_plot_labels_every_tree(plt):
    ax = plot_trees(rooted_trees(4), columns=2, labels=lambda t: f"${elementary_differential(t, latex=True)}$")
    assert [text.get_text() for text in ax.texts] == [f"${t.elementary_differential(latex=True)}$" for t in rooted_trees(4)]
    ax.figure.canvas.draw()  # every label is typeset


def test_nothing_is_shown(plt, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda *a, **k: pytest.fail("show() was called"))
    plot_trees(rooted_trees(3))


def test_labels_that_do_not_fit_are_refused(plt):
    with pytest.raises(TreeError, match="1 labels for 2 trees"):
        plot_trees(rooted_trees(3), labels=["a"])


def test_a_missing_matplotlib_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingLibraryError, match=r"needs matplotlib: pip install 'imde_sym\[plot\]'"):
        plot_tree("[]")
