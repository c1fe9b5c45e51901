"""The page's answers, without a page: what is drawn, said and refused, and that nothing typed is evaluated."""

import json
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import imde_sym as imde
from imde_sym.base.mathml import mathml
from imde_sym.explore import derivation, pictures
from imde_sym.explore.answer import answer
from imde_sym.explore.chart import Chart, span, ticks
from imde_sym.explore.flows import flow
from imde_sym.explore.presets import PRESETS
from imde_sym.explore.state import KEYS, Message, read_state
from tests.rows import in_turn, rows

PICTURES = {"phase", "series", "drift", "error", "stability"}


def _errors(state):
    found = answer(state)
    assert not found["ok"] and {"latex", "svg", "table", "code"} < found.keys()
    return {m["field"]: m["text"] for m in found["messages"] if m["kind"] == "error"}


def _notes(state):
    found = answer(state)
    assert found["ok"], found["messages"]
    return {m["field"]: m["text"] for m in found["messages"]}


def test_an_answer_is_plain_data_with_formula_pictures_trees_and_code():
    found = answer({"system": "lorenz", "method": "rk4", "order": 5, "direction": "inverse", "h": "1/100"})
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert set(found["svg"]) == PICTURES
    for svg in found["svg"].values():
        assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert found["latex"] == imde.inverse_modified_equation("lorenz", "rk4", 5).latex()
    assert "def f_h" in found["code"]["numpy"] and len(found["table"]) == 17


def test_the_equation_is_the_packages_own_at_the_parameters_given():
    asked = {"system": "pendulum", "parameters": {"k": "0.37"}, "method": "euler", "order": 3, "direction": "forward"}
    field = imde.systems["pendulum"].with_parameters(k="0.37")
    assert answer(asked)["latex"] == imde.modified_equation(field, "euler", 3).latex()


def test_everything_may_be_left_out_and_what_was_taken_is_told():
    found = answer({})
    assert found["ok"] and found["system"]["name"] == "pendulum" and found["method"]["name"] == "explicit_euler"
    assert found["state"]["h"] > 0 and found["state"]["time"] > 0


def test_moving_h_derives_nothing_again(monkeypatch):
    asked = {"system": "van_der_pol", "method": "heun2", "order": 4}
    first = answer(asked | {"h": 0.1})
    for name in ("build_equation", "field_pieces", "mathml", "elementary_differential"):
        monkeypatch.setattr(derivation, name, None)
    second = answer(asked | {"h": 0.11})
    assert second["ok"] and second["formula"] == first["formula"] and second["svg"]["phase"] != first["svg"]["phase"]


def test_an_answer_that_is_changed_does_not_change_the_next():
    asked = {"method": "heun2", "order": 3, "h": 0.1}
    first = answer(asked)
    kept = json.dumps(first)
    first["table"][0].clear()
    first["formula"]["rows"][0]["powers"].clear()
    first["method"]["tableau"]["A"].clear()
    first["system"].clear()
    assert json.dumps(answer(asked)) == kept


def test_every_wrong_field_has_its_own_message_at_once():
    state = {"equations": "x' = ", "tableau": {"A": [["1/0"]], "b": ["1"]}, "order": 99, "direction": "inverce", "h": "abc"}
    found = _errors(state)
    assert set(found) == {"equations", "tableau", "order", "direction", "h"}
    assert found["tableau"].startswith("a11:") and "nearest: inverse" in found["direction"]


def test_an_unknown_key_names_the_nearest():
    assert "nearest: parameters" in _errors({"parametres": {}})["parametres"]


@rows("state", [None, 3, [], "pendulum"])
def test_what_is_no_state_is_refused(state):
    assert "a state is a mapping" in _errors(state)[""]


def test_names_in_typed_equations_become_parameters_with_a_note():
    state = {"equations": "theta'' = -g/L*sin(theta)", "parameters": {"g": "9.81"}}
    found = answer(state)
    assert {p["name"]: p["value"] for p in found["parameters"]} == {"g": "981/100", "L": "1"}
    assert "L: no value" in _notes(state)["parameters"]


def test_values_of_names_that_are_not_there_are_left_aside_and_told():
    assert "z does not occur" in _notes({"parameters": {"k": "3", "z": "1"}})["parameters"]
    assert "zz: left aside" in _notes({"x0": {"p": 0, "q": 1, "zz": 3}})["x0"]
    assert not _notes({"parameters": {"z": "1"}, "x0": {"p": 0, "q": 1, "zz": 3}, "carried": True})  # by the page, not typed


def test_time_begins_at_zero_where_nothing_is_said():
    found = answer({"equations": "x' = -x + sin(t)"})
    assert {v["name"]: v["x0"] for v in found["variables"]} == {"x": 1.0, "t": 0.0}


def test_a_tableau_typed_cell_by_cell_is_exact():
    entries = {"A": [["1/4", "1/4 - sqrt(3)/6"], ["1/4 + sqrt(3)/6", "1/4"]], "b": ["1/2", "1/2"]}
    found = answer({"tableau": entries, "order": 5, "direction": "forward", "h": 0.1})
    assert found["method"]["order"] == 4 and found["method"]["symplectic"] and not found["method"]["explicit"]
    assert found["latex"] == answer({"method": "gauss2", "order": 5, "direction": "forward", "h": 0.1})["latex"]


def test_a_method_that_does_not_take_the_field_says_so_beside_the_method():
    assert "2 parts" in _errors({"system": "lorenz", "method": "strang"})["method"]


def test_a_switched_off_power_moves_the_trajectory_only():
    asked = {"method": "euler", "order": 3, "h": 0.05}
    whole, cut = answer(asked), answer(asked | {"powers": [0]})
    assert cut["latex"] == whole["latex"] and cut["svg"]["phase"] != whole["svg"]["phase"]
    derived = derivation.derive(imde.systems["pendulum"], imde.methods["explicit_euler"], 3, "inverse")
    x = [0.3, 0.7]
    assert derived.learned([0])(x, 0.05) == derived.true(x, 0.0)
    expected = derived.equation.lambdify("python")(x, 0.05)
    assert derived.learned(None)(x, 0.05) == expected


def test_what_takes_longer_comes_only_where_it_is_wanted():
    found = answer({"method": "implicit_midpoint", "order": 3, "want": ["structure", "orders", "document-markdown"]})
    assert any(line.startswith("Hamiltonian: H_h") or "H_h" in line for line in found["structure"])
    assert found["orders"]["passed"] and "orders" in found["svg"] and found["document"].startswith("# Inverse")
    assert "structure" not in answer({"method": "implicit_midpoint", "order": 3})


@pytest.mark.parametrize("target", ["latex", "json", "numpy", "c", "jax", "torch", "julia"])
def test_code_is_what_the_package_writes(target):
    code = answer({"method": "rk4", "order": 4, "target": target})["code"][target]
    F = imde.inverse_modified_equation("pendulum", "rk4", 4)
    assert code == {"latex": F.latex, "json": F.to_json}.get(target, lambda: F.source(target))()


def test_euler_makes_the_pendulum_gain_energy_and_the_model_lose_it():
    asked = {"system": "pendulum", "method": "euler", "order": 4, "h": 0.02, "time": 10}
    words = " ".join(answer(asked)["words"])
    assert "energy of the numerical solution has risen" in words and "energy of a perfectly trained model has fallen" in words


def test_lorenz_learned_through_euler_comes_to_rest():
    """The fixed points of the learned system attract: f_h for explicit Euler has friction of size h."""
    derived = derivation.derive(imde.systems["lorenz"], imde.methods["explicit_euler"], 4, "inverse")
    learned = derived.learned(None)
    path = flow(lambda x: learned(x, 0.01), [-8.0, 7.0, 27.0], 40.0, 400)
    rest = np.array([np.sqrt(72), np.sqrt(72), 27.0])
    assert np.abs(np.abs(path[-1]) - rest).max() < 0.01
    true = flow(lambda x: derived.true(x, 0.0), [-8.0, 7.0, 27.0], 15.0, 400)
    assert np.abs(true[200:] - true[-1]).max() > 10


def test_the_shadow_hamiltonian_drifts_less_than_the_energy_by_powers_of_h():
    """Leapfrog: the energy along its steps varies by h², that of the modified equation of order 5 by h⁵ or less (HLW IX.8)."""
    sizes = []
    for h in (0.2, 0.1):
        asked = read_state({"method": "strang", "order": 5, "direction": "forward", "h": h, "time": 10})
        derived = derivation.derive(asked.field, asked.method, 5, "forward")
        curves = pictures.curves(asked, derived, h, 10.0)
        drift = pictures.drift(asked, curves, derived, h)
        sizes.append([np.abs(drift.numerical).max(), np.abs(drift.shadow).max()])
    energy, shadow = np.log2(np.array(sizes[0]) / np.array(sizes[1]))
    assert energy == pytest.approx(2, abs=0.3) and shadow > 4.5


def test_the_adaptive_flow_follows_a_known_solution():
    path = flow(lambda x: [x[1], -x[0]], [1.0, 0.0], 20.0, 101)
    t = np.linspace(0, 20, 101)
    assert np.abs(path - np.column_stack([np.cos(t), -np.sin(t)])).max() < 2e-4


def test_a_flow_that_ends_is_followed_up_to_its_end():
    path = flow(lambda x: [x[0] ** 2], [1.0], 2.0, 201)
    last = np.isfinite(path[:, 0]).sum() - 1
    assert 0.95 < last * 0.01 <= 1.0 and np.isnan(path[-1, 0])
    texts = [m["text"] for m in answer({"equations": "x' = x**2", "time": 2})["messages"]]
    assert any(text.startswith("the true solution is followed up to the time 0.9") for text in texts)


def test_many_steps_are_not_taken_silently():
    assert "first 2500 of" in _notes({"h": 1e-6})["h"]


NAMES = ["lotka_volterra", "kepler", "robertson", "logistic", "duffing", "rigid_body"]


@pytest.mark.parametrize("name, method", in_turn(NAMES, ["euler", "implicit_midpoint", "adams_bashforth_2", "rodas3"]))
def test_systems_and_families_have_answers(name, method):
    found = answer({"system": name, "method": method, "order": 2})
    assert found["ok"] and "series" in found["svg"], found["messages"]


def test_presets_answer_without_an_error():
    for preset in PRESETS:
        found = answer(preset["state"])
        assert found["ok"] and found["words"] and not [m for m in found["messages"] if m["kind"] == "error"]


def test_ticks_are_round_and_lie_within():
    for low, high in [(0.0, 1.0), (-3.7, 12.2), (1e-9, 3e-9), (-5e6, 2e7)]:
        found = ticks(low, high)
        assert 2 <= len(found) <= 11 and low - 1e-9 * abs(high) <= found[0] and found[-1] <= high + 1e-9 * abs(high)


def test_a_chart_survives_numbers_that_are_missing_or_far():
    chart = Chart("t", ("x", "y"), (0.0, 1.0), span([np.array([np.nan, np.inf])]))
    chart.line(np.array([0.0, 0.5, 1.0]), np.array([np.nan, 1e300, np.inf]), "true", "a < b")
    svg = chart.svg()
    assert "nan" not in svg and "inf" not in svg and "a &lt; b" in svg
    ElementTree.fromstring(svg)


def test_what_is_typed_is_never_executed(tmp_path):
    canary = tmp_path / "executed"
    text = f"__import__('pathlib').Path({str(canary)!r}).write_text('x')"
    for key in ("system", "equations", "method", "tableau", "h", "time", "x0", "parameters", "target"):
        answer({key: text})
    answer({"equations": f"x' = {text}"})
    answer({"parameters": {"k": text}, "x0": [text, text], "tableau": {"A": [[text]], "b": [text]}})
    assert not canary.exists()


def test_formulas_are_presentation_and_nothing_else():
    for evil in (r"\text{<script>alert(1)</script>}", r"\text{]]><img src=x onerror=alert(1)>}", "<img src=x>", r"\<b>"):
        tags = {element.tag for element in ElementTree.fromstring(mathml(evil)).iter()}
        assert tags <= {"math", "semantics", "mrow", "mtext", "mi", "mo", "annotation"}


def test_names_with_markup_reach_the_page_as_text():
    found = answer({"equations": "x' = a*x", "parameters": {"a": "1"}, "axes": []})
    assert found["ok"] and not re.search(r"<(script|img|iframe)", json.dumps(found))


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.lists(st.text(max_size=4), max_size=3),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), values, max_size=3))
def test_senseless_states_are_answered_too(state):
    found = answer(state)
    json.dumps(found, allow_nan=False)
    assert found["ok"] or any(m["kind"] == "error" for m in found["messages"])


def test_a_message_is_plain_data():
    assert Message("h", "no").to_dict() == {"field": "h", "kind": "error", "text": "no", "column": None}


def test_equations_shown_are_equations_that_are_read():
    for name in ("pendulum", "lorenz", "duffing", "kepler"):
        text = answer({"system": name, "order": 1})["system"]["text"]
        field = imde.VectorField.parse(text, parameters="auto")
        template = imde.systems[name].template
        assert [sympy.expand(a - b) for a, b in zip(field.components, template, strict=True)] == [0] * len(template)
