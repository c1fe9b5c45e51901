"""The page's server: on this machine only, for who has the token. It reads states, hands out answers and writes nothing."""

from __future__ import annotations

import json
import secrets
import threading
from functools import cached_property
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from ..base.checks import check_count
from ..base.errors import ImdeError
from ..fields import systems
from ..method import methods
from .presets import PRESETS
from .workers import TooLong, Workers

HOST = "127.0.0.1"
LIMIT, LONG_LIMIT = 2.0, 10.0
"""Seconds of work for an answer, and for one with something in `want`: documents, checks, reports."""
MAX_BYTES = 100_000
STATIC = {"/page.css": "text/css", "/page.js": "text/javascript"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors {ancestors}"
)
NOTEBOOKS = "'self' http://localhost:* http://127.0.0.1:* https://localhost:* vscode-webview:"
"""Who may show the page in a frame, where it was made for a notebook."""


class PageServer:
    """The page at `url`. `serve` runs until `close`; `start` does so in a thread.

    port   : 0 for any that is free;  framed : whether a notebook may show the page
    Raises ImdeError where the port cannot be had.

    >>> page = PageServer()
    >>> page.start()  # page.serve() would do it here, until it is interrupted
    >>> page.url.startswith("http://127.0.0.1:"), page.link({"h": 0.1}).partition("#")[2]
    (True, '%7B%22h%22%3A0.1%7D')
    >>> page.answer({"system": "pendulum", "method": "heun2", "order": 2})["ok"], len(page.catalogue["systems"]) > 10
    (True, True)
    >>> page.close()
    """

    def __init__(self, port: int = 0, framed: bool = False):
        port = check_count(port, "the port", 0, 65535, ImdeError)
        try:
            self._http = _Http((HOST, port), _Request)
        except OSError as error:
            raise ImdeError(f"port {port} cannot be had: {error.strerror or error}; --port 0 takes any that is free") from None
        self.port = self._http.server_address[1]
        self._http.page = self
        self.token = secrets.token_urlsafe(24)
        self.policy = POLICY.format(ancestors=NOTEBOOKS if framed else "'none'")
        self.workers = Workers()

    @property
    def url(self) -> str:
        """With the token, without which nothing is answered."""
        return f"http://{HOST}:{self.port}/?token={self.token}"

    def link(self, state: Any) -> str:
        """The page in a state."""
        return f"{self.url}#{quote(json.dumps(state, separators=(',', ':')))}"

    def serve(self) -> None:
        """Until `close`, or until interrupted."""
        try:
            self._http.serve_forever(poll_interval=0.2)
        finally:
            self._http.server_close()
            self.workers.close()

    def start(self) -> None:
        """In a thread that ends with the program."""
        threading.Thread(target=self.serve, daemon=True).start()

    def close(self) -> None:
        """End the page and its processes."""
        self._http.shutdown()
        self.workers.close()

    @cached_property
    def catalogue(self) -> dict[str, Any]:
        """What can be chosen, with the words that a search looks at."""
        return {
            "systems": [_entry(systems, name) for name in systems],
            "methods": [_entry(methods, name) for name in methods],
            "presets": list(PRESETS),
        }

    def answer(self, state: Any, tab: str = "") -> dict[str, Any]:
        """The answer, or a message that it took too long. A later question of one tab for long work ends an earlier one."""
        long = isinstance(state, dict) and bool(state.get("want"))
        limit = LONG_LIMIT if long else LIMIT
        try:
            found: dict[str, Any] = self.workers.ask_long(state, limit, tab) if long else self.workers.ask(state, limit)
        except TooLong:
            text = f"cancelled after {limit:g} seconds of work: lower the order, or take a smaller system or fewer stages"
            return {"ok": False, "messages": [{"field": "want" * long, "kind": "error", "text": text, "column": None}]}
        return found


def _entry(catalogue: Any, name: str) -> dict[str, Any]:
    data = catalogue.entry(name)
    words = [
        name,
        *data.get("aliases", ()),
        *data.get("tags", ()),
        data.get("title", ""),
        data.get("reference", ""),
        data.get("note", ""),
    ]
    found = {"name": name, "title": data.get("title", name), "words": " ".join(map(str, words)).replace("_", " ").lower()}
    return found | ({"order": data["order"]} if "order" in data else {})


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    page: PageServer


class _Request(BaseHTTPRequestHandler):
    server: _Http
    server_version, sys_version = "imde-sym", ""
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        """The page, its style and script, the catalogue."""
        where = urlsplit(self.path)
        if not self._own():
            return
        if where.path in STATIC:
            self._send(_static(where.path[1:]), STATIC[where.path])
        elif where.path == "/" and self._may(parse_qs(where.query).get("token", [""])[0]):
            self._send(_static("page.html"), "text/html")
        elif where.path == "/catalogue" and self._may(self.headers.get("X-Token", "")):
            self._send_json(self.server.page.catalogue)
        elif where.path in ("/", "/catalogue"):
            self._refuse(HTTPStatus.FORBIDDEN, "This page needs the token of the address that imde-sym explore printed.")
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "There is nothing here.")

    def do_POST(self) -> None:
        """An answer."""
        if not self._own():
            return
        if not self._may(self.headers.get("X-Token", "")):
            self._refuse(HTTPStatus.FORBIDDEN, "The token is wrong.")
            return
        size = self.headers.get("Content-Length", "")
        if self.path != "/answer" or not size.isdecimal() or len(size) > 9 or int(size) > MAX_BYTES:
            if size.isdecimal() and len(size) < 8:  # so that the refusal is read, and not lost with the connection
                self.rfile.read(int(size))
            self._refuse(HTTPStatus.BAD_REQUEST, f"States of up to {MAX_BYTES} bytes go to /answer.")
            return
        try:
            state = json.loads(self.rfile.read(int(size)))
        except (ValueError, RecursionError):
            self._refuse(HTTPStatus.BAD_REQUEST, "A state is JSON.")
            return
        self._send_json(self.server.page.answer(state, self.headers.get("X-Tab", "")[:80]))

    def _own(self) -> bool:
        """Whether the request is meant for this server and comes from its own page: names that are rebound are refused."""
        port = self.server.page.port
        names = {f"{HOST}:{port}", f"localhost:{port}"}
        origin = self.headers.get("Origin")
        if self.headers.get("Host") in names and (origin is None or origin.removeprefix("http://") in names):
            return True
        self._refuse(HTTPStatus.FORBIDDEN, "This server answers to its own address only.")
        return False

    def _may(self, token: str) -> bool:
        return secrets.compare_digest(token.encode(), self.server.page.token.encode())

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        self.close_connection = True  # a body that was not read must not become the next request
        self._send(text.encode(), "text/plain", status)

    def _send_json(self, data: Any) -> None:
        self._send(json.dumps(data).encode(), "application/json")

    def _send(self, body: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        try:
            self.send_response(status)
            headers = {
                "Content-Type": f"{kind}; charset=utf-8",
                "Content-Length": str(len(body)),
                "Content-Security-Policy": self.server.page.policy,
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Cross-Origin-Resource-Policy": "same-origin",
                "Cache-Control": "no-store",
            }
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except OSError:  # the reader has gone
            self.close_connection = True

    def log_message(self, *args: Any) -> None:
        """Addresses hold the token: nothing is logged."""


def _static(name: str) -> bytes:
    return files(__package__).joinpath("static", name).read_bytes()
