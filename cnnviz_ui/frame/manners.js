// How the browser behaves on every page, from the first on.
export default function () {
  if (window.knowsManners) return;
  window.knowsManners = true;
  takeOneStepEach();
  leaveArrowsToMenus();
}

// One step of Back for each thing that a visitor does. The first change of the link after a key or a
// click is a new step; what follows from it by itself belongs to that step.
function takeOneStepEach() {
  const push = history.pushState.bind(history);
  let acted = false;
  for (const kind of ["pointerdown", "keydown", "change", "drop"]) {
    window.addEventListener(kind, () => { acted = true; }, { capture: true, passive: true });
  }
  window.addEventListener("popstate", () => { acted = false; }, true);
  history.pushState = (state, title, url) => {
    const step = acted;
    acted = false;
    if (step) push(state, title, url);
    else history.replaceState(state, title, url);
  };
}

// Streamlit's shortcuts would press the page's buttons as well: beside the menu that an arrow opens or
// goes through, and below what covers the page.
function leaveArrowsToMenus() {
  const menus = "[role=menu], [aria-haspopup]:not([role=combobox])";
  const covers = "[role=dialog], [data-testid=stPopoverBody], [data-testid=stFullScreenFrame] "
    + "button[aria-label^='Close fullscreen']";
  document.body.addEventListener("keydown", (event) => {
    if (!event.key.startsWith("Arrow")) return;
    if (event.target.closest(menus) || document.querySelector(covers)) event.stopPropagation();
  });
}
