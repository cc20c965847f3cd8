"""What humans said counts until it is taken back, and then nothing of it is left."""

from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.acts import MERGE, REJECT, SPLIT, UNDO, Act, Word, standing, word_of
from sojourn.core.claims import Alias, Claim, Split

ANN, BOB, TABLET = Alias("user", "ann"), Alias("user", "bob"), Alias("device", "tablet")


def test_each_kind_of_act_says_its_own_thing():
    word = word_of(
        [
            Act("m", MERGE, 5, 5, (ANN, BOB)),
            Act("j", MERGE, 3, 6, (ANN, TABLET)),
            Act("s", SPLIT, 7, 7, (TABLET,), (BOB,)),
            Act("r", REJECT, 8, 8, target="c1"),
        ]
    )
    assert word == Word(
        merges=(("ann", "bob"),),
        claims=(Claim(3, (ANN, TABLET), id="j"),),
        splits=(Split.of([TABLET], [BOB]),),
        rejected=frozenset({"c1"}),
    )


@given(st.lists(st.sampled_from("abc"), max_size=4), st.permutations(range(4)))
def test_what_was_taken_back_leaves_what_was_there_before(undone, order):
    acts = [Act(name, MERGE, i, i, (ANN, BOB)) for i, name in enumerate("abc")]
    undos = [Act(f"u{i}", UNDO, 9, 9 + i, target=name) for i, name in enumerate(undone)]
    kept = [act for act in acts if act.id not in undone]
    everything = [*acts, *undos]
    shuffled = [everything[i] for i in order if i < len(everything)] + everything[4:]
    missing = [act for act in everything if act not in shuffled]
    assert standing([*shuffled, *missing]) == kept


def test_an_undo_can_be_undone_however_often():
    acts = [Act("m", MERGE, 0, 0, (ANN, BOB))]
    for turn in range(1, 6):
        acts.append(Act(f"u{turn}", UNDO, turn, turn, target=acts[-1].id))
        assert bool(standing(acts)) == (turn % 2 == 0)
