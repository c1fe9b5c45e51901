"""References and DOIs of the catalogue, and that no entry holds numbers that a search for closed forms made up."""

import re

import pytest

from imde_sym.methods import methods

DOI = re.compile(r"10\.\d{4,9}/\S*[^\s.,;]")


def test_every_doi_is_one_and_every_entry_has_a_reference():
    entries = methods._data
    assert [n for n, e in entries.items() if "doi" in e and not DOI.fullmatch(e["doi"])] == []
    assert [n for n, e in entries.items() if not e.get("reference")] == []


def test_no_number_is_a_product_of_high_roots():
    """A decimal that went through a search for closed forms comes out as 2**(55/84)*3**(19/21)*..."""
    found = [n for n, e in methods._data.items() if any(int(k) > 6 for k in re.findall(r"\*\*\(-?\d+/(\d+)\)", str(e)))]
    assert found == []


@pytest.mark.parametrize(
    ("name", "q"), [("wso_dirk432", 2), ("wso_dirk643", 3), ("wso_dirk1255", 5), ("calvo_montijano_randez6", 1)]
)
def test_weak_stage_orders_are_the_published_ones(name, q):
    assert methods[name].weak_stage_order == q
