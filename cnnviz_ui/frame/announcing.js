// Says sentences to whoever listens to the page in place of looking at it. The region outlives the
// element that speaks: what is replaced as a whole is not read out.
export default function ({ data }) {
  const region = document.getElementById("announcements") ?? regionOfPage();
  if (data.number <= Number(region.dataset.number)) return;
  region.dataset.number = data.number;
  region.textContent = data.sentence;
}

function regionOfPage() {
  const made = document.createElement("div");
  made.id = "announcements";
  made.dataset.number = 0;
  made.setAttribute("role", "status");
  made.setAttribute("aria-live", "polite");
  made.style.cssText = "position:fixed;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)";
  return document.body.appendChild(made);
}
