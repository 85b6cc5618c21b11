// Draws the places of a page on a map: each is a button that says its state by shape and word, and opens a card; both come from the
// server as they are shown. Where the browser cannot (it needs WebGL 2), a word says so, and the list of the page has all there is.
const box = document.getElementById("map");
const words = box.dataset;
const card = box.querySelector(".map-card");
const LAST_ZOOM = words.tiles ? 18 : 11; // the outline that is shipped has no streets
const PAINTED = [
  ["water", "background-color", "--map-water"],
  ["land", "fill-color", "--map-land"],
  ["lakes", "fill-color", "--map-water"],
  ["borders", "line-color", "--map-line"],
  ["towns", "text-color", "--map-word"],
  ["towns", "text-halo-color", "--map-land"],
];

const colour = (name) => getComputedStyle(box).getPropertyValue(name).trim();

function button(html) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "map-pin";
  made.innerHTML = html;
  return made;
}

// What the card shows is always what was told last, also of a place whose pin is not drawn anew yet.
let told = new Map();
let shown = [];

function tell(places) {
  told = new Map(places.features.map(({ properties }) => [properties.id, properties.card]));
  if (card.hidden) return;
  const content = card.lastElementChild;
  const before = content.innerHTML;
  const held = content.contains(document.activeElement);
  fill(content);
  if (held && content.innerHTML !== before) content.querySelector("a")?.focus();
}

function fill(content) {
  const made = document.createElement("template");
  made.innerHTML = shown.map((id) => told.get(id) ?? "").join("");
  if (made.innerHTML !== content.innerHTML) content.replaceChildren(made.content);
}

function open(opener, ids) {
  shown = ids;
  fill(card.lastElementChild);
  card.hidden = false;
  card.querySelector("a").focus();
  const close = () => {
    card.hidden = true;
    opener.focus();
  };
  card.querySelector(".map-close").onclick = close;
  card.onkeydown = (event) => event.key === "Escape" && close();
}

function style() {
  const ground = words.tiles
    ? { type: "raster", tiles: [words.tiles], tileSize: 256, attribution: words.attribution }
    : { type: "geojson", data: words.ground, maxzoom: 8, attribution: "Natural Earth" };
  const part = (id, type, kind, more) => ({ id, type, source: "ground", filter: ["==", ["get", "kind"], kind], ...more });
  const outline = [
    part("land", "fill", "land"),
    part("lakes", "fill", "lake"),
    part("borders", "line", "border"),
    part("towns", "symbol", "town", {
      filter: ["all", ["==", ["get", "kind"], "town"], ["<=", ["-", ["get", "zoom"], 1], ["zoom"]]],
      layout: { "text-field": ["get", "name"], "text-size": 12, "text-font": ["sans-serif"] },
      paint: { "text-halo-width": 1.5 },
    }),
  ];
  return {
    version: 8,
    sources: { ground },
    layers: [{ id: "water", type: "background" }, ...(words.tiles ? [{ id: "tiles", type: "raster", source: "ground" }] : outline)],
  };
}

function paint(map) {
  for (const [layer, property, name] of PAINTED) if (map.getLayer(layer)) map.setPaintProperty(layer, property, colour(name));
}

// Where to look at first: all places, or where the reader is with the nearest ones.
function bounds(gl, places) {
  const here = words.here?.split(",").map(Number);
  const shown = places.features.slice(0, here ? 5 : undefined).map((one) => one.geometry.coordinates);
  return [...shown, ...(here ? [here] : [])].reduce((all, one) => all.extend(one), new gl.LngLatBounds());
}

function keepPins(gl, map) {
  let kept = new Map();
  const made = (at) => {
    const element = button("");
    const marker = new gl.Marker({ element, anchor: "bottom" }).setLngLat(at).addTo(map);
    const pin = { marker, element, html: "", said: null };
    element.addEventListener("click", () => (pin.said.cluster ? openMany(element, pin.said, at) : open(element, [pin.said.id])));
    element.addEventListener("focus", () => map.getBounds().contains(at) || map.panTo(at));
    return pin;
  };
  const said = (pin, properties) => {
    const many = properties.cluster && words.many.replace("{count}", properties.point_count).replace("{marked}", properties.marked);
    const html = many || properties.pin;
    if (pin.html !== html) pin.element.innerHTML = html;
    return Object.assign(pin, { html, said: properties });
  };
  const openMany = async (element, said, center) => {
    const source = map.getSource("places");
    const zoom = await source.getClusterExpansionZoom(said.cluster_id);
    if (zoom <= LAST_ZOOM) map.easeTo({ center, zoom });
    else open(element, (await source.getClusterLeaves(said.cluster_id, 50, 0)).map((one) => one.properties.id));
  };
  map.on("render", () => {
    if (!map.isSourceLoaded("places")) return;
    const now = new Map();
    for (const { geometry, properties } of map.querySourceFeatures("places")) {
      const key = properties.cluster_id ?? properties.id;
      if (!now.has(key)) now.set(key, said(kept.get(key) ?? made(geometry.coordinates), properties));
    }
    for (const [key, pin] of kept) if (!now.has(key)) pin.marker.remove();
    kept = now;
  });
}

async function asked() {
  return (await fetch(words.places)).json();
}

// What changes while the page is open: rows, then the places are asked for again (one answer that is lost is made good by the next
// change); or what is heard of free bays. The ground stays as it is drawn.
function keepPlaces(places, show) {
  if (words.rows) {
    const again = async () => show(await asked());
    new MutationObserver(() => again().catch(() => {})).observe(document.getElementById(words.rows), { subtree: true, childList: true, characterData: true, attributes: true });
    return;
  }
  document.addEventListener("bays", ({ detail: { restate, marked } }) => {
    const said = document.createElement("template");
    const again = (html) => {
      said.innerHTML = html;
      restate(said.content);
      return said.innerHTML;
    };
    for (const { properties } of places.features) {
      Object.assign(properties, { pin: again(properties.pin), card: again(properties.card), marked: marked(properties.id) ?? properties.marked });
    }
    show(places);
  });
}

async function draw() {
  const [gl, places] = await Promise.all([import(words.engine), asked()]);
  box.hidden = false;
  const map = new gl.Map({
    container: box.querySelector(".map-ground"),
    style: style(),
    bounds: places.features.length ? bounds(gl, places) : undefined,
    // The outline alone says nothing so near of one place: from further away it has the coast, the borders and the towns around.
    fitBoundsOptions: { padding: { top: 64, bottom: 40, left: 84, right: 84 }, maxZoom: words.tiles ? 14 : places.features.length > 1 ? 9 : 6 },
    maxZoom: LAST_ZOOM,
    maxPitch: 0,
    dragRotate: false,
    renderWorldCopies: false,
    attributionControl: { compact: false, customAttribution: [] },
    locale: {
      "Map.Title": words.title,
      "NavigationControl.ZoomIn": words.closer,
      "NavigationControl.ZoomOut": words.further,
    },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new gl.NavigationControl({ showCompass: false }));
  if (words.here) new gl.Marker({ element: document.createElement("i"), className: "map-here" }).setLngLat(words.here.split(",").map(Number)).addTo(map);
  map.on("load", () => {
    map.getCanvas().classList.add("drawn");
    paint(map);
    const clusterProperties = { marked: ["+", ["to-number", ["get", "marked"]]] };
    map.addSource("places", { type: "geojson", data: places, maxzoom: LAST_ZOOM + 1, cluster: true, clusterMaxZoom: LAST_ZOOM, clusterRadius: 70, clusterProperties });
    map.addLayer({ id: "places", type: "circle", source: "places", paint: { "circle-radius": 0 } }); // tiles are made for layers alone
    keepPins(gl, map);
    tell(places);
    keepPlaces(places, (now) => {
      tell(now);
      map.getSource("places").setData(now);
    });
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => paint(map));
}

function without() {
  box.hidden = true;
  const missing = document.getElementById("map-missing");
  missing.textContent = missing.dataset.words;
}

if (document.createElement("canvas").getContext("webgl2")) draw().catch(without);
else without();
