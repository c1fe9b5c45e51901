"""The page in a real browser: Debian's Chromium, driven by Playwright."""

import os
import re
import shutil
from contextlib import contextmanager
from urllib.parse import quote

import pytest

from imde_sym.explore import PageServer

CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")]
WAIT = 60_000
"""Milliseconds that a busy machine may take."""


@pytest.fixture(scope="module")
def server():
    page = PageServer()
    page.start()
    yield page
    page.close()


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Tab:
    """A tab, with all that it asked for and complained of."""

    def __init__(self, context, url):
        self.page = context.new_page()
        self.page.set_default_timeout(WAIT)
        self.complaints, self.requests = [], []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(url)
        self.page.wait_for_selector("#formula math, #formula code")
        self.page.wait_for_selector("#presets button")
        self.settle()

    def settle(self):
        """Until no answer is under way, and none has come for a while."""
        self.page.wait_for_selector("#result[aria-busy=false]")

    def after(self, act):
        """What an act brings about: done when the answer to it is shown."""
        before = self.page.evaluate("document.body.dataset.answers")
        act()
        self.page.wait_for_selector(f"body:not([data-answers='{before}'])")
        self.settle()

    def text(self, selector):
        return self.page.inner_text(selector)


@contextmanager
def tab_of(browser, url, **options):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
    tab = Tab(context, url)
    try:
        yield tab
        assert tab.complaints == []
        own = re.match(r"http://127\.0\.0\.1:\d+/", url).group()
        assert [u for u in tab.requests if not u.startswith((own, "data:", "blob:", "about:"))] == []
    finally:
        context.close()


def test_sliders_presets_copies_and_the_link(server, browser):
    with tab_of(browser, server.url) as tab:
        page = tab.page
        picture, formula = page.inner_html("#picture-phase"), page.inner_html("#formula")
        tab.after(lambda: page.evaluate("h.value = 700; h.dispatchEvent(new Event('input'))"))
        assert page.inner_html("#picture-phase") != picture and page.inner_html("#formula") == formula
        tab.after(lambda: page.evaluate("order.value = 6; order.dispatchEvent(new Event('input'))"))
        assert page.inner_html("#formula") != formula and tab.text("#order-shown") == "6"
        tab.after(lambda: page.uncheck("#powers input >> nth=0"))
        assert page.locator(".term.off").count() == 2
        page.hover(".term[data-power='2'] >> nth=0")
        assert page.locator("#hint svg").count() == 2  # the trees of order 3
        for target, word in {"latex": "align*", "numpy": "def f_h", "c": "void", "json": "imde_sym/modified_field"}.items():
            page.click(f"[data-copy={target}]")
            playwright.expect(page.locator("#code")).to_have_value(re.compile(re.escape(word)), timeout=WAIT)
        page.click("#structure-panel summary")
        page.wait_for_selector("#structure li")
        tab.after(lambda: page.click("text=Lorenz spirals in"))
        assert page.input_value("#system") == "lorenz" and page.locator("#axes select").count() == 2
        tab.after(lambda: page.select_option("#axes select >> nth=1", "y"))
        kept, drawn = page.url, page.inner_html("#picture-phase")
    with tab_of(browser, kept) as tab:
        assert tab.page.input_value("#system") == "lorenz" and tab.page.inner_html("#picture-phase") == drawn


def test_senseless_and_hostile_text_leaves_the_last_good_state(server, browser):
    with tab_of(browser, server.url) as tab:
        page = tab.page
        good = page.inner_html("#formula")
        for box in ("#equations", "#h-number", "#time", "#parameters input", "#x0 input >> nth=0"):
            value = page.input_value(box)
            for text in ("<img src=x onerror=alert(1)>", "__import__('os')", "((((", "1e999", "\u202e\u0000'\"`${1}"):
                tab.after(lambda box=box, text=text: page.fill(box, text))
                assert page.locator(".message p.error").count() >= 1, (box, text)
                assert page.inner_html("#formula") == good and page.locator("img").count() == 0
            if box != "#equations":
                tab.after(lambda box=box, value=value: page.fill(box, value))
        tab.after(lambda: page.fill("#equations", "x' = -x + a*y; y' = -x"))
        assert page.locator(".message p.error").count() == 0 and page.inner_html("#formula") != good
        assert "a =" in tab.text("#parameters")
        notes = " ".join(page.locator(".message p").all_inner_texts())
        assert "a: no value is given" in notes and "aside" not in notes  # of the pendulum's names, which nobody typed
        tab.after(lambda: page.fill("#parameters input", "0.37"))
        assert "aside" not in " ".join(page.locator(".message p").all_inner_texts())


def test_a_tableau_is_edited_cell_by_cell(server, browser):
    with tab_of(browser, server.url) as tab:
        page = tab.page
        page.click("#tableau-editor summary")
        tab.after(lambda: page.click("#add-stage"))
        tab.after(lambda: page.fill("[aria-label='a 2 1']", "1/2"))
        tab.after(lambda: page.fill("[aria-label='b 1']", "0"))
        tab.after(lambda: page.fill("[aria-label='b 2']", "1"))
        assert tab.text("#method-order") == "order 2" and "not symplectic" in tab.text("#method-facts")
        tab.after(lambda: page.fill("[aria-label='a 2 1']", "1/"))
        assert "a21" in tab.text(".message[data-for='method tableau']") and tab.text("#method-order") == "order 2"
        tab.after(lambda: page.fill("[aria-label='a 2 1']", "sqrt(3)/6"))
        assert tab.text("#method-order") == "order 1"
        page.fill("#method-search", "midpoint implicit")
        assert page.locator("#method option").count() >= 1
        tab.after(lambda: page.press("#method-search", "Enter"))
        assert "midpoint" in tab.text("#method-facts").lower()


def test_two_tabs_do_not_disturb_each_other_and_show_light_and_dark(server, browser):
    with tab_of(browser, server.url, color_scheme="light") as one, tab_of(browser, server.url, color_scheme="dark") as two:
        one.after(lambda: one.page.click("text=Leapfrog's shadow"))
        two.after(lambda: two.page.click("text=Lorenz spirals in"))
        assert one.page.input_value("#system") == "pendulum" and two.page.input_value("#system") == "lorenz"
        backs = [t.page.evaluate("getComputedStyle(document.body).backgroundColor") for t in (one, two)]
        assert backs == ["rgb(255, 255, 255)", "rgb(21, 24, 29)"]
        one.page.click("#theme")
        one.page.click("#theme")
        assert one.page.evaluate("getComputedStyle(document.body).backgroundColor") == backs[1]


def test_a_link_that_holds_nonsense_leaves_a_page_that_works(server, browser):
    for state in (
        "%7Bbad",
        "%E0%A4%A",
        quote('{"__proto__": {"x": 1}, "tableau": 5, "x0": {"p": "<img src=x onerror=alert(1)>"}}'),
    ):
        with tab_of(browser, server.url) as tab:
            tab.page.goto("about:blank")
            tab.page.goto(f"{server.url}#{state}")
            tab.page.click("text=Leapfrog's shadow")
            playwright.expect(tab.page.locator("#h-number")).to_have_value("0.2", timeout=WAIT)
            assert tab.page.locator("#formula math, #formula code").count() and tab.page.locator("img").count() == 0


def test_small_screens_do_not_scroll_sideways(server, browser):
    with tab_of(browser, server.url) as tab:
        tab.page.set_viewport_size({"width": 360, "height": 740})
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(server, browser, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with tab_of(browser, server.url, color_scheme=scheme, bypass_csp=True) as tab:
        tab.page.click("#trees-panel summary")
        tab.page.click("#tableau-editor summary")
        found = axe.run(tab.page).response["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]][:4]) for v in found if v["impact"] in ("serious", "critical")] == []
