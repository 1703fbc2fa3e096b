// Grids of numbers, as a lecture draws them. Put before the components that draw them.

// Whole numbers as they are; others in three significant digits: 1144, 0.123, 12.3, −4e-6.
function digits(value) {
  const size = Math.abs(value);
  const whole = Number.isInteger(value) && size < 1e5;
  const far = size >= 1e5 || (size < 1e-3 && value !== 0);
  const words = whole ? String(value) : far ? value.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e")
    : String(Number(value.toPrecision(3)));
  return words.replace(/^-/, "−");
}

// Where a value stands on a scale: grey from `low` to `high`, or blue, white, red about zero.
function shade(value, { low, high, signed }) {
  if (!signed) {
    const level = Math.round(255 * Math.min(1, Math.max(0, (value - low) / (high - low || 1))));
    return [level, level, level];
  }
  const share = Math.min(1, Math.abs(value) / (Math.max(-low, high) || 1));
  const [red, green, blue] = value < 0 ? [33, 102, 172] : [178, 24, 43];
  return [red, green, blue].map(end => Math.round(255 + (end - 255) * share));
}

// Black or white, whichever has more contrast with a colour: sRGB's luminance, as WCAG has it.
function inkOn(colour) {
  const [red, green, blue] = colour.map(level => (level / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#000" : "#fff";
}

// Draw numbers into a grid: `values` row by row, `padded` and `marked` say of each whether it is so.
function drawGrid(node, values, columns, { label, scale, padded = [], marked = [], words = digits }) {
  node.className = "grid-of-numbers";
  node.setAttribute("role", "img");
  node.setAttribute("aria-label", `${label}: ${values.map(words).join(", ")}`);
  node.style.gridTemplateColumns = `repeat(${columns}, max-content)`;
  while (node.children.length > values.length) node.lastChild.remove();
  while (node.children.length < values.length) node.append(document.createElement("span"));
  values.forEach((value, place) => {
    const cell = node.children[place], colour = shade(value, scale), text = words(value);
    cell.textContent = text;
    cell.style.background = `rgb(${colour})`;
    cell.style.color = inkOn(colour);
    cell.style.setProperty("--letters", Math.max(3, text.length));
    cell.classList.toggle("padding", Boolean(padded[place]));
    cell.classList.toggle("marked", Boolean(marked[place]));
  });
}
