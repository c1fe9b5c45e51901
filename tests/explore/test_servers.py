"""The page's server: who is answered, what takes too long, and what `imde-sym explore` prints."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from imde_sym import ImdeError
from imde_sym.explore import PageServer
from imde_sym.explore import server as server_module
from imde_sym.explore.workers import TooLong, Workers


class Nobody:
    """Answers without a process."""

    def ask(self, state, seconds):
        if state == {"system": "slow"}:
            raise TooLong("no answer in time")
        return {"ok": True, "state": state, "seconds": seconds}

    def ask_long(self, state, seconds, tab):
        return self.ask(state, seconds) | {"tab": tab}

    def close(self):
        pass


@pytest.fixture(scope="module")
def page():
    made = pytest.MonkeyPatch()
    made.setattr(server_module, "Workers", Nobody)
    page = PageServer()
    page.start()
    yield page
    page.close()
    made.undo()


def _ask(page, path="/", method="GET", body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=10)
    given = {"Host": f"127.0.0.1:{page.port}"} | {k.replace("_", "-"): v for k, v in headers.items()}
    connection.putrequest(method, path, skip_host=True)
    data = None if body is None else json.dumps(body).encode() if not isinstance(body, bytes) else body
    if data is not None:
        given.setdefault("Content-Length", str(len(data)))
    for name, value in given.items():
        connection.putheader(name, value)
    connection.endheaders(data)
    reply = connection.getresponse()
    found = reply.status, reply.read(), reply
    connection.close()
    return found


def test_the_page_is_for_who_has_the_token(page):
    assert _ask(page, f"/?token={page.token}")[0] == 200
    for path in ("/", "/?token=", "/?token=wrong", "/catalogue"):
        assert _ask(page, path)[0] == 403
    assert _ask(page, "/answer", "POST", {}, X_Token="wrong")[0] == 403
    assert _ask(page, "/../server.py")[0] == 404


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "evil.example:80", ""])
def test_other_host_names_are_refused(page, host):
    assert _ask(page, f"/?token={page.token}", Host=host)[0] == 403


def test_other_origins_are_refused(page):
    headers = {"X_Token": page.token, "Origin": "http://evil.example"}
    assert _ask(page, "/answer", "POST", {}, **headers)[0] == 403
    assert _ask(page, "/answer", "POST", {}, X_Token=page.token, Origin=f"http://127.0.0.1:{page.port}")[0] == 200


def test_only_loopback_listens(page):
    assert page.url.startswith("http://127.0.0.1:") and page._http.server_address[0] == "127.0.0.1"


def test_the_policy_forbids_all_that_is_not_the_pages_own(page):
    policy = _ask(page, f"/?token={page.token}")[2].getheader("Content-Security-Policy")
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 5000, b"x" * 200_000])
def test_what_is_no_state_is_a_bad_request(page, body):
    assert _ask(page, "/answer", "POST", body, X_Token=page.token)[0] == 400


def test_an_answer_that_takes_too_long_is_a_message(page):
    status, body, _ = _ask(page, "/answer", "POST", {"system": "slow"}, X_Token=page.token)
    found = json.loads(body)
    assert status == 200 and not found["ok"] and "cancelled after 2 seconds of work" in found["messages"][0]["text"]


def test_documents_and_checks_may_take_longer(page):
    found = json.loads(_ask(page, "/answer", "POST", {"want": ["orders"]}, X_Token=page.token, X_Tab="one")[1])
    assert found["seconds"] == server_module.LONG_LIMIT > server_module.LIMIT and found["tab"] == "one"


def test_the_catalogue_lists_all_systems_and_methods(page):
    import imde_sym as imde

    found = json.loads(_ask(page, "/catalogue", X_Token=page.token)[1])
    assert [e["name"] for e in found["methods"]] == list(imde.methods) and len(found["systems"]) == len(imde.systems)


def test_a_port_that_is_taken_is_told(page):
    with pytest.raises(ImdeError, match=f"port {page.port} cannot be had"):
        PageServer(page.port)


@pytest.mark.slow
def test_work_is_killed_wherever_it_is_and_the_next_question_is_answered():
    """Products of polynomials of degree 20 in four variables, in a library that Python cannot interrupt."""
    workers = Workers(count=1)
    try:
        heavy = "; ".join(f"x{i}' = (1 + x1 + x2 + x3 + x4)**9 + x{i}**20" for i in range(1, 5))
        workers.ask({}, 60)
        began = time.monotonic()
        with pytest.raises(TooLong):
            workers.ask({"equations": heavy, "order": 10}, 1)
        assert time.monotonic() - began < 30
        assert workers.ask({"order": 2}, 60)["ok"]
    finally:
        workers.close()


@pytest.mark.slow
def test_long_work_leaves_a_process_for_sliders_and_ends_when_it_is_asked_anew():
    workers, ended = Workers(), []

    def ask_long(state):
        try:
            workers.ask_long(state, 100, "tab")
            ended.append("answered")
        except TooLong:
            ended.append("ended")

    try:
        heavy = {"system": "double_pendulum", "order": 10, "want": ["orders"]}
        for _ in range(2):
            workers.ask({}, 60)
        first = threading.Thread(target=ask_long, args=(heavy,))
        first.start()
        assert workers.ask({"order": 2}, 60)["ok"] and first.is_alive()
        ask_long({"order": 2, "want": ["structure"]})
        first.join(60)
        assert sorted(ended) == ["answered", "ended"]
    finally:
        workers.close()


@pytest.mark.slow
def test_two_pages_at_once_have_their_own_answers():
    workers, found = Workers(), {}

    def ask(name):
        found[name] = [workers.ask({"system": name, "order": 2, "h": h}, 60) for h in (0.01, 0.02)]

    try:
        threads = [threading.Thread(target=ask, args=(name,)) for name in ("pendulum", "lorenz")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all([a["system"]["name"] for a in found[name]] == [name] * 2 for name in ("pendulum", "lorenz"))
    finally:
        workers.close()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_the_command_prints_its_address_first_and_ends_on_an_interrupt():
    command = [sys.executable, "-m", "imde_sym", "explore", "--no-browser"]

    def listening():  # what a shell starts in the background does not hear of interrupts
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=listening) as running:
        url = running.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:") and "?token=" in url
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=30)[1]
    assert running.returncode == 0 and "Traceback" not in said


def test_a_wrong_port_is_one_line_and_exit_code_2(capsys):
    from imde_sym.cli import main

    for port in ("abc", "99999"):
        assert main(["explore", "--no-browser", "--port", port]) == 2
        said = capsys.readouterr()
        assert said.out == "" and said.err.count("\n") == 1
