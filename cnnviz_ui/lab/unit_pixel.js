// The end of the way: one pixel of the photo, in each colour, before and after preprocessing.

function pixelAt(unit, y, x) {
  const count = unit.colours.length, at = (y * unit.places[1] + x) * count;
  const read = array => Array.from(array.subarray(at, at + count));
  return {
    y, x,
    before: read(unit.arrays.photo),
    following: unit.following.map((_, step) => read(unit.arrays[`after${step}`])),
  };
}

// Draw it; gives what is said of it.
function drawPixel(root, unit, found) {
  const shown = unit.colours.map(n => Math.round(found.before[n]));
  const colour = shown.length === 3 ? shown : [shown[0], shown[0], shown[0]];
  const terms = root.querySelector(".terms");
  root.querySelector(".more").replaceChildren();
  root.querySelector(".result").replaceChildren();
  terms.replaceChildren();
  const patch = put(terms, "p", "swatch");
  patch.style.background = `rgb(${colour})`;
  const table = put(terms, "table", "colours");
  const head = put(table, "tr", "");
  for (const words of ["", "photo, 0 to 255", ...unit.following.map(step => step.kind)]) {
    put(head, "th", "", words).scope = "col";
  }
  const said = unit.colours.map(channel => {
    const name = unit.colourList[channel], row = put(table, "tr", channel === unit.channel ? "chosen" : "");
    put(row, "th", "", name).scope = "row";
    const numbers = [found.before[channel], ...found.following.map(values => values[channel])];
    for (const value of numbers) put(row, "td", "", digits(value)).title = `${value}`;
    return `${name} ${numbers.map(digits).join(", then ")}`;
  });
  return `Row ${found.y}, column ${found.x} of the photo: ${said.join("; ")}.`;
}
