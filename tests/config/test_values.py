"""The house's own configuration: every file loads, and what must agree agrees."""

from typing import Any

import pytest

from broker_sim.settings import SimSettings
from config.load import DIRECTORY, load, read_yaml
from fleet.roster import SERVICES, STRATEGIES
from kis_core.settings import MastersSettings
from oms.settings import OmsSettings
from strategy_kmp.settings import load_kmp
from strategy_nulrimok.settings import load_nulrimok

LOADED = {service.config_name for service in SERVICES} | {"sim", "oms_derivatives", "nulrimok"}
SHARED = {"fleet", "sectors", "conservative", "masters"}


def test_each_file_belongs_to_a_service_or_is_shared() -> None:
    assert {file.stem for file in DIRECTORY.glob("*.yaml")} == LOADED | SHARED


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.config_name)
def test_each_services_file_loads(service: Any) -> None:
    load(service.shape(), service.config_name)


def test_the_simulators_and_the_shared_files_load() -> None:
    load(SimSettings, "sim")
    load(MastersSettings, "masters")
    load(OmsSettings, "oms_derivatives")
    settings, _, sectors = load_kmp()
    assert set(sectors) == set(settings.universe)
    load_nulrimok()


def test_the_commission_is_the_same_for_everybody_who_reckons_with_it() -> None:
    found = {
        read_yaml(DIRECTORY / "oms.yaml")["orders"]["commission_ppm"],
        *(
            read_yaml(DIRECTORY / f"{name}.yaml")["rules"]["trade"]["commission_ppm"]
            for name in STRATEGIES
        ),
        read_yaml(DIRECTORY / "sim.yaml")["commission_ppm"],
    }
    assert len(found) == 1


def test_nulrimok_expects_the_caps_that_the_oms_enforces() -> None:
    risk = read_yaml(DIRECTORY / "oms.yaml")["risk"]
    exposure = read_yaml(DIRECTORY / "nulrimok.yaml")["rules"]["exposure"]
    assert exposure["regime_caps"] == risk["regime_caps"]
    assert exposure["gross_max"] == risk["gross_pct_max"]
    assert exposure["sector_max"] == risk["sector_pct_max"]


def test_the_collector_keeps_the_candles_of_what_kmp_trades() -> None:
    universe = set(read_yaml(DIRECTORY / "kmp.yaml")["universe"])
    assert universe <= set(read_yaml(DIRECTORY / "collector.yaml")["symbols"])
