"""Energy preservation: the average vector field method, and methods that fail at their order."""

from fractions import Fraction

import imde_sym as imde
from imde_sym.series import average_vector_field_series, energy_preserving_order
from imde_sym.trees import RootedTree, free_tree, rooted_trees
from tests.rows import rows

# Celledoni et al. 2010, forward modified field of the average vector field method, b(t)/σ(t), in 720ths
ORDER_5 = {"12345": 9, "12344": 4, "12334": 2, "12234": -4, "12333": -1, "12233": -4, "12323": 2, "12223": -1}


def tree(levels):
    return RootedTree.from_level_sequence([int(c) for c in levels])


def test_modified_field_of_the_average_vector_field_method_is_the_published_one():
    b = imde.log(average_vector_field_series(5))
    over = {t: v / t.symmetry for t, v in b.items()}
    expected = {RootedTree("[]"): Fraction(1), tree("123"): Fraction(1, 12)}
    expected |= {tree(levels): Fraction(n, 720) for levels, n in ORDER_5.items()}
    assert {t: v for t, v in over.items() if v} == expected


def test_the_average_vector_field_method_preserves_energy_to_every_order():
    assert energy_preserving_order(average_vector_field_series(9)) == 9


@rows("name", ["explicit_euler", "heun2", "rk4", "implicit_midpoint", "gauss2", "lobatto_iiia_3"])
def test_runge_kutta_methods_preserve_energy_no_further_than_a_few_orders(name):
    m = imde.methods[name]
    assert m.order <= energy_preserving_order(imde.method_series(m, 7)) < 7


def test_the_exact_flow_preserves_energy():
    assert energy_preserving_order(imde.exact_series(8)) == 8


def test_free_trees_are_as_many_as_counted():
    # OEIS A000055 from order 1
    for order, count in enumerate([1, 1, 1, 2, 3, 6, 11, 23, 47], 1):
        assert len({free_tree(t)[0] for t in rooted_trees(order)}) == count
