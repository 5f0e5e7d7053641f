"""Bayesian ridge regressions of several arms and levels on one context, whose evidence decays.

Posterior of a linear model with a Gaussian prior: Bishop, Pattern Recognition and Machine Learning, 3.3.1.
All levels of an arm are labelled by the same confirmations, so they share one covariance.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Ridges:
    """What is known of each arm; never changed, `learn` gives another.

    Attributes:
        evidence: (A, d, d), the weighted sum of x xᵀ for each arm.
        moments: (A, d, L), the weighted sum of x yᵀ.
        prior: the precision of the prior, whose mean is 0.
        covariance: (A, d, d), of each arm's coefficients, in units of the labels' variance.
        coefficients: (A, d, L), posterior means.
    """

    evidence: Array
    moments: Array
    prior: float
    covariance: Array = field(init=False)
    coefficients: Array = field(init=False)

    def __post_init__(self) -> None:
        size = self.evidence.shape[1]
        covariance = np.linalg.inv(self.evidence + self.prior * np.eye(size))
        object.__setattr__(self, "covariance", covariance)
        object.__setattr__(self, "coefficients", covariance @ self.moments)

    def learn(self, context: Array, labels: Array, weights: Array, decay: float) -> Ridges:
        """With one more item; all earlier evidence, of every arm, counts `decay` of what it did.

        Args:
            context: (d,).
            labels: (A, L), 0 or 1.
            weights: (A,), 0 for an arm that says nothing of this item.
        """
        outer = np.outer(context, context)
        evidence = self.evidence * decay + weights[:, None, None] * outer
        moments = self.moments * decay + weights[:, None, None] * context[None, :, None] * labels[:, None, :]
        return Ridges(evidence, moments, self.prior)

    def predict(self, context: Array) -> tuple[Array, Array]:
        """Means (A, L), and standard deviations (A,) in units of the labels' own."""
        means = context @ self.coefficients
        variances = (self.covariance @ context) @ context
        return means, np.sqrt(np.maximum(variances, 0.0))


def fresh(arms: int, features: int, levels: int, prior: float) -> Ridges:
    """Ridges that know nothing."""
    return Ridges(np.zeros((arms, features, features)), np.zeros((arms, features, levels)), prior)
