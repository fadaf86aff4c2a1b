// Paints the boxes of a week: press one and move over others, and they become like it. Keys and clicks work without it.
(() => {
  const week = document.querySelector(".grid7");
  if (!week) return;
  let state = null;
  const box = (event) => event.target.closest("td")?.querySelector("input");
  week.addEventListener("pointerdown", (event) => { const one = box(event); if (one) state = !one.checked; });
  week.addEventListener("pointerover", (event) => {
    const one = state !== null && event.buttons === 1 && box(event);
    if (one) one.checked = state;
  });
  addEventListener("pointerup", () => { state = null; });
})();
