"""How a method says what happens to values: treatment, imputation, normaliser, combination.

Each is a small table with a `kind`. Unknown kinds and unknown keys are faults of the method file.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e15, le=1e15)]
Positive = Annotated[Number, Field(ge=1e-12)]
Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Scale = Annotated[tuple[Number, Number], Field(strict=False)]


class Spec(BaseModel):
    """Base: immutable, strict, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


def _widening(scale: tuple[float, float] | None) -> None:
    if scale is not None and not scale[0] < scale[1]:
        raise ValueError("the scale's first number must be below its second")


class NoTreatment(Spec):
    """Values as they are."""

    kind: Literal["none"] = "none"


class Log1p(Spec):
    """sign(x)·ln(1+|x|): ln(1+x) for counts, and defined for a loss of followers too."""

    kind: Literal["log1p"]


class Winsorise(Spec):
    """Pull in extreme points until |skewness| < `skew` or kurtosis < `kurt`."""

    kind: Literal["winsorise"]
    max: Annotated[int, Field(ge=1)] = 5
    """Most points to pull in."""
    skew: Positive = 2.0
    kurt: Positive = 3.5
    then: Literal["log", "none"] = "log"
    """What to do with a column that still fails: log of the original values, or leave it."""


class BoxCox(Spec):
    """(x^λ - 1) / λ, or ln x for λ = 0; shifted to a least value of 1 if any value is not > 0."""

    kind: Literal["boxcox"]
    lambda_: Annotated[Number, Field(ge=-10, le=10)] | None = Field(default=None, alias="lambda")
    """Without it, the λ of greatest likelihood."""


Treatment = Annotated[NoTreatment | Log1p | Winsorise | BoxCox, Field(discriminator="kind")]


class Imputation(Spec):
    """What replaces a missing value before treatment; `latest` needs a panel of periods."""

    kind: Literal["none", "mean", "median", "group_mean", "group_median", "latest"] = "none"


class Scaled(Spec):
    """A normaliser whose natural range is 0 to 1; `scale` stretches it."""

    scale: Scale | None = None

    @model_validator(mode="after")
    def _check(self) -> Scaled:
        _widening(self.scale)
        return self


class MinMax(Spec):
    """The least value becomes the scale's first number, the greatest its second."""

    kind: Literal["minmax"] = "minmax"
    scale: Scale = (0.0, 100.0)
    floor: Number | None = None
    """Scores below it are raised to it."""

    @model_validator(mode="after")
    def _check(self) -> MinMax:
        _widening(self.scale)
        return self


class ZScore(Spec):
    """Standard score (sample deviation), moved to `mean` and stretched to `sd`."""

    kind: Literal["zscore"]
    mean: Number = 0.0
    sd: Positive = 1.0


class Rank(Spec):
    """1 for the least value; tied values take the lowest."""

    kind: Literal["rank"]


class PercentileRank(Scaled):
    """(rank - 1) / (n - 1)."""

    kind: Literal["percentile_rank"]


class Borda(Spec):
    """The number of units strictly below."""

    kind: Literal["borda"]


class Goalposts(Spec):
    """Position between two fixed ends, cut off there; `low` and `high` before any sign change."""

    kind: Literal["goalposts"]
    low: Number
    high: Number
    scale: Scale = (0.0, 100.0)
    months: Annotated[tuple[Month, Month], Field(strict=False)] | None = None
    """First and last month over which the two were fixed. A month on the other side of a day since
    which the counter means something else is then refused ..."""
    across_breaks: bool = False
    """... unless this says so."""

    @model_validator(mode="after")
    def _check(self) -> Goalposts:
        _widening(self.scale)
        if not self.low < self.high:
            raise ValueError("low must be below high")
        return self


class DistanceToMax(Scaled):
    """1 - (max - x) / (max - min)."""

    kind: Literal["distance_to_max"]


class DistanceToReference(Scaled):
    """1 - (x_ref - x) / (x_ref - min), x_ref being the value of the unit named."""

    kind: Literal["distance_to_reference"]
    unit: str


class FractionOfMax(Scaled):
    """x / max."""

    kind: Literal["fraction_of_max"]


class RatingNormaliser(Scaled):
    """x / max, for ratings out of `max`."""

    kind: Literal["rating"]
    max: Positive


class NoNormaliser(Spec):
    """Values as they are (the sign of `direction` apart)."""

    kind: Literal["none"]


Normaliser = Annotated[
    MinMax
    | ZScore
    | Rank
    | PercentileRank
    | Borda
    | Goalposts
    | DistanceToMax
    | DistanceToReference
    | FractionOfMax
    | RatingNormaliser
    | NoNormaliser,
    Field(discriminator="kind"),
]


class Mean(Spec):
    """Weighted arithmetic, geometric or harmonic mean, Copeland's outranking score, or the adjusted
    Mazziotta-Pareto index: the mean less a penalty for lopsided profiles.
    """

    kind: Literal["arithmetic", "geometric", "harmonic", "copeland", "mazziotta_pareto"] = (
        "arithmetic"
    )


class GeneralisedMean(Spec):
    """(Σ w·x^p / Σ w)^(1/p); p = 0 is the geometric mean."""

    kind: Literal["generalised"]
    p: Annotated[Number, Field(ge=-1000, le=1000)]


Combination = Annotated[Mean | GeneralisedMean, Field(discriminator="kind")]
MissingRule = Literal["renormalise", "zero", "missing"]
