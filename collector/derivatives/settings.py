"""What is kept of futures and options. Values in config/collector.yaml, section derivatives."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from collector.derivatives.board import Model, Parity
from collector.derivatives.expiries import KINDS, MaturityError, board_named
from collector.derivatives.rolls import PRODUCT_CODES
from config.load import Settings
from kis_core.market.calendar import krx_calendar

BOARDS_MAX = 40  # a call a second, in a minute, with room for what has to be asked again
Product = Literal["kospi200", "kospi200mini", "kosdaq150"]
BoardKind = Literal["kospi200", "kospi200mini", "kospi200mon", "kospi200thu", "kosdaq150"]
assert set(PRODUCT_CODES) == set(Product.__args__)  # type: ignore[attr-defined]
assert set(KINDS.values()) == set(BoardKind.__args__)  # type: ignore[attr-defined]


class DerivativeSettings(Settings):
    """Boards and minutes of contracts."""

    environments: tuple[Literal["real", "sim"], ...]  # paper offers neither boards nor minutes
    futures: tuple[Product, ...]  # whose front and next month's minutes are kept
    boards: dict[BoardKind, Annotated[int, Field(ge=0, le=12)]]  # how many of the nearest
    more_boards: tuple[str, ...]  # others, by name: 202612_kospi200
    option_strikes: Annotated[int, Field(ge=0, le=20)]  # each side of ATM, whose minutes are kept
    futures_every_min: Annotated[int, Field(ge=1, le=90)]  # a reply holds 102 minutes
    options_every_min: Annotated[int, Field(ge=1, le=90)]
    rate: Annotated[float, Field(ge=-0.05, le=0.5)]  # of interest, a year
    parity: Parity

    @property
    def model(self) -> Model:
        """Return how our own figures are made."""
        return Model(self.rate, self.parity)

    @model_validator(mode="after")
    def _boards_fit_a_minute(self) -> "DerivativeSettings":
        count = sum(self.boards.values()) + len(self.more_boards)
        if count > BOARDS_MAX:
            raise ValueError(f"{count} boards, a minute has time for {BOARDS_MAX}")
        for name in self.more_boards:
            try:
                board_named(name, krx_calendar())
            except MaturityError as error:
                raise ValueError(str(error)) from None
        return self
