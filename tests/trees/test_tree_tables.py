"""Numbers of trees, tables against single trees, and cuts."""

from math import factorial

import numpy as np
import pytest

from imde_sym.base.errors import ImdeError
from imde_sym.trees import RootedTree, count_rooted_trees, elementary_differential, rooted_trees, tree_table
from tests.rows import rows

ONE_COLOUR = [1, 1, 2, 4, 9, 20, 48, 115, 286, 719, 1842, 4766, 12486, 32973, 87811, 235381]  # OEIS A000081
TWO_COLOURS = [2, 4, 14, 52, 214, 916, 4116, 18996]  # OEIS A038055


@pytest.mark.parametrize(("colors", "numbers"), [(1, ONE_COLOUR), (2, TWO_COLOURS)])
def test_numbers_of_trees_are_those_of_the_encyclopedia(colors, numbers):
    assert [count_rooted_trees(n, colors) for n in range(1, len(numbers) + 1)] == numbers


@pytest.mark.parametrize(("colors", "highest"), [(1, 12), (2, 7), (3, 5)])
def test_the_enumeration_has_as_many_trees_as_counted(colors, highest):
    table = tree_table(colors)
    for n in range(1, highest + 1):
        block = table.block(n)
        assert block.stop - block.start == count_rooted_trees(n, colors)


@pytest.mark.parametrize(("colors", "highest"), [(1, 8), (2, 5)])
def test_every_tree_is_enumerated_once_and_in_ascending_order(colors, highest):
    for n in range(1, highest + 1):
        block = list(rooted_trees(n, colors))
        assert len(set(block)) == len(block)
        assert block == sorted(block)
        assert all(t.order == n and t.colors <= colors for t in block)


@rows("n", range(1, 13))
def test_alpha_sums_to_the_number_of_increasing_labellings(n):
    """There are (n-1)! recursive trees with n labelled nodes."""
    table = tree_table()
    here = table.block(n)
    assert sum(factorial(n) // (int(s) * int(d)) for s, d in zip(table.symmetry[here], table.density[here])) == factorial(n - 1)


@pytest.mark.parametrize(("colors", "highest"), [(1, 8), (2, 5)])
def test_the_tables_agree_with_the_single_trees(colors, highest):
    table = tree_table(colors)
    for i in range(table.size(highest)):
        t = RootedTree.from_number(i, colors)
        assert (table.order[i], table.symmetry[i], table.density[i], table.root[i]) == (
            t.order,
            t.symmetry,
            t.density,
            t.color,
        )
        assert t.number(colors) == i
        # a tree built anew from text gets the same number without the table's help
        assert RootedTree(t.brackets).symmetry == t.symmetry


def test_symmetry_and_density_fit_64_bits_up_to_order_twenty():
    assert factorial(19) < 2**63  # symmetry of the bush; the tall tree has density 20!
    assert factorial(20) < 2**63


@rows("n", range(2, 9))
def test_the_cuts_of_a_tree_are_its_edges(n):
    table = tree_table()
    trunk, branch = table.cuts(n)
    assert trunk.shape == branch.shape == (n - 1, count_rooted_trees(n))
    assert (table.order[trunk] + table.order[branch] == n).all()
    for column, t in enumerate(rooted_trees(n)):
        found = sorted(zip(trunk[:, column].tolist(), branch[:, column].tolist()))
        assert found == sorted((u.number(), w.number()) for u, w in edges(t))


def edges(t):
    """(trunk, branch) of every edge, straight from the definition."""
    for i, child in enumerate(t.children):
        rest = t.children[:i] + t.children[i + 1 :]
        yield RootedTree(rest, t.color), child
        for u, w in edges(child):
            yield RootedTree((*rest, u), t.color), w


@rows("n", range(2, 8))
def test_the_butcher_product_grafts_the_second_tree_to_the_root_of_the_first(n):
    table = tree_table()
    for m in range(1, n):
        for u in rooted_trees(n - m):
            for w in rooted_trees(m):
                product = table.product(np.array([u.number()]), np.array([w.number()]))[0]
                assert RootedTree.from_number(product) == RootedTree((*u.children, w))


@rows("order", [0, -1, True, "3", 1.5])
def test_counting_refuses_what_is_no_order(order):
    with pytest.raises(ImdeError, match="must be an integer"):
        count_rooted_trees(order)


@rows(
    "tree, plain, latex",
    [
        ("[]", "f", "f"),
        ("[[]]", "f'f", "f' f"),
        ("[[],[]]", "f''(f, f)", "f''(f, f)"),
        ("[[],[[]]]", "f''(f, f'f)", "f''(f, f' f)"),
        ("[[],[],[],[]]", "f(4)(f, f, f, f)", "f^{(4)}(f, f, f, f)"),
    ],
)
def test_elementary_differentials_are_written_as_in_the_books(tree, plain, latex):
    t = RootedTree(tree)
    assert elementary_differential(t) == plain
    assert elementary_differential(t, latex=True) == latex
