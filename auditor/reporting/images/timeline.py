"""The timeline of one deployment as SVG: entitlement steps, observed points, dotted where nothing was observed. Pure.

The chart holds no foreign text, only figures, days and our own words, so nothing from a captured page can reach it.
The same values give the same bytes: ids are hashed with a fixed salt and no date is written into the file.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from auditor.reporting.images.timeline_shapes import (
    TimelineSeries,
    entitlement_steps,
    labelled_points,
    midnight,
    timeline_stretches,
)
from auditor.reporting.translations import Translations

INK, MUTED, LINE = "#1d2733", "#667180", "#e4e8ed"
ENTITLED, OVER, OBSERVED, DECIDED = "#3a6ea5", "#f9e3df", "#b3372c", "#7a5195"


def draw_timeline(series: TimelineSeries, words: Translations, prefix: str) -> str:
    """One `<svg>` element for inlining; `prefix` makes its ids unique within the page.

    Where all captures lie within a sliver of the contract's years, a second panel shows them on a scale of their own.
    """
    with _style():
        figure = Figure(figsize=(9.6, 2.35))
        figure.subplots_adjust(left=0.045, right=0.995, top=0.87, bottom=0.17, wspace=0.03)
        seen = [one for one in series.points if one.counted is not None]
        panels = timeline_stretches(series.position, seen, series.failures, series.key_dates)
        ratios = [1.0] if len(panels) == 1 else [1.25, 1.0]
        row = figure.subplots(1, len(panels), sharey=True, width_ratios=ratios, squeeze=False)[0]
        for axes, (start, end) in zip(row, panels, strict=True):
            alone = axes is row[-1]
            _entitlement(axes, series, words, start, end)
            _observed(axes, series, words, labelled=alone)
            _key_dates(axes, series, words, start, end, width=630 * ratios[list(row).index(axes)] / sum(ratios))
            _dress(axes, series, start, end)
        _legend(row[0])
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _inline(buffer.getvalue().decode("utf-8"), prefix)


def _style() -> AbstractContextManager[None]:
    return rc_context({
        "svg.hashsalt": "auditor.timeline/1",
        "svg.fonttype": "none",
        "font.family": ["Noto Sans CJK SC", "Noto Sans CJK JP", "DejaVu Sans"],
        "font.size": 9.0,
        "axes.unicode_minus": False,
    })  # fmt: skip


def _entitlement(axes: Axes, series: TimelineSeries, words: Translations, start: datetime, end: datetime) -> None:
    steps = entitlement_steps(series.position, start)
    finite = [(moment, total) for moment, total in steps if isinstance(total, int)]
    unlimited = any(total == "unlimited" for _, total in steps)
    if finite:
        times = [*(moment for moment, _ in finite), end]
        totals = [*(total for _, total in finite), finite[-1][1]]
        axes.step(
            _numbers(times), totals, where="post", color=ENTITLED, lw=1.8, label=words("chart.entitled"), zorder=3
        )
        axes.fill_between(_numbers(times), totals, step="post", color=ENTITLED, alpha=0.07, lw=0, zorder=1)
    elif unlimited:
        axes.plot([], [], color=ENTITLED, lw=1.8, label=words("chart.entitled_unlimited"))


def _observed(axes: Axes, series: TimelineSeries, words: Translations, *, labelled: bool) -> None:
    points = series.counted
    times, values = _numbers([moment for moment, _, _ in points]), [value for _, value, _ in points]
    axes.plot(times, values, color=OBSERVED, lw=1.2, ls=(0, (1, 2.4)), zorder=4)
    for sealed in (True, False):
        chosen = [(at, value) for at, value, (_, _, kept) in zip(times, values, points, strict=True) if kept is sealed]
        if chosen:
            axes.plot(
                [at for at, _ in chosen],
                [value for _, value in chosen],
                ls="none",
                marker="o",
                ms=6,
                color=OBSERVED,
                markerfacecolor=OBSERVED if sealed else "white",
                label=words("chart.counted") if sealed or all(not kept for _, _, kept in points) else "_",
                zorder=6,
            )
    for index in sorted(labelled_points(values)) if labelled else []:
        axes.annotate(
            f"{values[index]:,}", (times[index], values[index]), xytext=(0, 7), textcoords="offset points",
            ha="center", va="bottom", color=OBSERVED, weight="bold", zorder=7, bbox=_HALO,
        )  # fmt: skip
    confirmed = series.position.confirmed
    if confirmed is not None and series.position.captured_at and confirmed != values[-1]:
        at = _numbers([series.position.captured_at])
        axes.plot(at, [confirmed], ls="none", marker="D", ms=5, color=DECIDED, label=words("chart.confirmed"), zorder=6)
        axes.annotate(
            f"{confirmed:,}", (at[0], confirmed), xytext=(0, -7), textcoords="offset points",
            ha="center", va="top", color=DECIDED, weight="bold", zorder=7, bbox=_HALO,
        )  # fmt: skip
    if series.failures:
        failed = _numbers([item.at for item in series.failures])
        axes.plot(
            failed, [0] * len(failed), ls="none", marker="x", ms=6, mew=1.5, color=MUTED,
            label=words("chart.not_observed"), clip_on=False, zorder=8,
        )  # fmt: skip


def _key_dates(
    axes: Axes, series: TimelineSeries, words: Translations, start: datetime, end: datetime, *, width: float
) -> None:
    known = sorted((key.on, words(f"keydate.{key.kind}")) for key in series.key_dates if key.on)
    span = (end - start).total_seconds()
    taken: list[tuple[int, float, float]] = []
    for on, label in known:
        if not start <= midnight(on) <= end:
            continue
        share = (midnight(on) - start).total_seconds() / span
        level = _free_level(taken, share, f"{label} {on.isoformat()}", width)
        axes.axvline(_number(midnight(on)), color=MUTED, lw=0.9, ls=(0, (4, 3)), zorder=2)
        turned = share > _TURN
        axes.annotate(
            f"{label} {on.isoformat()}",
            (share, 1),
            xycoords="axes fraction",
            xytext=(-3 if turned else 3, -2 - 11 * level),
            textcoords="offset points",
            ha="right" if turned else "left",
            va="top",
            color=MUTED,
            fontsize=8,
            bbox=_HALO,
        )


def _free_level(taken: list[tuple[int, float, float]], share: float, label: str, points: float) -> int:
    """The highest line on which a label at this share of the width stands clear of the others; noted as taken."""
    width = sum(1.0 if ord(char) > 0x2E80 else 0.58 for char in label) * 8 / points
    first, last = (share - width, share) if share > _TURN else (share, share + width)
    level = next(n for n in range(len(taken) + 1) if not any(n == m and first < b and a < last for m, a, b in taken))
    taken.append((level, first, last))
    return level


def _dress(axes: Axes, series: TimelineSeries, start: datetime, end: datetime) -> None:
    totals = [step.total for step in series.position.timeline if isinstance(step.total, int)]
    entitled = [series.position.entitled] if isinstance(series.position.entitled, int) else []
    top = max([value for _, value, _ in series.counted] + totals + entitled + [1])
    axes.set_ylim(0, top * 1.34)
    axes.set_xlim(_number(start), _number(end))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    locator = AutoDateLocator(tz=UTC, minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(  # type: ignore[no-untyped-call]
            locator, tz=UTC, formats=_FORMATS, zero_formats=_ZERO, show_offset=False
        )
    )
    if end - start < timedelta(days=1):
        axes.set_xlabel(f"{start.astimezone(UTC):%Y-%m-%d} UTC", loc="right", color=MUTED, fontsize=8, labelpad=1)
    axes.grid(axis="y", color=LINE, lw=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#b7bfc9")
    axes.tick_params(colors=MUTED, length=0, labelsize=8.5)
    axes.tick_params(axis="x", length=3)


def _legend(axes: Axes) -> None:
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, frameon=False, fontsize=8.5, labelcolor=INK,
        handlelength=1.4, columnspacing=1.6, borderaxespad=0.2,
    )  # fmt: skip


_HALO = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
_TURN = 0.84
"""Share of the width from which a label stands to the left of its line."""
_FORMATS = ["%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M", "%H:%M:%S"]
_ZERO = ["", "%Y", "%Y-%m", "%Y-%m-%d", "%H:%M", "%H:%M:%S"]


def _number(moment: datetime) -> float:
    """Days since 1970, the unit of matplotlib's date axes."""
    return moment.timestamp() / 86_400


def _numbers(moments: Sequence[datetime]) -> list[float]:
    return [_number(moment) for moment in moments]


def _inline(svg: str, prefix: str) -> str:
    """The bare element, its ids made unique, its style sheet removed so that it cannot reach the page around it."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>", "", body, count=1, flags=re.DOTALL)
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{prefix}-', body)
    body = re.sub(r"url\(#", f"url(#{prefix}-", body)
    body = re.sub(r'href="#', f'href="#{prefix}-', body)
    body = re.sub(r'<svg ([^>]*?)height="[^"]*" ([^>]*?)width="[^"]*"', r"<svg \1\2", body, count=1)
    return body.replace("<svg ", '<svg class="chart" aria-hidden="true" focusable="false" ', 1).strip()
