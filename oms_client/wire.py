"""What every message of the OMS's contract is: frozen, refusing unknown fields."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Krw = Annotated[int, Field(gt=0, le=1_000_000_000)]  # of one share


class Wire(BaseModel):
    """The rules every message here obeys."""

    model_config = ConfigDict(frozen=True, extra="forbid")
