"""`kst quality` and `kst spread`: what is wrong with a day's market data, and KRX beside NXT."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collector.quality_report import QualityReport
    from collector.spread import Spreads

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]
Html = Annotated[Path | None, typer.Option("--html", help="Write a page with pictures there.")]
ConfigDir = Annotated[
    Path | None, typer.Option("--config", help="Folder of YAML files (default: the house's own).")
]


def quality(
    day: Annotated[
        str | None, typer.Option("--date", help="The day, YYYY-MM-DD (default: the newest).")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="A market_data_YYYYMMDD.parquet, wherever it is from.")
    ] = None,
    html: Html = None,
    config: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """Say what is wrong with a day's market data, and how much of it there is.

    Example: kst quality --file data/days/kiwoom/market_data_20260915.parquet --html quality.html
    """
    from collector.market_frame import MarketFileError
    from collector.quality_report import NoData, report_of_file
    from config.load import ConfigError

    try:
        report = report_of_file(file) if file else _of_the_collector(day, config)
    except (MarketFileError, NoData, ConfigError) as error:
        raise _fail(str(error)) from None
    if html:
        from collector.quality_page import quality_page

        _write(html, quality_page(report))
    if as_json:
        typer.echo(json.dumps(report.as_dict(), ensure_ascii=False))
    else:
        from rich.console import Console

        report.print(Console())


def _of_the_collector(day: str | None, config: Path | None) -> "QualityReport":
    from collector.quality_report import NoData, report_of_day
    from collector.settings import CollectorSettings
    from config.load import DIRECTORY, load

    settings = load(CollectorSettings, "collector", config or DIRECTORY)
    journals = settings.data_dir / "collector"
    if day is None:
        days = sorted(path.stem for path in journals.glob("????-??-??.jsonl"))
        if not days:
            raise NoData(f"no day of the collector in {journals}; --file reads any day file")
        day = days[-1]
    try:
        when = date.fromisoformat(day)
    except ValueError:
        raise NoData(f"--date {day}: expected YYYY-MM-DD") from None
    expected = [("KRX", symbol) for symbol in settings.symbols]
    return report_of_day(settings.data_dir, when, expected)


def spread(
    file: Annotated[Path, typer.Argument(help="A market_data_YYYYMMDD.parquet of both venues.")],
    bp: Annotated[
        float, typer.Option(help="An opportunity is more than so many basis points.")
    ] = 5,
    net: Annotated[bool, typer.Option("--net", help="... after commissions and tax.")] = False,
    tolerance: Annotated[
        float, typer.Option(min=0.001, help="Seconds that a quote stands without a new one.")
    ] = 2.0,
    commission_ppm: Annotated[
        int, typer.Option(min=0, help="Of each leg's value, millionths; 140 is 0.014 %.")
    ] = 140,
    symbol: Annotated[
        list[str] | None, typer.Option(help="Only this one; may be given several times.")
    ] = None,
    html: Html = None,
    as_json: Json = False,
) -> None:
    """Look for moments when selling on one venue and buying on the other would have paid.

    Example: kst spread ../shared/data/dual_venue/kiwoom_best_quotes_20250909_1134_1144.parquet
    """
    from collector.market_frame import MarketFileError
    from collector.spread import Terms, spreads_of_file
    from kis_core.market.costs import TaxUnknown

    try:
        found = spreads_of_file(file, Terms(tolerance, bp, net, commission_ppm), symbol)
    except (MarketFileError, TaxUnknown) as error:
        raise _fail(str(error)) from None
    if html:
        from collector.spread_page import spread_page

        _write(html, spread_page(found))
    if as_json:
        typer.echo(json.dumps(found.summary(), ensure_ascii=False))
    else:
        _show(found)


def _show(found: "Spreads") -> None:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    from collector.spread import kst_times

    summary, console = found.summary(), Console()
    joins = summary["joins"]
    console.print(
        f"[bold]{summary['date']}[/bold] {summary['rows']:,} quotes · exact join {joins['exact']:,}"
        f" · as of {summary['tolerance_s']} s {joins['as_of']:,}"
    )
    table = Table(
        "sell > buy", "pairs", "crossings", "after fees", f"> {summary['threshold_bp']} bp",
        "seconds", "best bp", "net bp", "net KRW", box=SIMPLE, padding=0,
    )  # fmt: skip
    for direction, one in summary["directions"].items():
        table.add_row(direction, *(
            "-" if one[key] is None else f"{one[key]:,}"
            for key in ("pairs", "crossings", "crossings_after_fees", "opportunities", "seconds",
                        "best_bp", "best_net_bp", "best_net_krw")
        ))  # fmt: skip
    console.print(table)
    best = kst_times(found.opportunities.sort("best_bp", descending=True).head(15))
    table = Table(
        "symbol",
        "sell > buy",
        "start",
        "s",
        "bid",
        "ask",
        "shares",
        "bp",
        "net bp",
        box=SIMPLE,
        padding=(0, 1, 0, 0),
    )
    for r in best.iter_rows(named=True):
        table.add_row(
            r["symbol"], r["direction"], f"{r['start']:%H:%M:%S.%f}"[:12], f"{r['duration_s']:.3f}",
            f"{r['bid']:,}", f"{r['ask']:,}", f"{r['size']:,}", f"{r['best_bp']:.2f}",
            "-" if r["best_net_bp"] is None else f"{r['best_net_bp']:.2f}",
        )  # fmt: skip
    console.print(table)
    for name, what in (("updates_per_s", "updates a second"), ("alive_per_s", "alive a second")):
        console.print(f"{what}: {summary[name]}")


def _write(path: Path, html: str) -> None:
    try:
        path.write_text(html, encoding="utf-8")
    except OSError as error:
        raise _fail(f"--html {path}: {error.strerror}") from None


def _fail(sentence: str) -> typer.Exit:
    sys.stderr.write(f"kst: {sentence}\n")
    return typer.Exit(1)
