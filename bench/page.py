"""Fills docs/performance.md and its plots from `bench/results`: `python -m bench.page`.

The page is written by hand, but for the blocks between two comments, which name a benchmark:

    <!-- results: reading -->
    <!-- end -->
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from bench.figures import TIMES, Curve, Figure, Results, spread
from bench.plot import svg

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results"
PAGE = ROOT / "docs" / "performance.md"
PLOTS = ROOT / "docs" / "plots"
BLOCK = re.compile(r"(<!-- results: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def read(folder: Path = RESULTS) -> dict[str, Results]:
    """What is kept, by benchmark."""
    kept = (msgspec.json.decode(file.read_bytes(), type=Results) for file in folder.glob("*.json"))
    return {results.bench: results for results in kept}


def filled(page: str, results: dict[str, Results]) -> str:
    """The page with what every benchmark has found."""

    def fill(block: re.Match[str]) -> str:
        found = results.get(block[2])
        return block[1] + (_found(found) if found else "\nNot measured yet.\n\n") + block[3]

    return BLOCK.sub(fill, page)


def plots(results: dict[str, Results]) -> dict[str, str]:
    """Every plot by its file's name."""
    return {
        plot_name(each.bench, curve): svg(curve)
        for each in results.values()
        for curve in each.curves
    }


def plot_name(bench: str, curve: Curve) -> str:
    return f"{bench}-{re.sub(r'[^a-z0-9]+', '-', curve.what.lower()).strip('-')}.svg"


def _found(results: Results) -> str:
    parts = []
    if results.figures:
        parts.append("\n".join(_table(results.figures)))
    parts += [
        f"![{curve.what}](plots/{plot_name(results.bench, curve)})" for curve in results.curves
    ]
    parts.append("; ".join(f"{name}: {value}" for name, value in results.conditions.items()) + ".")
    return "".join(f"\n{part}\n" for part in parts) + "\n"


def _table(figures: list[Figure]) -> list[str]:
    return [
        "| what | ours | beside | ratio | goal | |",
        "| --- | --- | --- | --- | --- | --- |",
        *(_row(figure) for figure in figures),
    ]


def _row(figure: Figure) -> str:
    what = figure.what + (f" ({figure.note})" if figure.note else "")
    beside = f"{figure.beside}: {spread(figure.theirs)}" if figure.theirs else ""
    ratio = f"{spread(figure.ratios)} {TIMES}" if figure.theirs else ""
    verdict = {True: "met", False: "**missed**", None: ""}[figure.met]
    cells = [what, f"{spread(figure.ours)} {figure.unit}", beside, ratio, figure.goal, verdict]
    return "".join(f"| {cell} " if cell else "| " for cell in cells) + "|"


def main() -> None:
    results = read()
    PAGE.write_text(filled(PAGE.read_text("utf-8"), results), "utf-8")
    PLOTS.mkdir(exist_ok=True)
    drawn = plots(results)
    for file in PLOTS.glob("*.svg"):
        if file.name not in drawn:
            file.unlink()
    for name, picture in drawn.items():
        (PLOTS / name).write_text(picture, "utf-8")


if __name__ == "__main__":
    main()
