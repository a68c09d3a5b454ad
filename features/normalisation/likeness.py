"""How much a text is like texts whose value is known: TF-IDF of character n-grams, and a margin.

The rule that must not break: the same known texts and the same text give the same confidence, in
whatever company and order they are asked. A tie has no confidence, and letters that no known text
has count against a text, never for it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.normalisation.folding import worded

#: Lengths of the pieces of words that are compared, a blank at the ends of words included.
PIECES = (3, 5)
_N_FEATURES = 2**20
_AT_ONCE = 1_000
#: Digits of a likeness; what the last bits say is no evidence.
_DIGITS = 6
#: How many values are proposed to a person.
PROPOSED = 3


@dataclass(frozen=True)
class Likely:
    """What a text may mean.

    Parameters
    ----------
    proposals : tuple of (str, float)
        The values that it is most like, the best first, each with the likeness: the cosine to the
        nearest known text of the value.
    """

    proposals: tuple[tuple[str, float], ...]

    @property
    def confidence(self) -> float:
        """Between 0 and 1: ``best * (1 - (second / best) ** 2)`` of the two best likenesses.

        As much as the best likeness where nothing else is alike at all, 0 where two values are
        alike equally.

        Examples
        --------
        >>> Likely((("law", 0.8), ("tax", 0.4))).confidence
        0.6
        """
        if not self.proposals or self.proposals[0][1] <= 0:
            return 0.0
        best = self.proposals[0][1]
        second = self.proposals[1][1] if len(self.proposals) > 1 else 0.0
        return round(best * (1 - (second / best) ** 2), _DIGITS)


class Likeness:
    """Texts whose value is known, ready to be compared with.

    Parameters
    ----------
    known : mapping of str to str
        Text to value.
    read : callable
        What is read of a text.
    """

    def __init__(self, known: Mapping[str, str], read: Callable[[str], str] = str) -> None:
        self._read = read
        # In the order of the values, so that those of one value lie side by side.
        self._texts = sorted(known, key=lambda text: (known[text], text))
        self.values = sorted(set(known.values()))
        self._starts = [
            next(i for i, text in enumerate(self._texts) if known[text] == value)
            for value in self.values
        ]
        # Most of a second to load, and most agencies have no texts to compare.
        from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

        self._count = HashingVectorizer(
            analyzer="char_wb",
            ngram_range=PIECES,
            n_features=_N_FEATURES,
            alternate_sign=False,
            norm=None,
            lowercase=False,
        )
        # Pieces that no known text has are the rarest of all, and lengthen a text.
        self._weigh = TfidfTransformer(sublinear_tf=True, smooth_idf=True)
        self._known = self._weigh.fit_transform(self._counted(self._texts)) if known else None

    def of(self, texts: Sequence[str]) -> list[Likely]:
        """What each text may mean."""
        return self._of(texts, {})

    def of_known_without_themselves(self) -> dict[str, Likely]:
        """What each known text would mean, were it not known itself.

        Nor is any other spelling of the same words known to it.
        """
        alike: dict[str, list[int]] = {}
        for place, text in enumerate(self._texts):
            alike.setdefault(self._words(text), []).append(place)
        left_out = {i: alike[self._words(text)] for i, text in enumerate(self._texts)}
        return dict(zip(self._texts, self._of(self._texts, left_out), strict=True))

    def _of(self, texts: Sequence[str], left_out: Mapping[int, list[int]]) -> list[Likely]:
        if self._known is None:
            return [Likely(()) for _ in texts]
        found: list[Likely] = []
        for start in range(0, len(texts), _AT_ONCE):
            asked = self._weigh.transform(self._counted(texts[start : start + _AT_ONCE]))
            cosines = np.asarray((asked @ self._known.T).todense())
            for row in range(len(cosines)):
                cosines[row, left_out.get(start + row, [])] = 0.0
            best = np.maximum.reduceat(cosines, self._starts, axis=1).clip(0, 1).round(_DIGITS)
            found += [self._likely(row) for row in best]
        return found

    def _likely(self, likenesses: np.ndarray) -> Likely:
        order = np.argsort(-likenesses, kind="stable")[:PROPOSED]
        return Likely(tuple((self.values[i], float(likenesses[i])) for i in order))

    def _counted(self, texts: Sequence[str]):
        return self._count.transform([self._words(text) for text in texts])

    def _words(self, text: str) -> str:
        return worded(self._read(text))
