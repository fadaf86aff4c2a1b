// Ranks again as soon as a slider is let go. The form works without it.
(() => {
  const form = document.getElementById("schuiven");
  if (!form) return;
  let turn = 0;
  form.addEventListener("change", async () => {
    const mine = ++turn;
    const address = form.getAttribute("action").split("#")[0] + "?" + new URLSearchParams(new FormData(form));
    try {
      const answer = await fetch(address, { headers: { Accept: "text/html" } });
      if (!answer.ok || mine !== turn) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine !== turn) return;
      for (const id of ["cursussen", "verschoof"]) document.getElementById(id).replaceChildren(...page.getElementById(id).childNodes);
      form.elements.was.value = page.querySelector("#schuiven [name=was]").value;
      page.querySelectorAll("#schuiven output").forEach((one, at) => { form.querySelectorAll("output")[at].textContent = one.textContent; });
      history.replaceState(null, "", address);
    } catch (error) { /* no connection: the button is there */ }
  });
})();
