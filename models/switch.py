"""The switch: the number of labels from which a model is measured to order better than rules do.

The rule that must not break: the numbers are measured, not wished for. They are the sizes at which
the worst of five seeds still beats the better of both rules, the official policy score and the
weighted gap, and is never beaten at a larger one; `suksesi protocol --preset realistic --seeds 5
--only switch` prints the figures, and docs/method.md quotes them.
"""

#: Where a model learns from interview scores too: from here on +0.103 NDCG@5 or more.
FEWEST_LABELS_WITH_SCORES = 100
#: Where it learns from outcomes alone: at 300 the worst seed lost 0.090, at 500 it won 0.018.
FEWEST_LABELS = 500


def fewest_labels(*, with_interview_scores: bool = False) -> int:
    """The fewest labels with which a model is put in service without a reason of its own.

    Parameters
    ----------
    with_interview_scores : bool
        Whether the model has learnt from interview scores.

    Examples
    --------
    >>> fewest_labels(), fewest_labels(with_interview_scores=True)
    (500, 100)
    """
    return FEWEST_LABELS_WITH_SCORES if with_interview_scores else FEWEST_LABELS
