// Boxes of a drawn graph as buttons: a click or Enter opens one, arrow keys go from box to box.

const STEPS = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 };

export default function ({ data, parentElement, setTriggerValue }) {
  const box = parentElement.closest("[data-testid=stVerticalBlock]");
  const prepare = () => {
    const svg = box.querySelector("[data-testid=stGraphVizChart] svg");
    if (!svg) return;
    svg.open = name => setTriggerValue("opened", name);
    makeButtons(svg, data);
  };
  // The graph comes late, and when it is drawn anew it loses what was added to it.
  const changes = new MutationObserver(prepare);
  changes.observe(box, { childList: true, subtree: true, attributeFilter: ["role"] });
  prepare();
  return () => changes.disconnect();
}

function makeButtons(svg, { words, layers }) {
  const nodes = [...svg.querySelectorAll("g.node")].filter(node => nameOf(node) in layers);
  if (nodes.every(node => node.getAttribute("role") === "button")) return;
  nodes.sort((one, other) => layers[nameOf(one)] - layers[nameOf(other)]);
  const choose = node => {
    for (const each of nodes) each.setAttribute("tabindex", each === node ? "0" : "-1");
  };
  for (const [index, node] of nodes.entries()) {
    node.setAttribute("role", "button");
    node.setAttribute("aria-label", `${words} ${nameOf(node)}`);
    node.onclick = () => svg.open(nameOf(node));
    node.onfocus = () => choose(node);
    node.onkeydown = event => {
      if (event.key === "Enter" || event.key === " ") svg.open(nameOf(node));
      else if (event.key in STEPS) nodes[index + STEPS[event.key]]?.focus();
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
  }
  choose(nodes[0]);
}

const nameOf = node => node.querySelector("title")?.textContent ?? "";
