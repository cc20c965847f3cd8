"""`/sojourn.js` in a real browser: a page view moves a stage; without consent nothing leaves."""

import json
import shutil
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

import sojourn.server
from sojourn.server.collector import SCRIPT

CHROMIUM = shutil.which("chromium")
MOST_BYTES = 9_500

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's package chromium")


class Site(ThreadingHTTPServer):
    """A shop and a collector in one that remembers what was posted and asked for."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.posts, self.asked, self.pages, self.fail = [], [], {}, 0

    @property
    def calls(self):
        return [call for post in self.posts for call in post["batch"]]

    def named(self, name):
        return [call for call in self.calls if call.get("event") == name]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.partition("?")[0]
        self.server.asked.append(unquote(self.path))
        if path == "/sojourn.js":
            self._answer(200, SCRIPT, "text/javascript")
        elif path in self.server.pages:
            kind = "text/javascript" if path.endswith(".js") else "text/html"
            self._answer(200, self.server.pages[path].encode(), kind)
        else:
            self._answer(404, b"", "text/plain")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.fail:
            self.server.fail -= 1
            self._answer(503, b"", "text/plain")
            return
        self.server.posts.append(json.loads(body))
        self._answer(200, b"{}", "application/json")

    def _answer(self, status, body, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header(
            "Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src 'self'"
        )
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def site():
    made = Site()
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@contextmanager
def visit(site, folder, path="/shop", script="", tag="", body=""):
    """A browser at a page of the site, until what it should do is done; its console is returned."""
    site.pages["/shop"] = (
        f'<title>Shop</title><script src="/sojourn.js" data-write-key="KEY" {tag} defer></script>'
        f'<script src="/own.js" defer></script><body>{body}'
    )
    site.pages["/own.js"] = script
    log = folder / "browser.log"
    command = [
        CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", "--enable-logging=stderr", "--remote-debugging-port=0",
        f"--user-data-dir={folder / 'profile'}",
        f"http://127.0.0.1:{site.server_address[1]}{path}",
    ]  # fmt: skip
    with log.open("wb") as out:
        browser = subprocess.Popen(command, stdout=out, stderr=out)
        try:
            yield log
        finally:
            browser.terminate()
            browser.wait(20)


def wait_for(what, seconds=20):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.05)


def test_it_is_small_and_comes_with_the_package():
    path = Path(sojourn.server.__file__).parent / "static" / "sojourn.js"
    assert path.read_bytes() == SCRIPT
    assert len(SCRIPT) < MOST_BYTES
    assert b"eval(" not in SCRIPT
    assert b"innerHTML" not in SCRIPT


def test_a_page_view_says_where_it_came_from_and_no_secret(site, tmp_path):
    path = "/shop?utm_source=google&utm_medium=cpc&gclid=g1&token=secret"
    with visit(site, tmp_path, path) as log:
        wait_for(lambda: site.calls)
        [page] = site.calls
    assert (page["type"], site.posts[0]["writeKey"]) == ("page", "KEY")
    assert page["context"]["campaign"] == {"source": "google", "medium": "cpc"}
    assert page["properties"]["url"].endswith("/shop?utm_source=google&utm_medium=cpc&gclid=g1")
    assert "secret" not in json.dumps(site.posts)
    assert len(page["anonymousId"]) == 36
    assert "CONSOLE" not in log.read_text("utf-8", "replace").replace("favicon.ico", "")


def test_what_a_page_says_is_sent_in_order_and_a_visitor_is_known_until_reset(site, tmp_path):
    script = """
        sojourn.track('Product Viewed', {price: 3});
        sojourn.identify('ann', {plan: 'gold'});
        sojourn.track('Order Completed');
        sojourn.reset();
        sojourn.track('Last');
    """
    with visit(site, tmp_path, script=script):
        wait_for(lambda: site.named("Last"))
    [seen], [order], [last] = (site.named(n) for n in ("Product Viewed", "Order Completed", "Last"))
    assert seen["properties"] == {"price": 3}
    assert (seen.get("userId"), order["userId"], last.get("userId")) == (None, "ann", None)
    assert seen["anonymousId"] == order["anonymousId"] != last["anonymousId"]
    assert len({call["messageId"] for call in site.calls}) == len(site.calls)


def test_a_visitor_is_the_same_one_on_the_next_page(site, tmp_path):
    script = """
        if (!sessionStorage.again) {
            sessionStorage.again = 1;
            setTimeout(function () { location.reload(); }, 300);
        }
    """
    with visit(site, tmp_path, script=script):
        wait_for(lambda: len(site.calls) == 2)
    assert len({call["anonymousId"] for call in site.calls}) == 1


def test_moving_within_a_page_is_a_page_view(site, tmp_path):
    with visit(site, tmp_path, script="history.pushState({}, '', '/basket?x=1');"):
        wait_for(lambda: len(site.calls) == 2)
    assert [call["properties"]["url"].rpartition("/")[2] for call in site.calls] == [
        "shop",
        "basket",
    ]


def test_what_a_busy_collector_refuses_is_sent_again_and_counts_once(site, tmp_path):
    site.fail = 2
    with visit(site, tmp_path, script="sojourn.track('Kept');"):
        wait_for(lambda: site.named("Kept"))
    assert len(site.named("Kept")) == 1


@pytest.mark.parametrize("given", ["", "sojourn.consent(false);"], ids=["not asked", "refused"])
def test_without_consent_nothing_is_stored_or_sent(site, tmp_path, given):
    script = f"{given} sojourn.track('Secret'); sojourn.identify('ann'); " + (
        "var kept = Object.assign({}, localStorage); delete kept.sojourn;"
        "fetch('/kept?' + encodeURIComponent(JSON.stringify([Object.keys(kept),"
        "JSON.parse(localStorage.sojourn || '{}').anonymousId || null, document.cookie])));"
    )
    with visit(site, tmp_path, script=script, tag='data-consent="required"'):
        wait_for(lambda: any(path.startswith("/kept?") for path in site.asked))
        time.sleep(1)
    assert site.posts == []
    assert '/kept?[[],null,""]' in site.asked


def test_once_consent_is_given_the_page_view_is_sent(site, tmp_path):
    with visit(site, tmp_path, script="sojourn.consent(true);", tag='data-consent="required"'):
        wait_for(lambda: site.calls)
    assert [call["type"] for call in site.calls] == ["page"]


FORM = """
<form data-sojourn-form="trial"><input name="email" required><input name="card"></form>
"""


def events(site, *names):
    found = [call for call in site.calls if call.get("event") in names]
    return [(call["event"], call.get("properties")) for call in found]


def test_a_form_is_watched_from_being_shown_to_being_sent_and_nothing_typed_is_told(site, tmp_path):
    script = """
        var form = document.querySelector('form'), email = form.elements.email;
        form.addEventListener('submit', function (event) { event.preventDefault(); });
        setTimeout(function () {
            form.requestSubmit();
            form.elements.card.value = email.value = 'private@example.org';
            email.dispatchEvent(new Event('input', {bubbles: true}));
            email.dispatchEvent(new Event('input', {bubbles: true}));
            form.requestSubmit();
            form.dispatchEvent(new CustomEvent('sojourn:failed', {detail: 'card refused'}));
        }, 500);
    """
    with visit(site, tmp_path, script=script, body=FORM):
        wait_for(lambda: len(site.named("Form Failed")) == 2)
    trial = {"form_id": "trial"}
    names = ("Form Viewed", "Form Started", "Form Submitted", "Form Failed")
    assert events(site, *names) == [
        ("Form Viewed", trial),
        ("Form Failed", {**trial, "reason": "invalid", "field": "email"}),
        ("Form Started", trial),
        ("Form Submitted", trial),
        ("Form Failed", {**trial, "reason": "card refused"}),
    ]
    assert "private" not in json.dumps(site.posts)


def test_a_form_far_below_is_not_shown_until_somebody_scrolls_to_it(site, tmp_path):
    script = "setTimeout(function () { sojourn.track('Before'); scrollTo(0, 9999); }, 800);"
    with visit(
        site, tmp_path, script=script, body='<p style="height:5000px">' + "<br>" * 500 + FORM
    ):
        wait_for(lambda: site.named("Form Viewed"))
    assert [name for name, _ in events(site, "Before", "Form Viewed")] == ["Before", "Form Viewed"]


def test_a_form_that_never_loads_is_told_and_one_that_comes_later_is_shown(site, tmp_path):
    body = '<div data-sojourn-form="{}" data-wait="{}">_</div>'
    body = body.format("demo", 1) + body.format("late", 2)
    script = """
        setTimeout(function () {
            document.querySelector('[data-sojourn-form=late]').append(document.createElement('form'));
        }, 600);
    """
    with visit(site, tmp_path, script=script, body=body):
        wait_for(lambda: site.named("Form Failed") and site.named("Form Viewed"))
        time.sleep(1.5)
    assert events(site, "Form Failed") == [
        ("Form Failed", {"form_id": "demo", "reason": "never loaded"})
    ]
    assert events(site, "Form Viewed") == [("Form Viewed", {"form_id": "late"})]


def test_a_review_is_read_by_who_had_it_before_their_eyes_for_a_while(site, tmp_path):
    body = (
        '<p data-sojourn-review="r1">Good.</p>'
        + "<br>" * 500
        + '<p data-sojourn-review="r2">Bad.</p>'
    )
    with visit(site, tmp_path, body=body):
        wait_for(lambda: site.named("Review Read"))
        time.sleep(0.5)
    assert events(site, "Review Read") == [("Review Read", {"review_id": "r1"})]


def test_without_consent_no_form_is_watched(site, tmp_path):
    script = """
        var email = document.querySelector('input');
        email.dispatchEvent(new Event('input', {bubbles: true}));
        setTimeout(function () { sojourn.consent(true); sojourn.track('Asked'); }, 500);
    """
    with visit(site, tmp_path, script=script, body=FORM, tag='data-consent="required"'):
        wait_for(lambda: site.named("Asked"))
    assert events(site, "Form Viewed", "Form Started", "Form Failed") == []
