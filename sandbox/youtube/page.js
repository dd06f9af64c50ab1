// Fetches a tab's further videos whenever the end of its grid is seen.
(() => {
  const grid = document.getElementById("contents");
  const end = document.createElement("div");
  grid.after(end);
  const follows = (data) => {
    const match = /"continuationCommand":\{"token":"([^"]+)"/.exec(JSON.stringify(data));
    return match ? match[1] : null;
  };
  let token = follows(window.ytInitialData);
  let busy = false;

  const show = () => {
    const item = document.createElement("ytd-rich-item-renderer");
    item.style.display = "block";
    item.style.minHeight = "60px";
    grid.append(item);
  };

  const load = async () => {
    if (busy || !token) return;
    busy = true;
    const answer = await fetch("/web/youtube/youtubei/v1/browse", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ context: { client: { clientName: "WEB" } }, continuation: token }),
    });
    const text = await answer.text();
    busy = false;
    if (!answer.ok || !text) return;
    const data = JSON.parse(text);
    data.onResponseReceivedActions[0].appendContinuationItemsAction.continuationItems.forEach(show);
    token = follows(data);
    observer.unobserve(end);
    observer.observe(end);
  };
  const observer = new IntersectionObserver((seen) => {
    if (seen.some((one) => one.isIntersecting)) load();
  });
  observer.observe(end);
})();
