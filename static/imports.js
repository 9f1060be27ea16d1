// Bulk filing: says at once when a file is too large, and moves the progress bar. Both pages work without this file.
const file = document.querySelector("input[data-upload]");
file?.addEventListener("change", () => {
  const tooLarge = file.files[0]?.size > Number(file.dataset.largest);
  file.setCustomValidity(tooLarge ? file.form.dataset.tooLarge : "");
  file.reportValidity();
});
file?.form.addEventListener("submit", (event) => {
  // An empty field is for the page to speak of.
  if (!file.validity.customError) return;
  event.preventDefault();
  file.reportValidity();
});

const SECONDS = 2;
const work = document.querySelector("[data-progress]");
if (work) {
  const bar = work.querySelector("progress");
  const told = work.querySelector("#told");
  const said = work.querySelector("[data-said]");
  let tenth = -1;
  const look = async () => {
    const answer = await fetch(work.dataset.progress, { headers: { Accept: "application/json" } }).catch(() => null);
    // Signed out, or the page is no longer this officer's: the page itself says so.
    if (answer && (answer.redirected || !answer.ok)) return location.reload();
    if (answer) {
      const now = await answer.json();
      if (now.state !== work.dataset.state) return location.reload();
      told.textContent = now.told;
      if (now.total) {
        bar.max = now.total;
        bar.value = now.done;
      }
      // Read out at every tenth, not at every look.
      const reached = now.total ? Math.floor((10 * now.done) / now.total) : 0;
      if (reached !== tenth) said.textContent = now.told;
      tenth = reached;
    }
    setTimeout(look, SECONDS * 1000);
  };
  setTimeout(look, SECONDS * 1000);
}
