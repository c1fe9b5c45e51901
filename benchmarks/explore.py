"""The interactive page in milliseconds: python benchmarks/explore.py

Answers: the first of a state, the first of a process aside, and with the equation kept, at other steps h.
The page: until the first formula, then 30 moves of each slider, each up to the changed page, in headless Chromium through
Playwright, where both are installed.
Targets, on a free machine: kept answers under 50 ms; the first formula under 4 s; moves with a median under 120 ms and none
over 300 ms.
"""

from __future__ import annotations

import shutil
from statistics import median
from time import perf_counter
from typing import Any

from imde_sym.base.libraries import found
from imde_sym.explore import PageServer
from imde_sym.explore.answer import answer

STATES = [{"system": "pendulum", "method": m, "order": n} for m in ("euler", "rk4") for n in (4, 6, 8)]
STATES += [{"system": "lorenz", "method": m, "order": 6} for m in ("euler", "rk4")]
STATES += [{"system": "pendulum", "method": "implicit_midpoint", "order": 6}]
MOVE = """async (id) => {
  const slider = document.getElementById(id), times = [];
  for (let i = 0; i < 30; i++) {
    const before = document.body.dataset.answers, start = performance.now();
    slider.value = id === "h" ? 300 + (i * 37) % 500 : 2 + i % 6;
    slider.dispatchEvent(new Event("input"));
    while (document.body.dataset.answers === before) await new Promise((r) => setTimeout(r, 1));
    await new Promise((r) => requestAnimationFrame(r));
    times.push(performance.now() - start);
  }
  return times;
}"""


def milliseconds(state: dict[str, Any]) -> float:
    start = perf_counter()
    answer(state)
    return 1e3 * (perf_counter() - start)


def answers() -> None:
    answer({"system": "van_der_pol"})
    print(f"{'system':12} {'method':18} {'order':>5} {'first':>8} {'kept':>8} {'worst':>8}")
    for state in STATES:
        first = milliseconds(state | {"h": 0.01})
        kept = [milliseconds(state | {"h": 0.01 + 0.001 * k}) for k in range(1, 11)]
        print(f"{state['system']:12} {state['method']:18} {state['order']:5} {first:8.0f} {median(kept):8.1f} {max(kept):8.1f}")


def page() -> None:
    playwright, chromium = found("playwright.sync_api"), shutil.which("chromium") or shutil.which("google-chrome")
    if playwright is None or chromium is None:
        print("the page needs Chromium and Playwright's Python package")
        return
    server = PageServer()
    server.start()
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium)
        for state in ({}, STATES[0], STATES[6], STATES[7]):
            tab, start = browser.new_page(), perf_counter()
            tab.goto(server.link(state) if state else server.url)
            tab.wait_for_selector("#formula math, #formula code", timeout=60_000)
            first = perf_counter() - start
            tab.wait_for_selector("#result[aria-busy=false]")
            tab.wait_for_selector("#presets button")
            for slider in ("h", "order"):
                times = tab.evaluate(MOVE, slider)
                said = f"{slider:5} median {median(times):4.0f} ms, worst {max(times):4.0f} ms"
                print(f"{state.get('system', 'start'):9} {state.get('method', ''):6} first formula {first:5.2f} s, {said}")
            tab.close()
        browser.close()
    server.close()


if __name__ == "__main__":
    answers()
    page()
