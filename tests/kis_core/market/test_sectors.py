"""One sector a symbol: what the file may say and what not, and the exchange's view beside it."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.load import ConfigError
from kis_core.market.instruments import Instruments
from kis_core.market.sectors import Industry, SectorError, SectorMap, industry_of, sector_map
from kis_core.settings import load_sectors
from kis_core.wire.masters import codes
from kis_core.wire.masters.files import read_master
from kis_core.wire.masters.stocks import KOSDAQ, KOSPI
from kis_core.wire.masters.table import Masters, instruments_of

GOOD = """\
labels: [Semiconductors, Internet]

sectors:
  "005930": Semiconductors  # 삼성전자
  "000660": Semiconductors
  "035420": Internet
"""


def read(folder: Path, text: str) -> SectorMap:
    (folder / "sectors.yaml").write_text(text, encoding="utf-8")
    return load_sectors(folder)


def test_a_good_file_is_a_map(tmp_path: Path) -> None:
    read_map = read(tmp_path, GOOD)
    assert read_map.labels == ("Semiconductors", "Internet")
    assert read_map.sectors == {
        "005930": "Semiconductors",
        "000660": "Semiconductors",
        "035420": "Internet",
    }


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"000660"', "000660",
         'line 5: 432 is a number: write quoted symbols, such as "005930"'),
        ('"000660"', '"660"', "line 5: symbol '660': expected six characters"),
        ('"000660"', '"A00660"', "line 5: symbol 'A00660': expected six characters"),
        ('"000660"', '"005930"',
         "line 5: not valid YAML: '005930' stands twice, first on line 4"),
        ("Internet\n", "Internett\n", "line 6: 035420: not in labels: Internett"),
        ("Internet\n", "[Internet]\n", "line 6: 035420: not in labels: ['Internet']"),
        ("Internet\n", "\n", "line 6: 035420: not in labels: None"),
        ("[Semiconductors, Internet]", "[Semiconductors,\n  Internet, Internet]",
         "line 2: label Internet stands twice"),
        ("[Semiconductors, Internet]", "[Semiconductors, 7]", "line 1: label 7 is not a name"),
        ("[Semiconductors, Internet]", "{}", "line 1: labels must be a list"),
        ("labels:", "lables:", "line 1: 'lables' is not a known key"),
        ("labels: [Semiconductors, Internet]", "", "labels must be a list"),
        (GOOD, "labels: [Internet]\nsectors: [Internet]\n",
         "line 2: sectors must map quoted symbols to labels"),
        (GOOD, "labels: [Internet]\n", "sectors must map quoted symbols to labels"),
        (GOOD, "", "sectors must map quoted symbols to labels"),
    ],
)  # fmt: skip
def test_a_fault_is_one_sentence_with_its_line(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, GOOD.replace(old, new, 1))
    message = str(refused.value)
    joined = ", " if says.startswith("line") else ": "
    assert message.startswith(f"sectors.yaml{joined}{says}")
    assert "\n" not in message


def test_a_map_covers_a_universe_or_names_who_is_missing(tmp_path: Path) -> None:
    read_map = read(tmp_path, GOOD)
    assert list(read_map.covering(["035420", "005930"]).items()) == [
        ("035420", "Internet"),
        ("005930", "Semiconductors"),
    ]
    with pytest.raises(SectorError, match=r"^no sector for 900110$"):
        read_map.covering(["005930", "900110"])
    with pytest.raises(SectorError, match=r"000001, 000002, 000003, 000004 and 2 more$"):
        read_map.covering([f"{number:06d}" for number in range(7)])


YAML_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=7), inner),
    max_leaves=10,
)


@given(
    content=st.dictionaries(
        st.sampled_from(["labels", "sectors", "other", 7]) | st.text(max_size=3), YAML_VALUES
    )
)
def test_whatever_a_file_holds_it_is_a_map_or_a_sector_error(content: dict[Any, Any]) -> None:
    try:
        read_map = sector_map(content)
    except SectorError as error:
        says = str(error)
    else:
        says = ""
        assert set(read_map.sectors.values()) <= set(read_map.labels)
    assert "\n" not in says


@pytest.fixture(scope="module")
def masters(kst_data: Path) -> Instruments:
    folder = kst_data / "masters"
    lines = [f"0{code}".encode() + name.encode("cp949").ljust(40) for code, name in INDICES.items()]
    return instruments_of(
        Masters(
            kospi=read_master(KOSPI, (folder / KOSPI.remote_name).read_bytes()),
            kosdaq=read_master(KOSDAQ, (folder / KOSDAQ.remote_name).read_bytes()),
            indices=read_master(codes.INDICES, b"\n".join(lines) + b"\n"),
        ),
        date(2026, 3, 9),
    )


INDICES = {"0013": "전기전자", "0009": "제약", "0021": "금융", "1027": "제약"}


@pytest.mark.parametrize(
    ("symbol", "industry"),
    [
        ("005930", Industry("0013", "전기전자")),
        ("000100", Industry("0009", "제약")),
        ("105560", Industry("0021", "금융")),
        ("035420", Industry("0029", None)),
        ("069500", None),
        ("999999", None),
    ],
    ids=["electronics", "pharma", "finance", "no name loaded", "an ETF", "nobody"],
)
def test_the_exchanges_industry_is_beside_our_own_sector(
    masters: Instruments, symbol: str, industry: Industry | None
) -> None:
    assert industry_of(symbol, masters) == industry


def test_every_symbol_of_the_house_map_is_a_listed_common_share(masters: Instruments) -> None:
    house = load_sectors()
    assert len(house.sectors) == 103
    assert set(house.labels) == set(house.sectors.values())
    for symbol in house.sectors:
        one = masters.security(symbol)
        assert one is not None
        assert (one.preferred, one.spac) == (False, False)
