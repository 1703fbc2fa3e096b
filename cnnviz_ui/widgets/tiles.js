/* Pictures of one sheet as buttons: to click, to reach by Tab, to walk through by arrow keys. */

const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

export default function ({ data, parentElement, setTriggerValue }) {
  const group = parentElement.querySelector(".tiles");
  group.setAttribute("aria-label", data.label);
  group.style.setProperty("--across", data.across);
  group.style.setProperty("--smallest", `${data.smallest}px`);
  group.classList.toggle("fixed", data.fixed);
  group.classList.toggle("sharp", data.sharp);
  const buttons = fill(group, data);
  mark(buttons, data.marked);
  draw(group, buttons, data);
  group.onclick = (event) => {
    const place = buttons.indexOf(event.target.closest("button"));
    if (place < 0) return;
    mark(buttons, place);
    setTriggerValue("opened", place);
  };
  group.onmousedown = (event) => {
    // The focus is left to the keyboard, so that the page's own keys go on working after a click.
    event.preventDefault();
    document.activeElement?.blur();
  };
  group.onkeydown = (event) => walk(event, buttons);
  group.onpointerover = group.onfocusin = (event) => {
    const button = event.target.closest("button");
    button?.classList.toggle("late", button.offsetLeft > group.clientWidth / 2);
  };
}

function fill(group, { names, captions }) {
  while (group.children.length > names.length) group.lastChild.remove();
  while (group.children.length < names.length) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(document.createElement("canvas"), document.createElement("span"));
    group.append(button);
  }
  const buttons = [...group.children];
  buttons.forEach((button, place) => {
    button.setAttribute("aria-label", names[place]);
    button.lastChild.textContent = captions[place] ?? "";
  });
  return buttons;
}

/* One tile is marked, and one alone is in the order of Tab: that one, or the first. */
function mark(buttons, marked) {
  buttons.forEach((button, place) => {
    button.toggleAttribute("aria-current", false);
    if (place === marked) button.setAttribute("aria-current", "true");
    button.tabIndex = place === (marked ?? 0) ? 0 : -1;
  });
}

/* A picture drawn for itself, unlike a background, never shows an edge of its neighbour. */
function draw(group, buttons, { sheet, columns, tile: [height, width] }) {
  if (group.drawn === sheet) return;
  group.drawn = sheet;
  const picture = new Image();
  picture.onload = () => {
    if (group.drawn !== sheet) return; // another came meanwhile
    buttons.forEach((button, place) => {
      const canvas = button.firstChild;
      canvas.width = width;
      canvas.height = height;
      const left = (place % columns) * width;
      const top = Math.floor(place / columns) * height;
      canvas.getContext("2d").drawImage(picture, left, top, width, height, 0, 0, width, height);
    });
    group.dataset.drawn = "true";
  };
  picture.src = sheet;
}

function walk(event, buttons) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  const from = buttons.indexOf(event.target.closest("button"));
  const first = buttons.findIndex((button) => button.offsetTop !== buttons[0].offsetTop);
  const across = first < 0 ? buttons.length : first;
  const step = STEPS[event.key] ?? { ArrowUp: -across, ArrowDown: across }[event.key];
  const to = event.key === "Home" ? 0 : event.key === "End" ? buttons.length - 1 : from + step;
  if (from < 0 || Number.isNaN(to)) return;
  event.preventDefault();
  event.stopPropagation(); // they are no keys of the page here
  if (!buttons[to]) return;
  buttons[from].tabIndex = -1;
  buttons[to].tabIndex = 0;
  buttons[to].focus();
}
