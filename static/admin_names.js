// A select that becomes a search field loses its label: the field is called what the select was called.
// It becomes one when jQuery is ready, which may be after the page has loaded; what is asked for on loading comes after it.
window.addEventListener("load", () => django.jQuery(() => {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const name = select.labels[0]?.textContent.replace(/[:：]\s*$/, "");
    const shown = select.parentElement.querySelector(".select2-selection__rendered");
    if (!name || !shown) continue;
    shown.setAttribute("aria-label", name);
    shown.closest("[role=combobox]").setAttribute("aria-label", name);
  }
}));
