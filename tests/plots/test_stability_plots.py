"""Stability regions and order stars in matplotlib."""

import sys

import numpy as np
import pytest

from imde_sym.base.errors import MissingLibraryError, UnknownNameError
from imde_sym.method import methods
from imde_sym.plots import plot_order_star, plot_stability_region


def boundary(ax):
    return np.concatenate([path.vertices for path in ax.collections[-1].get_paths()])


def test_the_drawn_boundary_is_where_r_has_modulus_one(plt):
    m = methods["rk4"]
    ax = plot_stability_region(m)
    points = boundary(ax)
    assert len(points) > 100
    assert np.abs(np.abs(m.stability_function(points[:, 0] + 1j * points[:, 1])) - 1).max() < 0.02
    assert points[:, 0].min() == pytest.approx(-2.7852936, abs=0.02)
    assert ax.get_title().replace("\n", " ") == f"Stability region: {m.title}"


def test_a_given_axes_is_used_and_returned(plt):
    axes = plt.subplots(1, 2)[1]
    assert plot_stability_region("radau_iia_2", axes[0], extent=(-2, 8, -5, 5)) is axes[0]
    assert plot_order_star("radau_iia_2", ax=axes[1]) is axes[1]
    assert axes[0].get_xlim() == (-2, 8)
    assert boundary(axes[0])[:, 0].max() == pytest.approx(6, abs=0.05)  # R(6) = -1


def test_several_regions_in_one_picture_are_told_apart(plt):
    ax = plt.subplots()[1]
    for name, color in (("rk4", "red"), ("heun2", "green")):
        plot_stability_region(name, ax, extent=(-4, 1, -4, 4), color=color)
    handles, labels = ax.get_legend_handles_labels()
    assert labels == ["rk4", "heun2"] and [h.get_color() for h in handles] == ["red", "green"]


def test_an_order_star_shows_zeros_poles_and_sectors(plt):
    m = methods["gauss2"]
    ax = plot_order_star(m)
    zeros, poles = (line.get_xydata() for line in ax.lines[:2])
    assert sorted(map(tuple, zeros.round(6))) == [(-3, -1.732051), (-3, 1.732051)]
    assert sorted(map(tuple, poles.round(6))) == [(3, -1.732051), (3, 1.732051)]
    star = np.abs(m.stability_function(0.5 * np.exp(1j * np.linspace(0, 2 * np.pi, 2000)))) / np.abs(
        np.exp(0.5 * np.exp(1j * np.linspace(0, 2 * np.pi, 2000)))
    )
    assert np.count_nonzero(np.diff(star > 1)) == 2 * (m.order + 1)


def test_the_edge_of_an_order_star_is_where_r_equals_the_exponential_in_modulus(plt):
    m = methods["rk4"]
    ax = plot_order_star(m, extent=(-3, 1, -2, 2))
    x, y = boundary(ax).T
    inside = (np.abs(x + 1) < 1.9) & (np.abs(y) < 1.9)
    z = x[inside] + 1j * y[inside]
    assert len(z) > 100
    assert np.abs(np.abs(m.stability_function(z) * np.exp(-z)) - 1).max() < 0.05


@pytest.mark.parametrize(
    "name", ["explicit_euler", "dop853", "implicit_euler", "ssprk104", "sanz_serna_abia4", "lobatto_iiic_star_4"]
)
def test_every_kind_of_method_can_be_drawn(plt, name):
    for plot in (plot_stability_region, plot_order_star):
        assert plot(name).collections


def test_unknown_names_and_a_missing_matplotlib(monkeypatch):
    with pytest.raises(UnknownNameError):
        plot_stability_region("rk4444")
    for module in ("matplotlib.figure", "matplotlib"):
        monkeypatch.setitem(sys.modules, module, None)
    for plot in (plot_stability_region, plot_order_star):
        with pytest.raises(MissingLibraryError, match="matplotlib"):
            plot("rk4")
