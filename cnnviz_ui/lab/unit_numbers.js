// A channel's numbers, which come once, are kept for the drawing beside it: a pixel that is pinned
// then brings a few letters alone.
export default function ({ data }) {
  if (!data) return;
  const unit = unpacked(data);
  window.cnnvizUnit = unit;
  window.dispatchEvent(new CustomEvent("cnnviz-unit", { detail: unit }));
}
