// Fetches the account's posts, a page at once and another whenever the end of the list is seen.
(() => {
  const state = JSON.parse(
    document.getElementById("__UNIVERSAL_DATA_FOR_REHYDRATION__").textContent,
  );
  const info = state.__DEFAULT_SCOPE__["webapp.user-detail"].userInfo;
  if (!info.user) return;
  const list = document.querySelector('[data-e2e="user-post-item-list"]');
  const end = document.createElement("div");
  list.after(end);
  let cursor = "0";
  let more = true;
  let busy = false;

  const sign = (text) => {
    let value = 2166136261;
    for (const byte of new TextEncoder().encode(text)) {
      value = Math.imul(value ^ byte, 16777619) >>> 0;
    }
    return value.toString(16).padStart(8, "0");
  };

  const show = (item) => {
    const tile = document.createElement("div");
    tile.dataset.e2e = "user-post-item";
    tile.style.height = "240px";
    tile.textContent = `${item.desc} · ${item.stats.playCount ?? ""}`;
    list.append(tile);
  };

  const load = async () => {
    if (busy || !more) return;
    busy = true;
    const params = { aid: "1988", count: "35", cursor, secUid: info.user.secUid };
    const text = Object.keys(params).sort().map((key) => `${key}=${params[key]}`).join("&");
    const query = new URLSearchParams({ ...params, "X-Bogus": sign(text) });
    const answer = await fetch(`/web/tiktok/api/post/item_list/?${query}`);
    const body = await answer.text();
    busy = false;
    more = false;
    if (!body) return;
    const page = JSON.parse(body);
    (page.itemList ?? page.aweme_list ?? []).forEach(show);
    cursor = page.cursor;
    more = page.hasMore === true || page.has_more === 1;
    list.dataset.hasMore = String(more);
    watch();
  };

  const watch = () => {
    observer.unobserve(end);
    observer.observe(end);
  };
  const observer = new IntersectionObserver((seen) => {
    if (seen.some((one) => one.isIntersecting)) load();
  });
  load();
})();
