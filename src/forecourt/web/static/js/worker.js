// Keeps one page, which names nobody, for when there is no connection, in the language of the last visit to the start page.
const OFFLINE = "/offline";
const keep = async () => {
  const page = await fetch(OFFLINE);
  const styles = [...(await page.clone().text()).matchAll(/href="(\/static\/css\/[^"]+)"/g)].map((found) => found[1]);
  await caches.delete(OFFLINE);
  const kept = await caches.open(OFFLINE);
  await Promise.all([kept.put(OFFLINE, page), kept.addAll(styles)]);
};
self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const path = new URL(request.url).pathname;
  if (request.mode === "navigate" && request.method === "GET") {
    if (path === "/") event.waitUntil(keep().catch(() => {})); // no connection: what was kept before stands
    event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  } else if (path.startsWith("/static/css/")) {
    event.respondWith(fetch(request).catch(() => caches.match(request)));
  }
});

// Shows what is pushed, under the message's own tag so that one pushed twice is shown once; a tap opens its page.
self.addEventListener("push", (event) => {
  if (!event.data) return;
  const { title, body, path, tag } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, { body, tag, icon: "/static/icons/app-192.png", data: { path } }));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data.path));
});
