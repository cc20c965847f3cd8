"""Every question of a journey, to be asked of two engines, and when two answers are the same."""

import math

QUESTIONS = {
    "stages": lambda j: j.stages("channel"),
    "sojourns": lambda j: j.sojourns(),
    "curve": lambda j: j.curve("device"),
    "moves": lambda j: j.moves("channel"),
    "moments": lambda j: j.moments(),
    "flow": lambda j: j.flow("name", top=5, by="channel"),
    "paths": lambda j: j.flow("channel", paths=True),
    "funnel": lambda j: j.funnel(["Page Viewed", "Product Viewed", "Order Completed"]),
    "retention": lambda j: j.retention(every="month"),
    "attribution": lambda j: j.attribution(["last", "linear", "markov"]),
    "roles": lambda j: j.roles(),
    "emotions": lambda j: j.emotions("name", every="month"),
    "survey": lambda j: j.survey("nps"),
    "word of mouth": lambda j: j.word_of_mouth(),
    "personas": lambda j: j.personas(),
    "habits": lambda j: j.habits(),
    "forecast": lambda j: j.forecast(2),
    "lifetime": lambda j: j.lifetime(),
    "referrals": lambda j: j.referrals(),
    "referrals compared": lambda j: j.referrals(compare=True),
    "friction": lambda j: j.friction(),
    "check": lambda j: j.check(),
}


def differences(one, other):
    """Where two tables differ: counts must be the same, reals to 1e-9."""
    if [c.name for c in one.columns] != [c.name for c in other.columns]:
        return ["columns"]
    if len(one) != len(other):
        return [f"{len(one)} and {len(other)} rows"]
    pairs = zip(one.rows, other.rows, strict=True)
    return [
        (number, name, mine[name], yours[name])
        for number, (mine, yours) in enumerate(pairs)
        for name in mine
        if not same(mine[name], yours[name])
    ]


def same(one, other):
    """Equal, or real numbers that are as good as equal."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return one == other
