// Keeps what a page with a map says of free bays as it is now: on markers, in cards and in the list. The words come from the server; without
// this script they stay as they were when the page was loaded. A page that nobody looks at is not kept.
const { live } = document.querySelector("script[data-live]").dataset;
let source = null;
let last = "";

function heard({ data }) {
  if (data === last) return;
  last = data;
  const { places, words } = JSON.parse(data);
  const restate = (root) => {
    for (const one of root.querySelectorAll("[data-bays]")) {
      const said = words[places[one.dataset.bays]]?.[one.dataset.in];
      if (said && one.innerHTML !== said) one.innerHTML = said;
    }
  };
  restate(document);
  document.dispatchEvent(new CustomEvent("bays", { detail: { restate, marked: (id) => words[places[id]]?.free } }));
}

function watch() {
  source?.close();
  source = document.hidden ? null : new EventSource(live);
  if (source) source.onmessage = heard;
}

document.addEventListener("visibilitychange", watch);
watch();
