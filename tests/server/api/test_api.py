"""The HTTP API: the command line's answers, by key and by role, whatever is sent to it."""

import json

import pytest
import schemathesis
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings

from sojourn.cli.demo import fill_shop
from sojourn.server.api.models import ApiKey
from sojourn.workspace import Workspace

pytestmark = pytest.mark.django_db
fuzzed = settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None
)


@pytest.fixture
def keyed(client):
    """Gives what asks with a key of a role."""

    def with_role(role):
        key = ApiKey.make(f"{role}-key", role)

        def ask(method, path, body=None, **query):
            send = getattr(client, method)
            more = {"headers": {"Authorization": f"Bearer {key}"}}
            if method == "get":
                return send(f"/api/{path}", query, **more)
            return send(f"/api/{path}", body, content_type="application/json", **more)

        return ask

    return with_role


@pytest.fixture
def own(tmp_path, settings):
    """A shop of one's own, to change."""
    settings.SOJOURN_WORKSPACE, settings.SOJOURN_INLINE = tmp_path / "own", True
    workspace = Workspace(tmp_path / "own")
    fill_shop(workspace, people=40, seed=5)
    return workspace


ASKED = {
    ("stages", "by=channel"): lambda j: j.stages("channel"),
    ("moves", ""): lambda j: j.moves(),
    ("funnel", "step=Product Viewed&step=Order Completed&within=30 days"):
        lambda j: j.funnel(["Product Viewed", "Order Completed"], within="30 days"),
    ("attribution", "model=markov&model=linear"): lambda j: j.attribution(["markov", "linear"]),
    ("flow", "of=channel&top=5"): lambda j: j.flow("channel", top=5),
    ("today", ""): lambda j: j.today(),
    ("unheard", "days=90"): lambda j: j.unheard(90),
    ("curve", ""): lambda j: j.curve(),
}  # fmt: skip


@pytest.mark.parametrize(("name", "query"), sorted(ASKED))
def test_a_measure_is_what_the_command_line_says(keyed, shop, client, name, query):
    ask = keyed("viewer")
    found = ask("get", f"measures/{name}?{query}")
    assert found.status_code == 200
    assert found.json()["rows"] == ASKED[name, query](shop.journey()).to_json()["rows"]


def test_filters_are_those_of_the_command_line(keyed, shop):
    asked = {
        "journey": "sales",
        "from": "2025-02-01",
        "to": "2025-05-01",
        "people": "total_orders >= 1",
    }
    found = keyed("viewer")("get", "measures/stages", **asked).json()["rows"]
    journey = shop.journey(
        "sales", start="2025-02-01", end="2025-05-01", people="total_orders >= 1"
    )
    assert found == journey.stages().to_json()["rows"]


def test_people_are_listed_shown_and_explained(keyed, shop):
    ask = keyed("viewer")
    listed = ask("get", "people", people="total_orders >= 2").json()["rows"]
    assert listed == shop.people.list(people="total_orders >= 2").to_json()["rows"]
    who = listed[0]["person"]
    assert ask("get", f"people/{who}").json() == shop.people.show(who).to_json()
    aliases = shop.people.show(who).aliases
    one, other = (f"{alias['kind']}:{alias['id']}" for alias in aliases[:2])
    assert ask("get", "people/why", one=one, other=other).json()["rows"] != []
    assert ask("get", f"people/{who}/claims").status_code == 200


def test_a_touchpoint_told_by_hand_is_in_the_log_when_it_is_answered(keyed, own):
    body = {
        "person": "email:new@example.com",
        "name": "Store Visited",
        "at": "2025-12-01T10:00:00+01:00",
        "referred_by": "10001",
    }
    assert keyed("editor")("post", "touchpoints", body).status_code == 201
    last = own.people.show("new@example.com").touchpoints[-1]
    assert (last["name"], last["referred_by"]) == ("Store Visited", "10001")
    assert last["ts"].isoformat() == "2025-12-01T09:00:00+00:00"


def test_two_people_are_joined_and_that_is_taken_back(keyed, own):
    ask = keyed("editor")
    one, other = own.people.list(people="total_orders >= 1").column("person")[:2]
    act = ask("post", "people/merge", {"one": one, "other": other}).json()["act"]
    assert other in [alias["id"] for alias in own.people.show(one).aliases]
    assert ask("post", f"people/undo/{act}").status_code == 200
    assert other not in [alias["id"] for alias in own.people.show(one).aliases]


def test_lists_are_saved_read_and_forgotten(keyed, own):
    ask = keyed("editor")
    made = ask("post", "lists", {"name": "buyers", "people": "total_orders >= 1"})
    assert made.json()["people"] == len(own.people.list(people="total_orders >= 1"))
    assert ask("get", "lists").json()["rows"][0]["list"] == "buyers"
    assert len(ask("get", "people", list="buyers").json()["rows"]) == made.json()["people"]
    assert ask("delete", "lists/buyers").status_code == 200
    assert ask("delete", "lists/buyers").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "touchpoints", {"person": "1", "name": "x"}),
        ("post", "people/merge", {"one": "1", "other": "2"}),
        ("post", "people/split", {"person": "1", "aliases": ["a"]}),
        ("post", "people/undo/x", None),
        ("post", "lists", {"name": "x"}),
        ("delete", "lists/x", None),
    ],
)
def test_a_viewers_key_changes_nothing(keyed, shop, method, path, body):
    answer = keyed("viewer")(method, path, body)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("path", ["measures/stages", "people", "people/1", "lists", "models"])
def test_a_stranger_gets_nothing(client, shop, path):
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}):
        answer = client.get(f"/api/{path}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_somebody_signed_in_asks_too_but_changes_only_with_their_token(signed_in, shop, client):
    from_page = signed_in("editor")
    assert from_page.get("/api/models").status_code == 200
    strict = type(client)(enforce_csrf_checks=True)
    strict.cookies = from_page.cookies
    answer = strict.post("/api/lists", {"name": "x"}, content_type="application/json")
    assert answer.status_code in (401, 403)


@pytest.mark.parametrize(
    ("path", "query", "code", "status"),
    [
        ("measures/stage", {}, "unknown", 404),
        ("measures/stages", {"people": "total_order > 1"}, "condition", 400),
        ("measures/stages", {"journey": "hourglas"}, "unknown", 404),
        ("measures/flow", {"top": "many"}, "unknown", 404),
        ("people/nobody-like-this", {}, "unknown", 404),
        ("measures/funnel", {}, "question", 400),
    ],
)
def test_what_is_wrong_is_told_with_a_code_and_a_hint(keyed, shop, path, query, code, status):
    answer = keyed("viewer")("get", path, **query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"error", "code", "hint"}


def test_a_body_that_is_not_as_described_is_told_where(keyed, shop):
    answer = keyed("editor")("post", "touchpoints", {"person": "1", "nam": "x"})
    assert answer.status_code == 422
    assert "nam" in answer.json()["error"]


def test_only_the_hash_of_a_key_is_kept_and_the_command_makes_and_removes_them(db, capsys):
    call_command("apikeys", "add", "report", "--role", "editor")
    text = capsys.readouterr().out.strip()
    assert text not in str(ApiKey.objects.values_list())
    assert ApiKey.of(text).role == "editor"
    call_command("apikeys", "list")
    assert capsys.readouterr().out.startswith("report\teditor")
    call_command("apikeys", "remove", "report")
    assert ApiKey.of(text) is None


def test_the_description_names_every_address_with_its_errors(client, shop, keyed):
    description = keyed("viewer")("get", "openapi.json").json()
    assert len(description["paths"]) >= 12
    for operations in description["paths"].values():
        for operation in operations.values():
            assert {"400", "401", "404"} <= set(operation["responses"])


# Django ends the connection after a request that came in by WSGI, and with it a test's transaction.
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_random_requests_get_an_answer_and_never_an_accident(own, role):
    key = ApiKey.make("fuzz", role)
    headers = {"Authorization": f"Bearer {key}"}
    schema = schemathesis.openapi.from_wsgi(
        "/api/openapi.json", get_wsgi_application(), headers=headers
    )
    answered = []
    for operation in schema.get_all_operations():

        @fuzzed
        @given(case=operation.ok().as_strategy())
        def ask(case):
            response = case.call(headers=headers)
            answered.append(response.status_code)
            assert response.status_code < 500, (case.as_curl_command(), response.text[:500])
            if response.status_code >= 400 and "json" in response.headers["content-type"][0]:
                assert {"error", "code"} <= set(json.loads(response.text))

        ask()
    assert len(answered) > 100
    assert answered.count(200) > 20


@pytest.mark.parametrize(
    "journey", ["/etc/passwd", "../../etc/hostname", "x.yaml", "a" * 300, "(" * 5000, "\0"]
)
@pytest.mark.parametrize("path", ["measures/stages", "people/nobody"])
def test_an_address_names_a_journey_and_never_opens_a_file(keyed, shop, path, journey):
    found = keyed("viewer")("get", path, journey=journey)
    assert found.status_code == 404
    assert "root" not in found.text


def test_a_word_that_is_no_option_is_refused_with_the_nearest(keyed, shop):
    found = keyed("viewer")("get", "measures/stages", jurney="sales")
    assert (found.status_code, found.json()["hint"]) == (404, "Did you mean 'journey'?")


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_touchpoint_at_the_end_of_the_calendar_is_refused(keyed, own, at):
    told = {"person": "bob", "name": "Call Received", "at": at}
    found = keyed("editor")("post", "touchpoints", told)
    assert (found.status_code, found.json()["code"]) == (400, "question")
