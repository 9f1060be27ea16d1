// Conveniences of the clerk's form. The server checks everything again; the form works without this file.
const form = document.querySelector("[data-records-form]");
const field = (name) => document.getElementById(`id_${name}`);
const words = form.dataset;

// The note stands beside a field and is read out when it changes.
const noteBelow = (input, id) => {
  const note = document.createElement("p");
  note.id = id;
  note.className = "govuk-hint";
  note.setAttribute("role", "status");
  input.insertAdjacentElement("afterend", note);
  return note;
};

// ISO 7064 MOD 11-2 over the first 17 digits.
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const checkDigit = (digits) => "10X98765432"[WEIGHTS.reduce((sum, weight, i) => sum + weight * digits[i], 0) % 11];
const normal = (text) => text.normalize("NFKC").replace(/\s/g, "").toUpperCase().replaceAll("×", "X");

const idNote = noteBelow(field("id_number"), "id-number-note");
const guardianNote = noteBelow(field("guardian_name"), "guardian-note");
const filled = new Set();

// What only some cases need is opened when the case is typed; it is never closed under the hand.
const openFor = (key, needed) => {
  const part = form.querySelector(`details[data-asked="${key}"]`);
  if (part && needed) part.open = true;
};

const fill = (name, value) => {
  const input = field(name);
  if (input.value === "" || filled.has(name)) {
    input.value = value;
    filled.add(name);
  }
};

const readId = () => {
  const number = normal(field("id_number").value);
  idNote.textContent = "";
  if (field("id_type").value !== "resident_id" || !/^\d{17}/.test(number)) return;
  if (number.length > 18) {
    idNote.textContent = words.length;
    return;
  }
  if (number.length < 18) return;
  const digit = checkDigit(number);
  if (digit !== number[17]) {
    idNote.textContent = words.digit.replace("{digit}", digit);
    return;
  }
  fill("birth_date_0", number.slice(6, 10));
  fill("birth_date_1", String(Number(number.slice(10, 12))));
  fill("birth_date_2", String(Number(number.slice(12, 14))));
  const sexes = [...form.querySelectorAll("input[name=sex]")];
  const stated = sexes.find((radio) => radio.checked);
  if (!stated || filled.has("sex")) {
    const sex = Number(number[16]) % 2 ? "male" : "female";
    sexes.find((radio) => radio.value === sex).checked = true;
    filled.add("sex");
  }
  askGuardian();
};

const dateOf = (name) => [0, 1, 2].map((part) => Number(field(`${name}_${part}`).value));
const askGuardian = () => {
  const [year, month, day] = dateOf("birth_date");
  const [actYear, actMonth, actDay] = dateOf("acted_on");
  const known = year && month && day && actYear && actMonth && actDay;
  const age = actYear - year - (actMonth < month || (actMonth === month && actDay < day) ? 1 : 0);
  guardianNote.textContent = known && age < 18 ? words.minor : "";
  openFor("minor", known && age < 18);
  openFor("spared", known && (age < 18 || age >= 70) && field("detention_days").value);
};

const CHINESE_DOCUMENTS = ["resident_id", "hk_macao_permit", "taiwan_permit", "other"];
const askCase = () => {
  openFor("foreigner", !CHINESE_DOCUMENTS.includes(field("id_type").value) || field("nationality").value !== "CHN");
  openFor("spared", field("execution").value === "not_executed_by_law");
  askGuardian();
};

field("id_number").addEventListener("input", readId);
field("id_type").addEventListener("change", readId);
form.addEventListener("change", askCase);

// Acts: a search field above the list of all acts; what is found is chosen with a button.
const acts = field("offence_code");
const search = document.createElement("div");
search.className = "govuk-form-group";
const label = document.createElement("label");
label.className = "govuk-label";
label.htmlFor = "act-search";
label.textContent = words.find;
const hint = document.createElement("div");
hint.className = "govuk-hint";
hint.id = "act-search-hint";
hint.textContent = words.findHint;
const query = document.createElement("input");
query.className = "govuk-input govuk-!-width-two-thirds";
query.id = "act-search";
query.type = "text";
query.autocomplete = "off";
query.setAttribute("aria-describedby", hint.id);
const status = document.createElement("p");
status.className = "govuk-hint";
status.setAttribute("role", "status");
const found = document.createElement("ul");
found.className = "govuk-list";
search.append(label, hint, query, status, found);
acts.closest(".govuk-form-group").before(search);

const ask = async (parameters) => {
  const answer = await fetch(`${words.acts}?${new URLSearchParams(parameters)}`, { headers: { Accept: "application/json" } });
  return answer.ok ? (await answer.json()).acts : [];
};

const showLimits = (limits) => {
  for (const [name, text] of Object.entries(limits)) {
    const input = field(name);
    const id = `id_${name}_helptext`;
    let note = document.getElementById(id);
    if (!note) {
      note = document.createElement("div");
      note.className = "govuk-hint";
      note.id = id;
      const group = input.closest(".govuk-form-group");
      (group.querySelector(".govuk-checkboxes") ?? input).before(note);
      input.setAttribute("aria-describedby", [input.getAttribute("aria-describedby"), id].filter(Boolean).join(" "));
    }
    note.textContent = text;
  }
};

const chosen = async () => {
  if (!acts.value) return;
  const [act] = await ask({ code: acts.value });
  if (act) showLimits(act.limits);
};

const choose = (act) => {
  acts.value = act.code;
  found.replaceChildren();
  status.textContent = "";
  showLimits(act.limits);
  acts.focus();
};

let asked = 0;
const look = async () => {
  const turn = ++asked;
  const list = query.value.trim() ? await ask({ q: query.value }) : [];
  if (turn !== asked) return;
  status.textContent = query.value.trim() ? (list.length ? `${words.found} ${list.length}` : words.none) : "";
  found.replaceChildren(
    ...list.map((act) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "govuk-button govuk-button--secondary govuk-!-margin-bottom-1";
      button.textContent = `${act.citation} ${act.name}`;
      button.addEventListener("click", () => choose(act));
      const item = document.createElement("li");
      item.append(button);
      return item;
    }),
  );
};

let pause;
query.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(look, 200);
});
query.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  look();
});
acts.addEventListener("change", chosen);
