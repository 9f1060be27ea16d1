// Saves a signed receipt as the file that `python -m sealing.receipt` checks; without this it can be copied by hand.
for (const button of document.querySelectorAll("[data-receipt]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const receipt = {};
    for (const row of document.getElementById(button.dataset.receipt).children) {
      const [name, value] = [...row.children].map((cell) => cell.textContent.trim());
      receipt[name] = name === "key" ? Number(value) : value;
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(receipt)], { type: "application/json" }));
    link.download = `receipt-${receipt.entry}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  });
}
