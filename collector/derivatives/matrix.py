"""Option matrices of chains in a frame: what the views option_moneyness and option_matrices are.

Pure. ATM is the strike nearest to the underlying, the lower of two as near; ITM1 and OTM1 stand
next to it on their sides. All of it comes from strikes and the underlying; the broker's own label
of a row (atm_class) plays no part. A capture whose underlying is unknown has no matrix.
"""

import polars as pl

METRICS = (
    "iv", "delta", "gamma", "theta", "vega", "price", "volume", "open_interest",
    "own_iv", "own_delta", "own_gamma", "own_theta", "own_vega", "iv_difference",
)  # fmt: skip
STEPS_MAX = 10
_CAPTURE = ["board", "environment", "ts"]
_SIDES = {"C": "call", "P": "put"}


def moneyness(chains: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of chains with their places: steps_out > 0 out of the money, < 0 in it.

    `chains` has the columns of `option_chains`; numbers may be decimals or floats.
    """
    strikes = (
        chains.filter(pl.col("underlying").is_not_null())
        .with_columns(pl.col("strike", "underlying").cast(pl.Float64))
        .group_by([*_CAPTURE, "strike"])
        .agg(pl.col("underlying").min())
    )
    atm = (
        strikes.with_columns(away=(pl.col("strike") - pl.col("underlying")).abs())
        .sort([*_CAPTURE, "away", "strike"])
        .group_by(_CAPTURE, maintain_order=True)
        .agg(atm_strike=pl.col("strike").first(), underlying_at=pl.col("underlying").first())
    )
    side = (pl.col("strike") - pl.col("atm_strike")).sign().cast(pl.Int32)
    distance = (pl.col("strike") - pl.col("atm_strike")).abs()
    ranked = (
        strikes.drop("underlying")
        .join(atm, on=_CAPTURE)
        .with_columns(side=side, distance=distance)
        .with_columns(
            steps=pl.col("side")
            * pl.col("distance").rank("ordinal").over([*_CAPTURE, "side"]).cast(pl.Int32)
        )
        .select(*_CAPTURE, "strike", "atm_strike", "underlying_at", "steps")
    )
    out = pl.when(pl.col("cp") == "C").then(pl.col("steps")).otherwise(-pl.col("steps"))
    size = pl.col("steps_out").abs().cast(pl.String)
    named = (
        pl.when(pl.col("steps_out") == 0)
        .then(pl.lit("ATM"))
        .when(pl.col("steps_out") > 0)
        .then(pl.lit("OTM") + size)
        .otherwise(pl.lit("ITM") + size)
    )
    return (
        chains.with_columns(pl.col("strike").cast(pl.Float64))
        .drop("underlying")
        .join(ranked, on=[*_CAPTURE, "strike"])
        .rename({"underlying_at": "underlying"})
        .with_columns(steps_out=out, iv_difference=pl.col("own_iv") - pl.col("iv"))
        .with_columns(moneyness=named)
        .drop("steps")
    )


def columns(prefix: str = "") -> list[str]:
    """Return the 42 columns: call_itm10 … call_atm … call_otm10, put_itm10 … put_otm10."""
    places = [
        f"itm{-step}" if step < 0 else f"otm{step}" if step else "atm"
        for step in range(-STEPS_MAX, STEPS_MAX + 1)
    ]
    return [f"{prefix}{side}_{place}" for side in _SIDES.values() for place in places]


def matrices(chains: pl.DataFrame) -> pl.DataFrame:
    """Return a row a capture and metric: 42 values, and the strike each of them stands for.

    Columns as the view's: board, environment, ts, metric, underlying, atm_strike, call_itm10 …
    put_otm10, strike_call_itm10 … strike_put_otm10. A place that no strike takes is null.
    """
    placed = moneyness(chains).filter(pl.col("steps_out").abs() <= STEPS_MAX)
    step = pl.col("steps_out")
    place = (
        pl.when(step == 0)
        .then(pl.lit("atm"))
        .when(step > 0)
        .then(pl.lit("otm") + step.abs().cast(pl.String))
        .otherwise(pl.lit("itm") + step.abs().cast(pl.String))
    )
    column = pl.col("cp").replace_strict(_SIDES, return_dtype=pl.String) + "_" + place
    keys = [*_CAPTURE, "metric", "underlying", "atm_strike"]
    long = (
        placed.with_columns(place=column)
        .with_columns(pl.col(metric).cast(pl.Float64) for metric in METRICS)
        .unpivot(
            on=METRICS,
            index=[*_CAPTURE, "underlying", "atm_strike", "place", "strike"],
            variable_name="metric",
        )
    )
    values = long.pivot(on="place", index=keys, values="value", aggregate_function="max")
    strikes = long.pivot(on="place", index=keys, values="strike", aggregate_function="max")
    strikes = strikes.rename({name: f"strike_{name}" for name in strikes.columns[len(keys) :]})
    joined = values.join(strikes, on=keys)
    whole = [*columns(), *columns("strike_")]
    missing = [pl.lit(None, pl.Float64).alias(name) for name in whole if name not in joined.columns]
    return joined.with_columns(missing).select(*keys, *whole).sort([*_CAPTURE, "metric"])
