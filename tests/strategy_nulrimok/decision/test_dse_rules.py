"""The section `dse` of the house's configuration, and sections that must not start."""

from typing import Any

import pytest
from pydantic import ValidationError

from config.load import DIRECTORY, read_yaml
from strategy_nulrimok.decision.dse_rules import DseRules, DseSection
from tests.strategy_nulrimok.decision.worlds import rules


def test_the_house_s_own_section_starts() -> None:
    section = DseSection.model_validate(read_yaml(DIRECTORY / "nulrimok.yaml")["dse"])
    assert section.sessions_needed == 41
    assert section.bars_wanted == 60
    assert DseRules.model_validate_json(rules().model_dump_json()) == rules()


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"regime": {"fx_weight": 0.3}}, "regime: the weights add up to 1.1, expected 1"),
        ({"sector": {"flow_weight": 0.4}}, "sector: the weights add up to 0.95"),
        ({"flow": {"accel_weight": 0.2}}, "flow: the weights"),
        ({"ranking": {"rs_weight": 0.0}}, "ranking: the weights"),
        ({"regime": {"tier_b_from": 0.7}}, "tier_b_from"),
        ({"regime": {"kospi_days_min": 49}}, "kospi_days_min must be 50"),
        ({"flow": {"short_days": 11}}, "short_days"),
        ({"leader": {"days_min": 61}}, "days_min"),
        ({"ranking": {"top_share": 0.9}}, "top_share"),
        ({"admission": {"exclude": ["HALT"]}}, "admission.exclude.0"),
        ({"anchor": {"window": 40}}, "anchor.window"),
    ],
)
def test_what_does_not_hang_together_does_not_start(over: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        rules(over)


def test_no_number_has_a_default() -> None:
    section = read_yaml(DIRECTORY / "nulrimok.yaml")["dse"]
    for part, numbers in section.items():
        for key in numbers:
            without = {**section, part: {k: v for k, v in numbers.items() if k != key}}
            with pytest.raises(ValidationError, match=rf"{part}\.{key}\n"):
                DseSection.model_validate(without)
