"""Which pairs of many recordings are compared in detail, by how their onsets match.

A few recordings are compared all with all. Of many, each is compared with those that
match it best, which is enough to place all that overlap; groups that are still apart
then meet through the best of the pairs between them. So the cost grows with the number
of recordings, not with that of pairs.
"""

from collections.abc import Collection, Mapping

# Asset ids, in order.
Pair = tuple[str, str]

# Up to so many recordings all pairs are compared.
FEW_RECORDINGS = 8
# Of more, each recording is compared with so many others.
PARTNERS = 4
# Pairs between two groups that are still apart, and the least score that they are tried for:
# the highest of all offsets of two unrelated recordings rarely exceeds it.
BRIDGES = 2
LEAST_BRIDGE_SCORE = 5.0


def first_pairs(scores: Mapping[Pair, float]) -> list[Pair]:
    """The pairs to compare first, of those that `scores` tells the onsets' match of."""
    names = {name for pair in scores for name in pair}
    if len(names) <= FEW_RECORDINGS:
        return sorted(scores)
    ranked = _ranked(scores)
    chosen: set[Pair] = set()
    for name in names:
        chosen.update([pair for pair in ranked if name in pair][:PARTNERS])
    return sorted(chosen)


def bridges(scores: Mapping[Pair, float], joined: Collection[Pair]) -> list[Pair]:
    """The best pairs between any two groups of recordings that `joined` pairs leave apart."""
    group = _groups({name for pair in scores for name in pair}, joined)
    between: dict[frozenset[str], list[Pair]] = {}
    for pair in _ranked(scores):
        first, second = (group[name] for name in pair)
        if first != second and scores[pair] >= LEAST_BRIDGE_SCORE:
            between.setdefault(frozenset((first, second)), []).append(pair)
    return sorted(pair for pairs in between.values() for pair in pairs[:BRIDGES])


def _ranked(scores: Mapping[Pair, float]) -> list[Pair]:
    return sorted(scores, key=lambda pair: (-scores[pair], pair))


def _groups(names: Collection[str], joined: Collection[Pair]) -> dict[str, str]:
    """For each recording the least of those that it is joined with, directly or not."""
    group = {name: name for name in names}
    for first, second in sorted(joined):
        kept, given_up = sorted((group[first], group[second]))
        group = {name: kept if one == given_up else one for name, one in group.items()}
    return group
