"""People whom somebody brought."""

from sojourn.core.condition import parse
from sojourn.core.model import model_from_mapping
from sojourn.measure.referred import referred
from support.logs import MODEL, START
from support.memory import view_of

MODEL = model_from_mapping(MODEL)


def touch(seq, ts=0, **rest):
    return {
        "event_id": f"e{seq}",
        "seq": seq,
        "ts": START + ts,
        "name": "Page Viewed",
        "actor": "person",
        **rest,
    }


LOG = {
    "ada": [touch(0), touch(1, 1, referred_by="bob"), touch(2, 2, referred_by="eve")],
    "bob": [touch(3)],
    "eve": [touch(4, referred_by="bob", channel="Email")],
}


def test_each_person_whom_somebody_brought_counts_once():
    assert referred(view_of(LOG, MODEL, START + 9)) == 2


def test_only_what_was_known_then_and_who_is_asked_about_counts():
    assert referred(view_of(LOG, MODEL, START)) == 1
    view = view_of(LOG, MODEL, START + 9, where=parse("channel = 'Email'"))
    assert referred(view) == 1
