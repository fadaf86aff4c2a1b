// Shows how far a list is without pressing a button. The page works without it.
(() => {
  const stand = document.getElementById("stand");
  const look = async () => {
    try {
      const answer = await fetch(stand.dataset.address, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.getElementById("stand");
      if (!now) { location.reload(); return; }
      const said = stand.querySelector("[role=status]"), says = now.querySelector("[role=status]");
      if (said.textContent !== says.textContent) said.textContent = says.textContent;
      const bar = stand.querySelector("progress"), value = now.querySelector("progress").getAttribute("value");
      if (value !== null) bar.setAttribute("value", value);
    } catch (error) { /* no connection now: it looks again */ }
    setTimeout(look, 2000);
  };
  if (stand) setTimeout(look, 1000);
})();
