"""Placeholder shape while the store lands."""

from pydantic import BaseModel, ConfigDict, PositiveInt


class SelectionSettings(BaseModel):
    """How much research is read, and how long bringing it up to date may take."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    history_days: PositiveInt  # calendar days
    refresh_s_max: PositiveInt  # seconds
