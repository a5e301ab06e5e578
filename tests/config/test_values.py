"""The house's own configuration: every file loads, and what must agree agrees."""

from typing import Any

import pytest

from broker_sim.settings import SimSettings
from config.load import DIRECTORY, load, read_yaml
from fleet.roster import SERVICES
from kis_core.settings import MastersSettings
from oms.settings import OmsSettings
from strategy_kmp.settings import load_kmp

LOADED = {service.config_name for service in SERVICES} | {"sim", "oms_derivatives"}
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


def test_the_commission_is_the_same_for_everybody_who_reckons_with_it() -> None:
    found = {
        read_yaml(DIRECTORY / "oms.yaml")["orders"]["commission_ppm"],
        read_yaml(DIRECTORY / "kmp.yaml")["rules"]["trade"]["commission_ppm"],
        read_yaml(DIRECTORY / "sim.yaml")["commission_ppm"],
    }
    assert len(found) == 1


def test_the_collector_keeps_the_candles_of_what_kmp_trades() -> None:
    universe = set(read_yaml(DIRECTORY / "kmp.yaml")["universe"])
    assert universe <= set(read_yaml(DIRECTORY / "collector.yaml")["symbols"])
