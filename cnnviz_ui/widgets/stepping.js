// Arrow keys in an open menu are the menu's: Streamlit's shortcuts would press the page's buttons too.
export default function () {
  if (window.menusKeepArrows) return;
  window.menusKeepArrows = true;
  document.body.addEventListener("keydown", (event) => {
    if (event.key.startsWith("Arrow") && event.target.closest("[role=menu]")) event.stopPropagation();
  });
}
