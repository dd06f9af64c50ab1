"use strict";
// Draws the charts whose data stand in the page, and sends forms of filters as they change.
(() => {
  const root = document.documentElement;
  root.classList.remove("nojs");
  const css = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  const option = (spec) => {
    const ink = css("--ink"), quiet = css("--quiet"), line = css("--line");
    const names = { type: "category", data: spec.labels, axisLabel: { color: ink }, axisTick: { show: false },
      axisLine: { lineStyle: { color: line } }, inverse: spec.kind === "bars", boundaryGap: spec.kind === "bars" };
    const numbers = { type: "value", scale: spec.kind !== "bars" && !spec.fromZero, inverse: !!spec.inverse,
      axisLabel: { color: quiet, hideOverlap: true }, splitLine: { lineStyle: { color: line } } };
    const colors = [css("--accent"), "#c2571a", "#5a8f29", "#8a4fa8", "#b8860b", "#2a8c82", "#a8325a", "#6b7280"];
    const series = spec.series.map((one) => ({
      name: one.name, data: one.data, type: spec.kind === "bars" ? "bar" : "line", connectNulls: false,
      symbolSize: 6, barMaxWidth: 22,
    }));
    if (spec.marks && spec.marks.length && series.length) {
      series[0].markLine = { symbol: "none", label: { color: quiet }, lineStyle: { color: css("--warn"), type: "dashed" },
        data: spec.marks.map((mark) => ({ xAxis: mark.at, name: mark.name, label: { formatter: mark.name } })) };
    }
    return {
      animation: !still, color: colors, textStyle: { color: ink }, aria: { enabled: true },
      grid: { left: 8, right: 24, top: series.length > 1 ? 36 : 12, bottom: 8, containLabel: true },
      legend: series.length > 1 ? { textStyle: { color: ink }, type: "scroll", top: 0 } : undefined,
      tooltip: { trigger: "axis", renderMode: "richText", confine: true },
      xAxis: spec.kind === "bars" ? numbers : names, yAxis: spec.kind === "bars" ? names : numbers, series,
    };
  };

  const draw = (place) => {
    const data = document.getElementById(place.dataset.chart);
    if (!data || !window.echarts) return;
    const chart = echarts.init(place, null, { renderer: "svg" });
    chart.setOption(option(JSON.parse(data.textContent)));
    new ResizeObserver(() => chart.resize()).observe(place);
  };
  document.querySelectorAll("[data-chart]").forEach(draw);

  document.querySelectorAll("form[data-at-once] select").forEach((select) =>
    select.addEventListener("change", () => select.form.requestSubmit()));
})();
