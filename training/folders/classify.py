"""A class from blocks of figures, judged by cross-validation whose every choice is made inside its folds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from training.evaluate.statistics import Interval
from training.folders.features import Blocks

#: Strengths of the ridge tried in the inner folds (scikit-learn's C); blocks are scaled so that 1 suits them.
STRENGTHS = (0.3, 1.0, 3.0, 10.0)
FOLDS, INNER_FOLDS = 5, 4
#: Standardised figures are held to so many deviations: one odd photograph of 35 must not bend the rest.
_MOST_SD = 4.0

Labels = NDArray[np.intp]
#: Photographs to learn from, their classes and groups, photographs to judge -> (n, classes) log probability.
Judge = Callable[[Labels, Labels], NDArray[np.float64]]


class Ridge:
    """Multinomial logistic regression with a ridge, on the mean of a photograph's views; strength by inner folds."""

    def __init__(self, blocks: Sequence[Blocks], label: Labels, group: Labels) -> None:
        self.blocks = {name: np.stack([one[name] for one in blocks]) for name in blocks[0]}
        self.label, self.group = label, group

    def __call__(self, learn: Labels, judge: Labels) -> NDArray[np.float64]:
        """Log probabilities of the photographs `judge`, (n, classes), learnt from the photographs `learn` alone."""
        return self._judged(learn, judge, self._strength(learn))

    def _strength(self, learn: Labels) -> float:
        """The strength of the highest mean log probability of the true class over inner folds of `learn`."""
        splits = list(_splits(self.label[learn], self.group[learn], INNER_FOLDS, seed=0))
        reached = []
        for strength in STRENGTHS:
            sure = [
                self._judged(learn[train], learn[test], strength)[
                    np.arange(len(test)), self.label[learn[test]]
                ]
                for train, test in splits
            ]
            reached.append(np.concatenate(sure).mean())
        return STRENGTHS[int(np.argmax(reached))]

    def _judged(self, learn: Labels, judge: Labels, strength: float) -> NDArray[np.float64]:
        seen, asked = [], []
        for values in self.blocks.values():
            flat = values[learn].reshape(-1, values.shape[2])
            middle, spread = flat.mean(axis=0), flat.std(axis=0) + 1e-6
            for rows, into in ((learn, seen), (judge, asked)):
                z = np.clip((values[rows] - middle) / spread, -_MOST_SD, _MOST_SD)
                into.append(
                    z.mean(axis=1) / np.sqrt(values.shape[2])
                )  # blocks count alike, whatever their length
        model = LogisticRegression(C=strength, max_iter=3000)
        model.fit(np.concatenate(seen, axis=1), self.label[learn])
        whole = np.full((len(judge), int(self.label.max()) + 1), -30.0)
        whole[:, model.classes_] = model.predict_log_proba(np.concatenate(asked, axis=1))
        return whole


class Majority:
    """The commonest class of the photographs that were learnt from."""

    def __init__(self, label: Labels) -> None:
        self.label = label

    def __call__(self, learn: Labels, judge: Labels) -> NDArray[np.float64]:
        counts = np.bincount(self.label[learn], minlength=int(self.label.max()) + 1)
        return np.log(np.tile((counts + 1e-9) / counts.sum(), (len(judge), 1)))


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """guess: (repeats, n) class of every photograph, by a model that had not seen it or its duplicates."""

    name: str
    guess: Labels
    label: Labels
    group: Labels

    @property
    def right(self) -> NDArray[np.float64]:
        """(n,) share of the repeats in which a photograph was judged rightly."""
        return (self.guess == self.label).mean(axis=0)

    @property
    def accuracy(self) -> float:
        return float(self.right.mean())

    @property
    def spread(self) -> float:
        """Standard deviation of the accuracy over repeats: what the choice of folds does."""
        return float((self.guess == self.label).mean(axis=1).std(ddof=1)) if len(self.guess) > 1 else 0.0

    def recall(self, label: int) -> float:
        """Share of a class that was told."""
        return float(self.right[self.label == label].mean())


def _splits(label: Labels, group: Labels, folds: int, seed: int) -> Sequence[tuple[Labels, Labels]]:
    """Folds of alike class shares, groups kept whole."""
    most = min(folds, int(np.bincount(label)[np.bincount(label) > 0].min()))
    splitter = StratifiedGroupKFold(max(2, most), shuffle=True, random_state=seed)
    return list(splitter.split(np.zeros(len(label)), label, group))


def cross_validate(name: str, judge: Judge, label: Labels, group: Labels, repeats: int) -> Judged:
    """Every photograph judged once in each repeat of the folds."""
    guess = np.empty((repeats, len(label)), np.intp)
    for repeat in range(repeats):
        for learn, held in _splits(label, group, FOLDS, seed=repeat):
            assert not set(group[learn]) & set(group[held])
            guess[repeat, held] = judge(learn, held).argmax(axis=1)
    return Judged(name, guess, label, group)


def interval_of(values: NDArray[np.float64], group: Labels, draws: int = 2000, seed: int = 0) -> Interval:
    """Mean of a value by photograph, with its 95 % bootstrap interval over groups of near-duplicates."""
    members = [np.flatnonzero(group == one) for one in np.unique(group)]
    rng, means = np.random.default_rng(seed), []
    for _ in range(draws):
        drawn = np.concatenate([members[k] for k in rng.integers(len(members), size=len(members))])
        means.append(values[drawn].mean())
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high), len(values))
