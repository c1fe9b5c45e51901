"""Finding methods in the catalogue."""

import pytest

import imde_sym as imde
from imde_sym.base.errors import MethodError, UnknownNameError
from imde_sym.method import methods


def test_criteria_narrow_the_search():
    everything = methods.search()
    assert everything == list(methods)
    fourth = methods.search(order=4)
    explicit = methods.search(order=4, explicit=True)
    assert "rk4" in explicit and "gauss2" in fourth and "gauss2" not in explicit
    assert set(explicit) < set(fourth) < set(everything)
    assert methods.search(order=4, explicit=True, stages=4, family="runge_kutta") == [
        "rk4",
        "rk38",
        "ralston4",
        "gill4",
        "kuntzmann4",
    ]
    assert set(methods.search(stages=range(12, 20))) >= {"dop853", "dormand_prince8", "fehlberg78"}


@pytest.mark.parametrize("flag", ["explicit", "symplectic", "symmetric"])
def test_flags_are_those_that_the_methods_compute(flag):
    light = methods.search(stages=range(1, 4), family="runge_kutta")
    found = methods.search(stages=range(1, 4), family="runge_kutta", **{flag: True})
    assert found == [n for n in light if getattr(methods[n], f"is_{flag}")]
    assert set(found) ^ set(methods.search(stages=range(1, 4), family="runge_kutta", **{flag: False})) == set(light)


def test_stability_is_computed():
    assert methods.search(l_stable=True, order=5) == [
        n for n in methods.search(order=5, family="runge_kutta") if methods[n].is_l_stable
    ]
    stable = methods.search(a_stable=True, order=3)
    assert "crouzeix3" in stable and "ssp_sdirk23" not in stable and "kutta3" not in stable


def test_tags_embedded_and_text():
    assert methods.search(tags="torchdiffeq", embedded=True, order=5) == ["dormand_prince5"]
    assert methods.search(tags=["explicit", "fsal", "scipy"]) == ["bogacki_shampine", "dormand_prince5"]
    assert methods.search(text="vern7 2010", tags="julia") == ["verner76"]
    assert set(methods.search(text="verner efficient")) >= {"verner65", "verner76", "verner87"}
    assert methods.search(text="no such words") == []


def test_bad_criteria_are_refused_with_the_nearest():
    with pytest.raises(UnknownNameError, match=r"search criterion 'ordr'; nearest: order"):
        methods.search(ordr=4)
    with pytest.raises(UnknownNameError, match="tag 'symplektic'; nearest: symplectic"):
        methods.search(tags="symplektic")
    with pytest.raises(MethodError, match="order must be an integer or a range of integers, got '4'"):
        methods.search(order="4")
    with pytest.raises(MethodError, match="explicit must be True or False, got 1"):
        methods.search(explicit=1)


def test_the_table_shows_names_orders_stages_and_kinds():
    lines = methods.table(["gauss2", "Dopri5"]).splitlines()
    assert lines[0].split() == ["name", "order", "stages", "kind", "title"]
    assert lines[2].startswith("gauss2           4      2       fully implicit, symplectic, symmetric  Gauss")
    assert lines[3].startswith("dormand_prince5  5(4)   7       explicit")
    assert len(methods.table().splitlines()) == len(methods) + 2
    assert len(methods.table([]).splitlines()) == 2
    with pytest.raises(UnknownNameError, match="gauss2"):
        methods.table(["gaus2"])


def test_the_table_counts_the_stages_that_the_methods_count():
    for family in ("general_linear", "two_step", "multirate"):
        for name in (n for n in imde.methods if imde.methods[n].family == family):
            assert imde.methods.table(name).rows[0]["stages"] == imde.methods[name].stages, name


def test_the_table_takes_methods_of_any_size_by_name():
    rows = imde.methods.table(["rk4", "gauss(7)", "rkc(8)"]).rows
    assert [(row["order"], row["stages"]) for row in rows] == [(4, 4), (14, 7), (2, 8)]
    with pytest.raises(UnknownNameError, match="nope"):
        imde.methods.table(["rk4", "nope"])
