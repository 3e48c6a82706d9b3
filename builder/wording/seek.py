"""Which of many words a text holds, at the price of a few looks: by the rarest pair of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

# The characters of a statistics bureau's texts, the most frequent first. Any other is rarer still.
FREQUENT = (
    " 0123456789-.:，。、的计统业人查一不国数和年单报第有条法是月上位以个资（）表对产要据普务料经调工民公家十中：企三度实行核全当例用么时标指；本发员比局算看"
    "四能了填“”在总定布得为元同小入问共期改或二分动出县机没可号济写华关地按会规处万示里到明政收%准名项哪说来值增记市自提者什应门营价部生账作及下就制后构费审令象乡活正"
    "消户库品目文密录级这怎先保于错样施责供额件格两售原份外量成台开院网照依理日点加内季多修少主过累类服电省方从其前别也站给等谁信大通平口零并去由情清事任变都新着己社接息"
    "只答范存五知住还再款完府转所做证组现把况管天各除体罚模区负进周最建告他速居镇限与次间合种字见未列相设整农手解办投性拒批备权待容取补直真李百我交步重话注些每起面拿请"
)
RANK = {char: number for number, char in reversed(list(enumerate(FREQUENT)))}


BLOCK = 128


def runs(text: str, size: int) -> Iterator[str]:
    """Every run of `size` characters of `text`; the last ones may be shorter."""
    return map(text.__getitem__, _windows(size, len(text) // BLOCK + 1))


@lru_cache(maxsize=256)
def _windows(size: int, blocks: int) -> Sequence[slice]:
    """Where to cut a text of so many blocks."""
    return [slice(n, n + size) for n in range(blocks * BLOCK)]


def held(text: str) -> frozenset[str]:
    """What `Seek` asks of a text: its characters and its pairs of neighbours."""
    return frozenset(text).union(runs(text, 2))


class Seek:
    """A fixed set of words to look for in one text after another."""

    def __init__(self, words: Iterable[str]) -> None:
        """File each word under its rarest pair of characters, or its only character."""
        self._filed: dict[str, list[str]] = {}
        for word in dict.fromkeys(words):
            pairs = [word[n : n + 2] for n in range(len(word) - 1)] or [word]
            self._filed.setdefault(max(pairs, key=_rarity), []).append(word)
        self._keys = frozenset(self._filed)

    def among(self, text: str, present: frozenset[str]) -> list[str]:
        """The words that `text` holds; `present` is what it has (`held`)."""
        filed = self._filed
        return [
            word
            for key in self._keys & present
            for word in filed[key]
            if len(word) < 3 or word in text
        ]


def _rarity(pair: str) -> int:
    return sum(RANK.get(char, len(FREQUENT)) for char in pair)


def places(text: str, word: str) -> Iterator[int]:
    """Every place where `word` begins in `text`, overlapping ones too."""
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)
